"""A server imports `wsgi:app`; it is refused, with what to do, where it could not serve."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from app.core.settings import ROOT

SECRET = {"YINGBIN_SECRET_KEY": "a secret for this test alone"}


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({}, "YINGBIN_SECRET_KEY is not set"),
        (SECRET, "python3 run.py flask db upgrade"),
        ({**SECRET, "YINGBIN_MAILURL": "x"}, "Did you mean YINGBIN_MAIL_URL?"),
        ({**SECRET, "YINGBIN_TIMEZONE": "Mars/Base"}, "try Asia/Shanghai"),
    ],
)
def test_a_server_is_refused_with_what_to_do(tmp_path: Path, given: dict, said: str) -> None:
    mine = {k: v for k, v in os.environ.items() if not k.startswith(("YINGBIN_", "FLASK_"))}
    done = subprocess.run(
        [sys.executable, "-c", "import wsgi"],
        cwd=ROOT,
        env={**mine, "YINGBIN_INSTANCE_PATH": str(tmp_path), **given},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert said in done.stderr
