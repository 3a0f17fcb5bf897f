"""What makes a password too easy: length and guessability, no rules about kinds of characters.

After OWASP ASVS 5.0 (6.2): at least 15 characters, anything may be in them, and what guessers try
first is refused: one word said twice, runs on the keyboard, one's own name, mail or company.
"""

from collections.abc import Iterable

from flask_babel import lazy_gettext as _l

from app.core.errors import DomainError

SHORTEST = 15
# Longer ones are no safer, and hashing them costs everybody else time.
LONGEST = 200
# What must be left when words that anybody would guess are taken out.
LEAST_OWN = 6

COMMON = (
    "password", "passwort", "passw0rd", "letmein", "welcome", "qwerty", "iloveyou", "administrator",
    "admin", "login", "secret", "changeme", "default", "woaini", "mima", "yingbin", "reception",
    "company", "gongsi", "密码", "迎宾", "公司", "欢迎",
)  # fmt: skip
RUNS = (
    "abcdefghijklmnopqrstuvwxyz", "01234567890", "qwertyuiop", "asdfghjkl", "zxcvbnm",
    "1qaz2wsx3edc4rfv5tgb6yhn7ujm8ik9ol0p", "!@#$%^&*()",
)  # fmt: skip
_STEPS = frozenset(
    pair for run in RUNS for a, b in zip(run, run[1:], strict=False) for pair in ((a, b), (b, a))
)


def check_password(password: str, own_words: Iterable[str], field: str = "new_password") -> None:
    """Raise DomainError unless the password is good enough.

    own_words: the person's name and mail address; the mail's domain stands for the company.
    """
    if len(password) < SHORTEST:
        raise DomainError(
            _l("At least 15 characters, please. A short sentence is easy to remember."), field
        )
    if len(password) > LONGEST:
        raise DomainError(_l("At most 200 characters, please."), field)
    plain = password.casefold()
    if _is_repeated(plain) or _is_run(plain):
        raise DomainError(
            _l("This repeats itself or runs along the keyboard. Please choose something else."),
            field,
        )
    if _own_part(plain, _guessable(own_words)) < LEAST_OWN:
        raise DomainError(
            _l("This is little more than a name, a mail address or a common word. "
               "Please choose something else."),
            field,
        )  # fmt: skip


def _is_repeated(text: str) -> bool:
    """Whether it is a short piece (at most a third) said again and again."""
    return any(
        (text[:size] * (len(text) // size + 1))[: len(text)] == text
        for size in range(1, len(text) // 3 + 1)
    )


def _is_run(text: str) -> bool:
    """Whether most steps go to the same key or a neighbour."""
    steps = list(zip(text, text[1:], strict=False))
    easy = sum(1 for a, b in steps if a == b or (a, b) in _STEPS)
    return easy * 3 >= len(steps) * 2


def _guessable(own_words: Iterable[str]) -> list[str]:
    words = set(COMMON)
    for own in own_words:
        own = own.casefold()
        for piece in (own, *own.replace("@", " ").replace(".", " ").split()):
            if len(piece) >= (3 if piece.isascii() else 2):
                words.add(piece)
    return sorted(words, key=lambda word: (-len(word), word))


def _own_part(text: str, words: Iterable[str]) -> int:
    """How many characters are left without the words and without runs like 123."""
    for word in words:
        text = text.replace(word, " ")
    return sum(
        1
        for a, b in zip(" " + text, text, strict=False)
        if b.isalnum() and a != b and (a, b) not in _STEPS
    )
