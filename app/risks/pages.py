"""What stands on the register's pages: rows with names, sentences and the forms of one risk."""

from dataclasses import dataclass
from datetime import date, datetime
from types import SimpleNamespace
from typing import Any

from flask_babel import gettext as _
from flask_babel import ngettext, pgettext
from sqlalchemy import select

from app.accounts.models import Person
from app.core.audit import AuditEntry
from app.core.db import db
from app.core.formats import MONTHS, day_plain, local_date, words
from app.core.i18n import current_language
from app.core.permissions import Viewer
from app.plans.access import people_with
from app.risks.models import Response, Risk
from app.risks.months import first_day, is_signing_time, previous_month
from app.risks.queries import Register, read_register
from app.risks.rights import READERS, may_review, sees_reviews
from app.risks.scoring import Band, band
from app.risks.state import ResponseRow, RiskRow, RisksState, state_of
from app.risks.windows_of import PlanDates, anchor_words

FILTERS = ("all", "mine", "waiting", "passed")
BAND_SPANS = {Band.critical: (16, 25), Band.high: (10, 15), Band.medium: (5, 9), Band.low: (1, 4)}


@dataclass(frozen=True)
class Book:
    """The register as a viewer reads it."""

    register: Register
    state: RisksState
    viewer: Viewer

    @property
    def today(self) -> date:
        return self.register.today

    def person(self, person_id: int | None) -> str:
        """The name, or that nobody is there."""
        return self.register.names.get(person_id or 0) or _("nobody yet")

    def department(self, department_id: int | None) -> str:
        """The department's name; the project manager for none."""
        if department_id is None:
            return _("Project manager")
        return words(self.register.departments[department_id][0])

    def row(self, risk_id: int) -> RiskRow:
        """The open risk's row. Raises StopIteration for a closed one."""
        return next(row for row in self.state.risks if row.id == risk_id)


def open_book(plan_id: int, viewer: Viewer, now: datetime) -> Book:
    """Read the register for a page."""
    register = read_register(plan_id, now)
    return Book(register, state_of(register, viewer), viewer)


def month_name(month: str) -> str:
    """11 月, November."""
    number = first_day(month).month
    return f"{number} 月" if current_language() == "zh" else MONTHS[number - 1]


def band_word(name: Band) -> str:
    """A band as it stands in a score's chip."""
    return {
        Band.low: pgettext("risk band", "low"),
        Band.medium: pgettext("risk band", "medium"),
        Band.high: pgettext("risk band", "high"),
        Band.critical: pgettext("risk band", "critical"),
    }[name]


def headline(book: Book) -> list[str]:
    """How many risks, how bad, and who has not signed: the line under the page's title."""
    state = book.state
    count = {row.band: row.now for row in state.bands}
    said = [ngettext("%(num)s risk", "%(num)s risks", len(state.risks))]
    if count[Band.high]:
        said.append(_("%(num)s high", num=count[Band.high]))
    if count[Band.critical]:
        said.append(_("%(num)s critical", num=count[Band.critical]))
    elif state.unrated < len(state.risks):
        said.append(_("none critical"))
    if state.unrated:
        said.append(_("%(num)s not rated yet", num=state.unrated))
    if is_signing_time(book.today, book.register.calendar):
        unsigned = sum(row.signed_at is None for row in state.signatures)
        if unsigned:
            said.append(
                ngettext(
                    "%(num)s signature of %(month)s missing",
                    "%(num)s signatures of %(month)s missing",
                    unsigned,
                    month=month_name(state.month),
                )
            )
    return said


def filtered(book: Book, chosen: str) -> list[RiskRow]:
    """The rows that a filter leaves."""
    return [row for row in book.state.risks if _fits(row, chosen, book.viewer)]


def _fits(row: RiskRow, chosen: str, viewer: Viewer) -> bool:
    match chosen:
        case "mine":
            return is_own(row, viewer)
        case "waiting":
            return row.is_review_due
        case "passed":
            return row.is_window_passed
    return True


def is_own(row: RiskRow, viewer: Viewer) -> bool:
    """A risk of the own department, or with a response to answer for."""
    return may_review(viewer, row.department_id) or any(
        response.owner_id == viewer.person_id for response in row.responses
    )


