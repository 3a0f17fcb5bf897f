"""What the risks answer when other packages ask: to-dos, blanks, the document.

Addresses are written out as the fixed paths of the design, since jobs ask outside of a request.
"""

from datetime import datetime, timedelta

from flask import render_template
from flask_babel import gettext as _
from flask_babel import ngettext
from markupsafe import Markup
from sqlalchemy import func, select

from app.accounts.models import Department
from app.accounts.queries import person_names
from app.core.db import db
from app.core.formats import day, day_plain, words
from app.core.permissions import Viewer
from app.core.registries import AgendaPoint, Todo
from app.core.snapshots import canonical
from app.risks.models import Response, ResponseState, Risk, RiskState
from app.risks.months import is_signing_time
from app.risks.pages import Book, month_name, open_book, reasons, score_words
from app.risks.response_services import OPEN_STATES
from app.risks.rights import may_review
from app.risks.scoring import Band
from app.risks.state import RiskRow, RisksState
from app.tasks.answers import in_both

NEAR = timedelta(days=7)


def risk_todos(plan_id: int, viewer: Viewer, now: datetime) -> list[Todo]:
    """Reviews and the signature that wait for the viewer, and own responses near their end."""
    if not viewer.may("risk:read"):
        return []
    book = open_book(plan_id, viewer, now)
    if not book.register.dates.is_active:
        return []
    return [*_review_todos(book), *_signature_todos(book), *_response_todos(book)]


def _review_todos(book: Book) -> list[Todo]:
    return [
        Todo(
            kind="risk_review", person_id=book.viewer.person_id,
            title=_("Review risk %(number)s: %(title)s", number=row.number,
                    title=words(row.title)),
            detail=next(iter(reasons(book, row)), ""),
            url=f"/risks/{row.id}", button=_("Review"), due_on=row.review_due,
            is_overdue=row.review_due < book.today,
        )
        for row in book.state.risks
        if row.is_review_due and may_review(book.viewer, row.department_id)
    ]  # fmt: skip


def _signature_todos(book: Book) -> list[Todo]:
    if not is_signing_time(book.today, book.register.calendar):
        return []
    return [
        Todo(
            kind="risk_signature", person_id=book.viewer.person_id,
            title=_("Sign the risks of %(month)s: %(department)s",
                    month=month_name(book.state.month),
                    department=book.department(row.department_id)),
            detail=ngettext("%(num)s risk, reviewed this month",
                            "%(num)s risks, all reviewed this month", row.risks),
            url=f"/plans/{book.viewer.plan_id}/risks#signatures", button=_("Sign"),
            due_on=book.state.due_on, is_overdue=book.state.due_on < book.today,
        )
        for row in book.state.signatures
        if row.signed_at is None
        and not row.unreviewed
        and may_review(book.viewer, row.department_id)
    ]  # fmt: skip


def _response_todos(book: Book) -> list[Todo]:
    return [
        Todo(
            kind="response", person_id=book.viewer.person_id, title=words(response.title),
            detail=_("risk %(number)s, window until %(day)s", number=row.number,
                     day=day(response.last_on)),
            url=f"/risks/{row.id}#responses", button=_("Open"), due_on=response.last_on,
            is_overdue=response.is_window_passed,
        )
        for row in book.state.risks
        for response in row.responses
        if response.is_open
        and response.owner_id == book.viewer.person_id
        and response.last_on is not None
        and response.last_on <= book.today + NEAR
    ]  # fmt: skip


