"""Where to go next: only to a page of this installation.

An address from the outside would let a mail lead people through our sign-in to somebody else's
copy of it.
"""

from urllib.parse import urlsplit

HOME = "/"


def local_path(wanted: str | None) -> str:
    """`wanted` when it is a path on this host, else the home page."""
    if not wanted or not wanted.startswith("/") or len(wanted) > 2000:
        return HOME
    # Browsers read a backslash as a slash and drop control characters.
    if (
        wanted.startswith("//")
        or "\\" in wanted
        or any(ord(c) < 33 or ord(c) == 127 for c in wanted)
    ):
        return HOME
    try:
        parts = urlsplit(wanted)
    except ValueError:
        return HOME
    return HOME if parts.scheme or parts.netloc else wanted


def page_they_came_from(referrer: str | None, host_url: str) -> str:
    """The path of the page that sent the request, when it is one of ours."""
    if referrer and referrer.startswith(host_url):
        return local_path("/" + referrer[len(host_url) :])
    return HOME