def filter_items(book: Book, chosen: str, url: Any) -> list[SimpleNamespace]:
    """The filters with their counts; "my department" only for those who have one."""
    labels = {
        "all": _("All"),
        "mine": _("Mine"),
        "waiting": _("Waiting for review"),
        "passed": _("Window passed"),
    }
    return [
        SimpleNamespace(
            label=labels[name],
            url=url(name),
            is_active=name == chosen,
            count=len(filtered(book, name)),
        )
        for name in FILTERS
        if name != "mine" or any(is_own(row, book.viewer) for row in book.state.risks)
    ]


def map_points(book: Book, url: Any, selected: int | None = None) -> list[SimpleNamespace]:
    """The rated risks for the map."""
    return [
        SimpleNamespace(
            number=row.number,
            title=words(row.title),
            url=url(row.id),
            inherent=row.inherent,
            current=row.current,
            target=row.target,
            is_selected=row.id == selected,
        )
        for row in book.state.risks
        if row.current
    ]


def waiting_for(book: Book) -> list[RiskRow]:
    """Risks that wait for the viewer's review, in the register's order."""
    return [
        row
        for row in book.state.risks
        if row.is_review_due and may_review(book.viewer, row.department_id)
    ]


def next_response(row: RiskRow) -> ResponseRow | None:
    """The response that the register shows: one whose window passed, else the next to end."""
    return min(
        row.responses,
        key=lambda r: (not r.is_window_passed, not r.is_open, r.last_on or date.max, r.id),
        default=None,
    )


def reasons(book: Book, row: RiskRow) -> list[str]:
    """Why a review of this risk is asked for, and what the reviewer should know."""
    said = []
    if row.score is None:
        if row.plan_impact:
            said.append(
                _("Not rated yet. The plan gives it an impact of %(impact)s and says nothing of "
                  "its probability.", impact=row.plan_impact)
            )  # fmt: skip
        else:
            said.append(_("Not rated yet."))
    if row.review_asked == "response_done":
        done = [r for r in row.responses if r.done_at]
        latest = max(done, key=lambda r: r.done_at or book.register.as_of, default=None)
        if latest and latest.done_at:
            said.append(
                _("“%(title)s” was completed on %(day)s. Is the score still right?",
                  title=words(latest.title), day=day_plain(latest.done_at))
            )  # fmt: skip
    elif row.review_asked == "reopened":
        said.append(_("The risk was reopened. Please give it a new score."))
    elif row.is_review_due and row.reviewed_at:
        said.append(
            _("Last reviewed on %(day)s; the review of %(month)s is due on %(due)s.",
              day=day_plain(row.reviewed_at), month=month_name(book.state.month),
              due=day_plain(row.review_due))
        )  # fmt: skip
    for response in row.responses:
        if response.is_window_passed and response.last_on:
            said.append(
                _("The window of “%(title)s” passed on %(day)s.",
                  title=words(response.title), day=day_plain(response.last_on))
            )  # fmt: skip
    return said


def days_ago(day: date | datetime | None, today: date) -> str:
    """How long ago a review was."""
    if day is None:
        return _("not yet")
    gone = (today - (local_date(day) if isinstance(day, datetime) else day)).days
    if gone <= 0:
        return _("today")
    return ngettext("%(num)s day ago", "%(num)s days ago", gone)


def score_words(score: int) -> str:
    """12 high."""
    return f"{score} {band_word(band(score))}"


def review_label(score: int | None) -> str:
    """What the review's button does while nothing has been changed."""
    if score is None:
        return _("Finish the first review")
    return _("Keep %(score)s, finish the review", score=score_words(score))


def before_words(row: RiskRow) -> str:
    """The last score and the target, beside the new one."""
    score = score_words(row.score) if row.score else ""
    target = score_words(row.target[0] * row.target[1]) if row.target else ""
    if score and target:
        return _("last review %(score)s, target %(target)s", score=score, target=target)
    if score:
        return _("last review %(score)s", score=score)
    return _("target %(score)s", score=target) if target else ""


def next_step(book: Book, row: RiskRow) -> str:
    """What follows this review: the next risk of the department, or its signature."""
    mine = next(s for s in book.state.signatures if s.department_id == row.department_id)
    left = [number for number in mine.unreviewed if number != row.number]
    if left:
        return ngettext(
            "Next: %(num)s more risk of the department",
            "Next: %(num)s more risks of the department",
            len(left),
        )
    if mine.signed_at is None:
        return ngettext(
            "Next: sign the department’s %(num)s risk",
            "Next: sign the department’s %(num)s risks",
            mine.risks,
        )
    return ""


