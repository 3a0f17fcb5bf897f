"""The package of a document, whose bytes depend on what is in it and on nothing else."""

import io
import zipfile

# The first instant that an archive can hold.
EPOCH = (1980, 1, 1, 0, 0, 0)


def with_fixed_times(content: bytes) -> bytes:
    """The same archive with the same parts in the same order, all of one fixed instant."""
    fixed = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(content)) as source,
        zipfile.ZipFile(fixed, "w", zipfile.ZIP_DEFLATED) as target,
    ):
        for entry in source.infolist():
            info = zipfile.ZipInfo(entry.filename, EPOCH)
            info.compress_type = zipfile.ZIP_DEFLATED
            # Otherwise it says which system wrote it.
            info.create_system = 0
            target.writestr(info, source.read(entry))
    return fixed.getvalue()
