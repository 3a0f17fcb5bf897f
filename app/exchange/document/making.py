"""The use case: the plan document of one instant, in one person's eyes and one language."""

from datetime import datetime

from flask_babel import gettext as _

from app.accounts.models import Person
from app.core.formats import local, words
from app.core.i18n import in_language
from app.core.text import shortened
from app.exchange.document.cover import SHOWN_OF_HASH, write_cover, write_front
from app.exchange.document.facts import read_facts
from app.exchange.document.paper import Paper
from app.exchange.document.sections import write_sections
from app.exchange.document.styles import BRAND
from app.exchange.previewing import eyes_of

# Of a very long title the head of a page shows the beginning; Chinese letters are twice as wide.
HEAD_LIMITS = {"zh": (36, 18), "en": (72, 36)}


def make_document(plan_id: int, *, eyes: Person, language: str, now: datetime) -> bytes:
    """The plan as a document of Word, as far as `eyes` reads it; the same state makes the same
    bytes. Raises NotFound without a part in the plan."""
    viewer = eyes_of(eyes, plan_id)
    with in_language(language):
        facts = read_facts(plan_id, now, viewer, eyes.name)
        title = words(facts.plan.title)
        paper, limits = Paper(language, facts.colour or BRAND), HEAD_LIMITS[language]
        paper.frame(
            (shortened(title, limits[0]), shortened(facts.plan.company, limits[1])),
            _("Data as of %(as_of)s, wording %(hash)s",
              as_of=f"{local(now):%Y-%m-%d %H:%M}", hash=facts.wording[:SHOWN_OF_HASH]),
        )  # fmt: skip
        write_cover(paper, facts)
        write_front(paper, facts)
        write_sections(paper, facts)
        prepared = facts.chain[0].person_name
        return paper.close(
            title=title, subject=facts.plan.company, author=prepared or "Yingbin", at=now
        )
