"""The cover text of a pack that goes out: what stands in the plan's state, in a dozen lines.

Nothing here is known but from the state of the pack, the state of the one before, and what waits
for the reader; nobody is praised or blamed.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from flask_babel import gettext as _
from flask_babel import ngettext

from app.core.formats import clock_time, day, day_plain, week, words
from app.core.lights import Light
from app.core.text import shortened
from app.plans.weeks import IsoWeek
from app.status.comparison.change import Change, Weight, most_important
from app.status.comparison.comparing import Comparison
from app.status.comparison.values import Names
from app.status.comparison.words import sentence
from app.status.decisions import decisions_needed
from app.status.findings import headline
from app.status.packs.making import Shown
from app.status.sheets.cells import GLYPHS
from app.status.state import PlanState

SHOWN_CHANGES = 3
SHOWN_DECISIONS = 3
LONGEST = 160


@dataclass(frozen=True)
class Line:
    """A sentence, and the page of the app that shows it."""

    text: str
    path: str = ""


@dataclass(frozen=True)
class Cover:
    """The cover in one language.

    title: week, light and headline, as the ledger and the subject have it. since: what the changes
    are counted from; empty where there is nothing to compare with. more_changes: those that matter
    to the whole and are not listed. decisions: what waits for one from above; own: what waits for
    this reader.
    """

    title: str
    light: Light
    verdict: str
    facts: tuple[str, ...]
    since: str
    changes: tuple[Line, ...]
    more_changes: int
    decisions: tuple[Line, ...]
    more_decisions: int
    own: Line | None
    meeting: Line | None


def cover_of(shown: Shown, names: Names, todos: Sequence[Any] = ()) -> Cover:
    """The cover in the language that texts are being made in.

    todos: what waits for the reader (`core.registries.Todo`), most pressing first.
    """
    state = shown.state
    said = headline(state, is_named=True)
    light = str(state.light.label)
    changes, decisions = weighty(shown.comparison), decisions_needed(state)
    return Cover(
        title=_("%(week)s, %(light)s: %(headline)s", week=week(IsoWeek.parse(state.week)),
                light=light, headline=said),
        light=state.light,
        verdict=_("%(light)s: %(headline)s", light=f"{GLYPHS[state.light]} {light}",
                  headline=said),
        facts=_facts(state),
        since=_since(shown, bool(changes)),
        changes=tuple(
            Line(shortened(sentence(change, names), LONGEST), change.path)
            for change in changes[:SHOWN_CHANGES]
        ),
        more_changes=max(0, len(changes) - SHOWN_CHANGES),
        decisions=tuple(
            Line(shortened(row.text, LONGEST), row.url) for row in decisions[:SHOWN_DECISIONS]
        ),
        more_decisions=max(0, len(decisions) - SHOWN_DECISIONS),
        own=_own(todos),
        meeting=_meeting(state),
    )  # fmt: skip


def weighty(comparison: Comparison | None) -> list[Change]:
    """The changes that matter to the whole, most important first."""
    found = comparison.changes if comparison else ()
    return [c for c in most_important(found, len(found)) if c.weight < Weight.detail]


def _facts(state: PlanState) -> tuple[str, ...]:
    """When it ends and how far it is."""
    expected = [row.expected_finish_on for row in state.tasks.tasks]
    last, committed = max(expected, default=None), state.plan.finish_on
    if last is None:
        ends = _("Ends on %(day)s.", day=day_plain(committed))
    elif last <= committed:
        ends = _("Ends on %(day)s, as committed.", day=day_plain(committed))
    else:
        ends = _("Committed to end on %(day)s; by today’s forecasts it ends on %(expected)s.",
                 day=day_plain(committed), expected=day_plain(last))  # fmt: skip
    done = _("Done %(actual)s%%, planned by now %(planned)s%%.", actual=state.tasks.percent,
             planned=state.tasks.planned_percent)  # fmt: skip
    return (_("%(first)s %(second)s", first=ends, second=done),)


def _since(shown: Shown, is_changed: bool) -> str:
    if shown.lost_at is not None:
        return _("The pack of %(day)s can no longer be compared, so that nothing is said of what "
                 "has changed since.", day=day_plain(shown.lost_at))  # fmt: skip
    if shown.comparison is None:
        return ""
    since = day_plain(shown.comparison.since)
    if is_changed:
        return _("Changed since the pack of %(day)s", day=since)
    return _("Since the pack of %(day)s nothing that matters to the whole has changed.", day=since)


def _own(todos: Sequence[Any]) -> Line | None:
    """The most pressing thing that waits for the reader, and how many others there are."""
    if not todos:
        return None
    title, more = shortened(todos[0].title, LONGEST), len(todos) - 1
    if not more:
        return Line(_("Waits for you: %(title)s", title=title), todos[0].url)
    said = ngettext("Waits for you: %(title)s, and %(num)d more",
                    "Waits for you: %(title)s, and %(num)d more", more, title=title)  # fmt: skip
    return Line(said, "/")


def _meeting(state: PlanState) -> Line | None:
    found = next(
        (row for row in state.comms.meetings if row.id == state.comms.next_meeting_id), None
    )
    if found is None:
        return None
    when = _("%(day)s %(time)s", day=day(found.starts_at), time=clock_time(found.starts_at))
    title = words(found.title)
    said = (
        _("Next meeting: %(title)s, %(when)s, %(place)s", title=title, when=when, place=found.place)
        if found.place
        else _("Next meeting: %(title)s, %(when)s", title=title, when=when)
    )
    return Line(said, f"/meetings/{found.id}")
