"""Secrets at rest: what the database keeps of others' secrets reads like nothing without the key.

The key is the installation's own and stands in no database or backup. It is derived, so that any
long text serves, and the same text used elsewhere opens nothing here.
"""

import base64

from cryptography.fernet import Fernet, InvalidToken
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from flask import current_app
from flask_babel import lazy_gettext as _l

from app.core.errors import DomainError
from app.core.settings import Settings

PURPOSE = b"yingbin: secrets at rest"
KEY_LENGTH = 32


class NoKey(DomainError):
    """The installation has no key to keep secrets with."""

    def __init__(self) -> None:
        super().__init__(
            _l("No key is set to keep secrets with. Please set YINGBIN_ENCRYPTION_KEY.")
        )


class WrongKey(DomainError):
    """It was kept with another key, or it is broken."""

    def __init__(self) -> None:
        super().__init__(
            _l("This cannot be read with the present YINGBIN_ENCRYPTION_KEY. Please set the former "
               "key again, or enter the secret anew.")
        )  # fmt: skip


def has_key() -> bool:
    """Whether secrets can be kept here."""
    return _key_text(current_app.config["SETTINGS"]) is not None


def encrypt(text: str) -> str:
    """`text`, readable with the key alone. Raises NoKey."""
    return _cipher().encrypt(text.encode()).decode()


def decrypt(token: str) -> str:
    """The text that `encrypt` was given. Raises NoKey or WrongKey."""
    try:
        return _cipher().decrypt(token.encode()).decode()
    except InvalidToken:
        raise WrongKey from None


def _key_text(settings: Settings) -> str | None:
    # The demo has nothing to lose, and whoever tries it sets nothing up.
    return settings.encryption_key or (settings.secret_key if settings.is_demo else None)


def _cipher() -> Fernet:
    text = _key_text(current_app.config["SETTINGS"])
    if text is None:
        raise NoKey
    key = HKDF(algorithm=SHA256(), length=KEY_LENGTH, salt=None, info=PURPOSE).derive(text.encode())
    return Fernet(base64.urlsafe_b64encode(key))
