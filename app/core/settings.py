"""The installation's settings, read once from the environment.

They are frozen, so that no request can see another value than its neighbour. A misspelt name is
refused with the nearest known one: a setting that is silently ignored costs an evening.
"""

import difflib
import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

ROOT = Path(__file__).resolve().parents[2]

NAMES = (
    "YINGBIN_DATABASE_URL",
    "YINGBIN_SECRET_KEY",
    "YINGBIN_BASE_URL",
    "YINGBIN_MAIL_URL",
    "YINGBIN_TIMEZONE",
    "YINGBIN_LOG_LEVEL",
    "YINGBIN_INSTANCE_PATH",
    "YINGBIN_ENCRYPTION_KEY",
)
# Names of the test suite, which share the prefix but never reach the app.
TEST_PREFIX = "YINGBIN_TEST_"
DEMO_DATABASE = "demo.db"
SHORTEST_SECRET = 16


class SettingsError(Exception):
    """A setting is missing, unknown or unusable; the message says which and what to do."""


@dataclass(frozen=True)
class Settings:
    """Everything that an installation can set.

    `secret_key` is None where none was given: commands that serve refuse to start then.
    `robot_stand_in` is the address of a server of this machine that takes the posts of group
    robots in their vendors' place. Tests alone give it: no name of the environment sets it.
    """

    database_url: str
    secret_key: str | None
    base_url: str
    mail_url: str | None
    timezone: str
    log_level: str
    instance_path: Path
    encryption_key: str | None
    is_demo: bool = False
    robot_stand_in: str | None = None

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.timezone)

    def require_secret(self) -> None:
        """Raise SettingsError unless there is a secret that can carry sign-ins."""
        if not self.secret_key:
            raise SettingsError(
                "YINGBIN_SECRET_KEY is not set. Sign-ins need a secret of the installation's own, "
                f"for example: YINGBIN_SECRET_KEY={secrets.token_urlsafe(32)}"
            )


def sqlite_url(path: Path) -> str:
    return "sqlite:///" + path.as_posix()


def demo_settings(instance_path: Path, *, base_url: str, mail_url: str | None = None) -> Settings:
    """Settings of the demo: its own database file and its own kept secret."""
    return Settings(
        database_url=sqlite_url(instance_path / DEMO_DATABASE),
        secret_key=_kept_secret(instance_path),
        base_url=base_url,
        mail_url=mail_url,
        timezone="Asia/Shanghai",
        log_level="WARNING",
        instance_path=instance_path,
        encryption_key=None,
        is_demo=True,
    )


def from_environment(environ: Mapping[str, str] | None = None) -> Settings:
    """Read the settings.

    Without a database of one's own the demo's is used where it exists, so that every command can
    be tried on the demo. Raises SettingsError on an unknown YINGBIN_ name or an unusable value.
    """
    environ = os.environ if environ is None else environ
    for name in environ:
        if name.startswith("YINGBIN_") and not name.startswith(TEST_PREFIX) and name not in NAMES:
            near = difflib.get_close_matches(name, NAMES, n=1, cutoff=0.0)[0]
            raise SettingsError(f"{name} is not a setting of Yingbin. Did you mean {near}?")

    def value(name: str, default: str = "") -> str:
        return environ.get(name, "").strip() or default

    instance_path = Path(value("YINGBIN_INSTANCE_PATH", str(ROOT / "instance"))).resolve()
    timezone = value("YINGBIN_TIMEZONE", "Asia/Shanghai")
    try:
        ZoneInfo(timezone)
    except (ZoneInfoNotFoundError, ValueError) as problem:
        raise SettingsError(
            f"YINGBIN_TIMEZONE={timezone} is not a known time zone; try Asia/Shanghai."
        ) from problem
    secret = value("YINGBIN_SECRET_KEY") or None
    if secret and len(secret) < SHORTEST_SECRET:
        raise SettingsError(f"YINGBIN_SECRET_KEY needs at least {SHORTEST_SECRET} characters.")
    base_url = value("YINGBIN_BASE_URL", "http://127.0.0.1:8000").rstrip("/")
    mail_url = value("YINGBIN_MAIL_URL") or None
    if mail_url and not mail_url.startswith(("smtp://", "smtps://")):
        raise SettingsError("YINGBIN_MAIL_URL must look like smtp://user:pass@host:port?from=name@host")

    database_url = value("YINGBIN_DATABASE_URL")
    if not database_url:
        own = instance_path / "yingbin.db"
        if not own.exists() and (instance_path / DEMO_DATABASE).exists():
            return demo_settings(instance_path, base_url=base_url, mail_url=mail_url)
        database_url = sqlite_url(own)
    if database_url.startswith(("postgresql://", "postgres://")):
        # SQLAlchemy would look for psycopg2; the driver that is installed is psycopg 3.
        database_url = "postgresql+psycopg://" + database_url.split("://", 1)[1]
    return Settings(
        database_url=database_url,
        secret_key=secret,
        base_url=base_url,
        mail_url=mail_url,
        timezone=timezone,
        log_level=value("YINGBIN_LOG_LEVEL", "INFO").upper(),
        instance_path=instance_path,
        encryption_key=value("YINGBIN_ENCRYPTION_KEY") or None,
    )


def _kept_secret(instance_path: Path) -> str:
    """The demo's secret, kept beside its database so that sign-ins survive a restart."""
    instance_path.mkdir(parents=True, exist_ok=True)
    file = instance_path / "demo.secret"
    if not file.exists():
        file.write_text(secrets.token_urlsafe(32), encoding="utf-8")
        file.chmod(0o600)
    return file.read_text(encoding="utf-8").strip()
