"""Questions that the right may answer to the left.

A package may import only what stands to its left. What it must ask of the others (what do you add
to the plan's state, to the menu, to the to-dos?) is a registry here, in which each feature enters
its answer when the factory registers it.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Generic, TypeVar

from app.core.localtext import LocalText

T = TypeVar("T")


class Registry(Generic[T]):
    """Named answers, in the order given at entry. Entering a name again replaces the answer."""

    def __init__(self) -> None:
        self._rows: dict[str, tuple[int, T]] = {}

    def add(self, name: str, answer: T, order: int = 0) -> None:
        self._rows[name] = (order, answer)

    def get(self, name: str) -> T | None:
        row = self._rows.get(name)
        return row[1] if row else None

    def __iter__(self) -> Iterator[tuple[str, T]]:
        for name, (_order, answer) in sorted(self._rows.items(), key=lambda r: (r[1][0], r[0])):
            yield name, answer


@dataclass(frozen=True)
class MenuItem:
    """A tab of the plan's navigation or of a section's quiet tabs (`parent` names the tab)."""

    endpoint: str
    label: Any
    permission: str
    icon: str = ""
    parent: str | None = None
    is_on_phone: bool = False


@dataclass(frozen=True)
class Todo:
    """Something that waits for a person: shown on home pages, counted in the bell.

    `person_id` is whom it waits for; `kind` is one of a feature's own words (report_due,
    risk_review, …); `due_on` may be None.
    """

    kind: str
    person_id: int
    title: str
    detail: str
    url: str
    button: str
    due_on: date | None = None
    is_overdue: bool = False


@dataclass(frozen=True)
class Deadline:
    """A fact that reminders are made from: something falls due and who answers for it.

    kind: the name of its subject (report, task, milestone, …).
    object_key: stable name of the object ("task:3", "report:2:2026-W48").
    occurrence: tells one due date of the object from another ("2026-11-27").
    due_at: instant (UTC); a date falls due at the end of that working day in the plan's zone.
    recipients: people by id who answer for it; escalate_to: whom to tell when it is overdue.
    title: what it is, in both languages. url: path inside the app.
    done_at: when it was done, None while it is open. What keeps only a day is done as it begins.
    """

    plan_id: int
    kind: str
    object_key: str
    occurrence: str
    due_at: datetime
    recipients: tuple[int, ...]
    escalate_to: tuple[int, ...]
    title: LocalText
    url: str
    done_at: datetime | None = None


@dataclass(frozen=True)
class ReminderStep:
    """A step of reminding about a subject, as its feature proposes it for a company's first day.

    offset: working days after it falls due, or hours where `is_hours`; below 0 before it.
    is_escalation: to those who are told when it stays undone, instead of whoever answers for it.
    """

    name: str
    offset: int
    is_escalation: bool = False
    is_hours: bool = False


@dataclass(frozen=True)
class Subject:
    """A kind of thing that people are reminded of; each feature enters its own.

    label: what it is called in a reminder ("Weekly report"). unless: what would make a reminder
    of it needless ("not sent if the report comes first"). reads: what of the plan a reminder lets
    its reader see, a row of the reading matrix. steps: the proposed ones, soonest first.
    ask: (plan_ids, first, last) -> the plans' deadlines that fall due in [first, last], open or
    done, with as many statements for a thousand plans as for one wherever that can be. Subjects
    may share one `ask`, which answers for all of them and is asked once.
    is_event: it takes place whatever anybody does (a meeting), instead of falling due.
    """

    label: Any
    unless: Any
    reads: tuple[str, str]
    steps: tuple[ReminderStep, ...]
    ask: Callable[[Sequence[int], datetime, datetime], list[Deadline]]
    is_event: bool = False


@dataclass(frozen=True)
class Chase:
    """When a deadline that stays open is spoken about, and to whom (ids). `is_escalation`: to
    those above instead of whoever answers for it."""

    at: datetime
    person_ids: tuple[int, ...]
    is_escalation: bool


@dataclass(frozen=True)
class Origin:
    """What an action item came from: its name in the reader's language, its page, and the task
    that it concerns, if any."""

    title: str
    url: str
    task_id: int | None = None


@dataclass(frozen=True)
class AgendaPoint:
    """A point that a feature proposes for a meeting's agenda (higher weight first)."""

    title: LocalText
    url: str
    weight: int = 0


@dataclass(frozen=True)
class PlanDate:
    """Something of a plan that stands on a date, as it stands now: asked before and after a change
    that is only tried, so that people see what would move.

    key: stable name, the same before and after ("window:12"). kind: one of a feature's own words
    (task, step, window, meeting, measurement, budget, …). first_on and last_on may be equal, or
    None where nothing can be said. cents: money that falls on it. number: what else may move, such
    as a task's float in working days.
    """

    key: str
    kind: str
    title: LocalText
    url: str
    first_on: date | None
    last_on: date | None
    cents: int | None = None
    number: int | None = None


