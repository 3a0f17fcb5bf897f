"""Which language a reader gets: their own choice, else what their browser asks for.

Every `zh*` gets Chinese (werkzeug's own matching would answer English for `zh-Hans-CN`), all
others English.
"""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Literal, cast

from flask import g, has_request_context, request, session
from flask_babel import Babel, force_locale, get_locale
from flask_babel.speaklater import LazyString
from flask_login import current_user
from markupsafe import escape

Language = Literal["zh", "en"]
LANGUAGES: tuple[Language, ...] = ("zh", "en")
DEFAULT: Language = "zh"


def best_language(wanted: Iterable[str]) -> Language:
    """The first of the wanted language tags that we speak; others English; none Chinese."""
    tags = list(wanted)
    for tag in tags:
        head = tag.lower().replace("_", "-").split("-")[0]
        if head in LANGUAGES:
            return cast(Language, head)
    return "en" if tags else DEFAULT


def select_language() -> Language:
    """The language of this request."""
    if not has_request_context():
        return DEFAULT
    if "language" not in g:
        chosen = None
        if current_user and current_user.is_authenticated:
            chosen = current_user.language
        chosen = chosen or session.get("language")
        g.language = (
            chosen
            if chosen in LANGUAGES
            else best_language(v for v, q in request.accept_languages if q > 0)
        )
    return cast(Language, g.language)


def current_language() -> Language:
    """The language that texts are being made in right now (a mail's, a pack's or the page's)."""
    locale = get_locale()
    return "zh" if locale is None or locale.language == "zh" else "en"


@contextmanager
def in_language(lang: str) -> Iterator[None]:
    """Texts made inside are in `lang`."""
    with force_locale(lang):
        yield


def _escaped(text: LazyString) -> str:
    """What a lazy text gives to a page: its words may hold what people wrote."""
    return escape(str(text))


# Its own answer is the bare text, which a template then takes for markup.
LazyString.__html__ = _escaped

babel = Babel()
