"""The ways a message leaves the house, and what can go wrong on each.

A channel sends one message or says why not, in one of three ways that the dispatcher treats
differently. Nothing else in the project opens a connection to the outside.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol


@dataclass(frozen=True)
class Attachment:
    """A file that goes along with a letter."""

    filename: str
    mime: str
    content: bytes


@dataclass(frozen=True)
class Letter:
    """A message ready to leave: plain values, nothing to look up."""

    to_address: str
    to_name: str
    subject: str
    text: str
    html: str
    language: str
    message_id: str
    at: datetime
    files: tuple[Attachment, ...] = ()


@dataclass(frozen=True)
class Post:
    """A message to a chat group: plain values. What people wrote stands in `title` and `lines` as
    they wrote it; the client makes it harmless in its vendor's markup."""

    title: str
    lines: tuple[str, ...]
    link: str
    link_label: str


class NotSent(Exception):
    """It was not sent; `answer` is what the other side said."""

    def __init__(self, answer: str) -> None:
        super().__init__(answer)
        self.answer = answer


class Refused(NotSent):
    """This message will never be accepted: the address does not exist, the content is refused."""


class TryLater(NotSent):
    """This message was not accepted now and may be later."""


class TooFast(TryLater):
    """The other side takes nothing more through this way before `pause` is over."""

    def __init__(self, answer: str, pause: timedelta) -> None:
        super().__init__(answer)
        self.pause = pause


class Unreachable(NotSent):
    """The server itself is not to be had, or does not let us in: nothing else would get through
    either, and no message is to blame."""


class Channel(Protocol):
    """Sends letters, over one connection as long as it lasts."""

    def send(self, letter: Letter) -> str:
        """Answer what the server said. Raises NotSent."""
        ...

    def close(self) -> None:
        """Let go of the connection."""
        ...
