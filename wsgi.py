"""Where servers and the `flask` command find the application."""

import os
import sys

from app import create_app
from app.core.settings import SettingsError
from app.ops.migrations import check_migrated

try:
    app = create_app()
    # The command line may run without a secret (`flask demo` makes its own) and before the tables
    # are there (`flask db upgrade` makes them); a server may not.
    if os.environ.get("FLASK_RUN_FROM_CLI") != "true":
        app.config["SETTINGS"].require_secret()
        check_migrated(app)
except SettingsError as problem:
    sys.exit(f"Yingbin cannot start: {problem}")