def risk_agenda_points(plan_id: int, viewer: Viewer, now: datetime) -> list[AgendaPoint]:
    """High and critical risks, windows that passed, and who has not signed."""
    book = open_book(plan_id, viewer, now)
    points = [
        AgendaPoint(in_both(lambda r=row: _agenda_sentence(r)), f"/risks/{row.id}",
                    weight=50 + (row.score or 0) + (15 if row.is_window_passed else 0))
        for row in book.state.risks
        if row.band in (Band.high, Band.critical) or row.is_window_passed
    ]  # fmt: skip
    unsigned = [row for row in book.state.signatures if row.signed_at is None]
    if unsigned and is_signing_time(book.today, book.register.calendar):
        points.append(
            AgendaPoint(
                in_both(
                    lambda: _(
                        "Risks of %(month)s not signed yet: %(departments)s",
                        month=month_name(book.state.month),
                        departments=_(", ").join(
                            book.department(row.department_id) for row in unsigned
                        ),
                    )
                ),
                f"/plans/{plan_id}/risks#signatures",
                weight=40,
            )
        )
    return points


def _agenda_sentence(row: RiskRow) -> str:
    standing = score_words(row.score) if row.score else _("not rated yet")
    passed = next((r for r in row.responses if r.is_window_passed), None)
    if passed is not None:
        return _(
            "Risk %(number)s, %(title)s: %(standing)s; the window of “%(response)s” passed on "
            "%(day)s",
            number=row.number, title=words(row.title), standing=standing,
            response=words(passed.title), day=day_plain(passed.last_on),
        )  # fmt: skip
    return _("Risk %(number)s, %(title)s: %(standing)s", number=row.number,
             title=words(row.title), standing=standing)  # fmt: skip


def risk_document_parts(plan_id: int) -> dict[str, str]:
    """Section 4 as a signature sees it: words in both languages, people and departments by id.

    Scores and how far a response is belong to the month, not to the document.
    """
    parts: dict[int, dict[str, object]] = {}
    for risk, response in db.session.execute(
        select(Risk, Response)
        .outerjoin(Response, Response.risk_id == Risk.id)
        .where(Risk.plan_id == plan_id, Risk.state == RiskState.open)
        .order_by(Risk.number, Response.id)
    ):
        part = parts.setdefault(
            risk.number,
            {
                "title": risk.title,
                "description": risk.description,
                "department_id": risk.department_id,
                "plan_impact": risk.plan_impact,
                "responses": [],
            },
        )
        if response is not None and response.state is not ResponseState.dropped:
            part["responses"].append(  # type: ignore[attr-defined]
                {
                    "title": response.title,
                    "owner_id": response.owner_id,
                    "window": response.window,
                    "window_text": response.window_text,
                }
            )
    return {f"risk:{number}": canonical(part) for number, part in parts.items()}


def risk_sections(part: RisksState, viewer: Viewer, now: datetime) -> list[tuple[int, Markup]]:
    """The register of the document's section 4, without scores; whoever may not read it is told
    so."""
    names = person_names(r.owner_id for row in part.risks for r in row.responses)
    markup = render_template(
        "risks/section.html", risks=part.risks, names=names, is_read=viewer.may("risk:read")
    )
    return [(4, Markup(markup))]  # noqa: S704


def risk_blanks(plan_id: int) -> list[tuple[str, str]]:
    """Open risks that nobody reviews, since their department has no head."""
    return [
        (
            _("Reviewer of risk %(number)s: %(department)s has no head", number=number,
              department=words(name)),
            f"/risks/{risk_id}/edit",
        )
        for risk_id, number, name in db.session.execute(
            select(Risk.id, Risk.number, Department.name)
            .join(Department, Department.id == Risk.department_id)
            .where(
                Risk.plan_id == plan_id,
                Risk.state == RiskState.open,
                Department.head_id.is_(None),
            )
            .order_by(Risk.number)
        )
    ]  # fmt: skip


def what_a_person_answers_for(person_id: int) -> list[str]:
    """Open responses that would stay behind if the person left."""
    count = db.session.scalar(
        select(func.count())
        .select_from(Response)
        .join(Risk, Risk.id == Response.risk_id)
        .where(
            Response.owner_id == person_id,
            Response.state.in_(OPEN_STATES),
            Risk.state == RiskState.open,
        )
    )
    if not count:
        return []
    return [
        ngettext(
            "Answers for %(num)s response to a risk.",
            "Answers for %(num)s responses to risks.",
            count,
        )
    ]