@dataclass(frozen=True)
class Enclosure:
    """What goes along with a mail: a file (`content` empty for none), and what the mail says about
    it, in its reader's language."""

    note: str
    filename: str = ""
    mime: str = ""
    content: bytes = b""


# (plan_id, as_of: datetime, viewer) -> frozen dataclass: the feature's part of PlanState.
state_providers: Registry[Callable[..., Any]] = Registry()
# (plan_id) -> dict[str, str]: stable key → canonical text of the feature's part of the document;
# what a sign-off signs and what is compared since. Keys read "task:3:dates" (kind, number, aspect)
# and get their words in plans/parts.py. Texts: LocalText.to_json(), ISO dates, people as
# "person:<id>", departments as "department:<id>"; several of them joined with "; ".
document_parts: Registry[Callable[[int], dict[str, str]]] = Registry()
menu: Registry[MenuItem] = Registry()
# (plan_id, viewer, now) -> list[Todo]
todos: Registry[Callable[..., list[Todo]]] = Registry()
# By the kind of its deadlines: what people are reminded of.
subjects: Registry[Subject] = Registry()
# (Deadline) -> list[Chase] by time: what will be said about it while it stays open.
chasers: Registry[Callable[[Deadline], list[Chase]]] = Registry()
# By an action item's source ("report", "risk", …): (viewer, source_id) -> Origin, or None where
# there is no such row in the viewer's plan, or not for these eyes.
action_origins: Registry[Callable[..., Origin | None]] = Registry()
# (plan_id, viewer, now) -> list[PlanDate]: what of the feature would move with the plan's dates,
# in the viewer's sight, finished things left out.
plan_dates: Registry[Callable[..., list[PlanDate]]] = Registry()
# (plan_id, viewer, now) -> list[AgendaPoint]
agenda_points: Registry[Callable[..., list[AgendaPoint]]] = Registry()
# (plan_id, actor, now, template: dict) -> None: the feature fills its part of a new plan.
plan_starters: Registry[Callable[..., None]] = Registry()
# (plan_id) -> list[tuple[label, url]]: blanks that the plan leaves open, for the manager.
blanks: Registry[Callable[[int], list[tuple[str, str]]]] = Registry()
# By the name of a part of PlanState: (part, viewer, now) -> list[tuple[int, Markup]], what the
# feature adds to the live plan page from that part, by section: 0 cover, 1 purpose and goals, 2 key
# tasks, 3 work plan, 4 risks and responses, 5 monitoring and evaluation, 6 communication, 7 summary
# and outlook. A number may come several times. Each Markup is what stands inside the section's
# card, in the reader's language and already cut down to the viewer's sight: ui.section(title)
# blocks (an h3), ui.table, paragraphs; no card, no h1 or h2. The plan's own words come first, then
# the answers in the order of the packages.
plan_sections: Registry[Callable[..., list[tuple[int, Any]]]] = Registry()
# (plan_id, person_id, role) -> sentence why the role cannot be taken away by hand, or None.
role_ties: Registry[Callable[..., Any]] = Registry()
# What judges an object's health for pages to the left of the judge: "task" → fn(row, today) with
# the row's percent, planned_percent, spi, days_late, state, start_on, finish_on → Light;
# "task_why" → the same, but the rule that fired, in a sentence.
judges: Registry[Callable[..., Any]] = Registry()
# (person_id) -> list[str]: sentences saying what a person still owns, in the reader's language;
# shown to the administrator before and after the person is disabled.
still_owns: Registry[Callable[[int], list[str]]] = Registry()
# Pages of the administrator: endpoint without arguments, permission ADMINISTRATOR; their tabs and
# the account menu are made from it.
admin_pages: Registry[MenuItem] = Registry()
# Pages of a person over all plans: endpoint without arguments, permission SIGNED_IN; the account
# menu offers them.
account_pages: Registry[MenuItem] = Registry()
# By a notice's kind: (plan_id, object_key, person_id, language) -> Enclosure, or None for a mail
# without any. Asked when the mail leaves, so that no file waits in the outbox and the right to read
# it is that of the moment.
enclosures: Registry[Callable[[int, str, int, str], Enclosure | None]] = Registry()
# By a notice's kind: the permission that its reader must still hold when it leaves.
notice_permissions: Registry[str] = Registry()


def state_part(name: str, plan_id: int, as_of: datetime, viewer: Any) -> Any:
    """A part of PlanState, as its feature answers. Raises RuntimeError where none does."""
    provider = state_providers.get(name)
    if provider is None:
        raise RuntimeError(f"no feature answers for the state's part {name!r}")
    return provider(plan_id, as_of, viewer)