def history(book: Book, risk: Risk, row: RiskRow | None) -> list[tuple[str, str]]:
    """Reviews and what else happened to the risk, newest first."""
    rows = [*_reviews_said(book, risk, row), *_other_events(risk)]
    rows.sort(key=lambda entry: entry[0], reverse=True)
    return [(day_plain(at), text) for at, text in rows]


def last_reviews(book: Book, risk: Risk, row: RiskRow, most: int = 4) -> list[tuple[str, str]]:
    """The newest reviews, for the panel beside the map; needs no statement."""
    rows = _reviews_said(book, risk, row)[-most:]
    return [(day_plain(at), text) for at, text in reversed(rows)]


def _reviews_said(book: Book, risk: Risk, row: RiskRow | None) -> list[tuple[datetime, str]]:
    """Every review in words, oldest first. What was said at it is left out for those who may not
    read it."""
    owners = [response.owner_id for response in row.responses] if row else []
    sees = sees_reviews(book.viewer, risk.department_id, owners)
    rows: list[tuple[datetime, str]] = []
    for review in book.register.reviews.get(risk.id, ()):
        said = _review_said(review.score_before, review.probability * review.impact)
        text = _("%(name)s: %(what)s", name=book.person(review.reviewer_id), what=said)
        if review.comment and sees:
            text += _(" “%(comment)s”", comment=review.comment)
        rows.append((review.reviewed_at, text))
    return rows


def _review_said(before: int | None, score: int) -> str:
    if before is None:
        return _("rated for the first time, %(score)s", score=score_words(score))
    if score == before:
        return _("kept at %(score)s", score=score_words(score))
    if score > before:
        return _("raised from %(before)s to %(score)s", before=before, score=score_words(score))
    return _("lowered from %(before)s to %(score)s", before=before, score=score_words(score))


def _other_events(risk: Risk) -> list[tuple[datetime, str]]:
    """What the trail says of the risk and its responses, in the register's own words."""
    titles = {
        key: words(title)
        for key, title in db.session.execute(
            select(Response.id, Response.title).where(Response.risk_id == risk.id)
        )
    }
    of_risk = (AuditEntry.object_type == "risks") & (AuditEntry.object_id == risk.id)
    of_response = (AuditEntry.object_type == "risk_responses") & AuditEntry.object_id.in_(titles)
    return [
        (entry.at, _("%(name)s: %(what)s", name=name or _("system"), what=what))
        for entry, name in db.session.execute(
            select(AuditEntry, Person.name)
            .outerjoin(Person, Person.id == AuditEntry.actor_id)
            .where(of_risk | of_response)
        )
        if (what := _event_said(entry, titles))
    ]


def _event_said(entry: AuditEntry, titles: dict[int, str]) -> str:
    """One entry of the trail; empty for what the register does not tell."""
    reason = entry.changes.get("reason", entry.changes.get("closed_reason", [None, ""]))[1]
    match entry.object_type, entry.action:
        case "risks", "created":
            return _("entered in the register")
        case "risks", "closed":
            return _("closed, “%(reason)s”", reason=reason)
        case "risks", "reopened":
            return _("reopened")
        case "risk_responses", "completed":
            return _("completed “%(title)s”", title=titles[entry.object_id])
        case "risk_responses", "dropped":
            return _("dropped “%(title)s”, “%(reason)s”", title=titles[entry.object_id],
                     reason=reason)  # fmt: skip
        case "risk_responses", "resumed":
            return _("took up “%(title)s” again", title=titles[entry.object_id])
    return ""


def owner_choices(plan_id: int, former_id: int | None) -> list[tuple[int, str]]:
    """Who may answer for a response; who does already stays in the list after leaving."""
    rows = [(person.id, person.name) for person in people_with(plan_id, *READERS)]
    if former_id is not None and former_id not in {key for key, _name in rows}:
        rows.append((former_id, db.session.get_one(Person, former_id).name))
    return rows


def anchor_choices(dates: PlanDates) -> list[tuple[str, str]]:
    """What a relative window may hang on, with its day."""
    names = ["plan_start", "go_live", "plan_finish"]
    names += [f"task_{end}:{number}" for number in dates.names for end in ("start", "finish")]
    rows = [("", _("please choose"))]
    for name in names:
        day = dates.anchors.get(name)
        rows.append((name, f"{anchor_words(name)} · {day_plain(day)}"))
    return rows


def task_choices(dates: PlanDates) -> list[tuple[int, str]]:
    """The plan's tasks by number."""
    return [(number, f"{number} {words(title)}") for number, title in dates.names.items()]


def month_before(book: Book) -> str:
    """The name of last month."""
    return month_name(previous_month(book.state.month))
