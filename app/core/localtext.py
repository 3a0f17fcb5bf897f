"""Words that follow the reader's language until a person edits them.

The plan's template is written in both languages. What a person writes over it is theirs: one
text, never translated.
"""

import json
from dataclasses import dataclass
from functools import lru_cache
from typing import Any


@dataclass(frozen=True)
class LocalText:
    """Either the template's two languages (`zh`, `en`) or a person's own words (`own`)."""

    zh: str = ""
    en: str = ""
    own: str | None = None

    @classmethod
    def of(cls, value: Any) -> "LocalText":
        """From a LocalText, a {"zh": …, "en": …} mapping or a person's text."""
        if isinstance(value, LocalText):
            return value
        if isinstance(value, dict):
            return cls(zh=value.get("zh", ""), en=value.get("en", ""), own=value.get("own"))
        return cls(own=str(value))

    def in_language(self, lang: str) -> str:
        if self.own is not None:
            return self.own
        return (self.zh or self.en) if lang == "zh" else (self.en or self.zh)

    def edited(self, text: str, lang: str) -> "LocalText":
        """The text after a person saw it in `lang` and sent back `text`: unchanged words stay
        bilingual."""
        return self if text == self.in_language(lang) else LocalText(own=text)

    def to_plain(self) -> dict[str, str]:
        if self.own is not None:
            return {"own": self.own}
        return {"zh": self.zh, "en": self.en}

    def to_json(self) -> str:
        return json.dumps(self.to_plain(), ensure_ascii=False, separators=(",", ":"))

    @classmethod
    @lru_cache(maxsize=4096)
    def from_json(cls, text: str) -> "LocalText":
        """What `to_json` wrote; the same few thousand texts are read again and again."""
        return cls.of(json.loads(text))

    def __bool__(self) -> bool:
        return bool(self.own if self.own is not None else (self.zh or self.en))
