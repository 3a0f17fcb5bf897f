"""A channel that sends nothing and remembers what it was given."""

from app.comms.channels import Letter


class NullChannel:
    """Accepts everything; `letters` holds it."""

    def __init__(self) -> None:
        self.letters: list[Letter] = []

    def send(self, letter: Letter) -> str:
        self.letters.append(letter)
        return "kept, not sent"

    def close(self) -> None:
        """Nothing to let go of."""
