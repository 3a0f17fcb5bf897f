"""One risk's page: what stands on it, and how its forms are filled and taken back.

The page carries several small forms; a POST to any of them that fails shows the same page again
with that form open, what was typed, and what is wrong.
"""

from types import SimpleNamespace
from typing import Any

from flask import flash, g, redirect, render_template, url_for
from flask_babel import gettext as _

from app.core.formats import words
from app.core.forms import Form, choices
from app.core.web import request_now
from app.risks import forms, pages, response_services
from app.risks.models import Risk, RiskState
from app.risks.pages import Book, open_book
from app.risks.rights import may_review, may_steer
from app.risks.scoring import Band
from app.risks.state import RiskRow
from app.risks.windows import from_json
from app.risks.windows_of import PlanDates


def answer(risk: Risk, status: int, said: str, **kept: Any) -> Any:
    """Back to the risk when it worked, else the page again with the form as it was sent."""
    if status == 303:
        flash(said)
        return redirect(url_for("risks.show", risk_id=risk.id), 303)
    return risk_page(risk, **kept), status


def risk_page(
    risk: Risk,
    *,
    opened: str = "",
    review_form: Form | None = None,
    target_form: Form | None = None,
    close_form: Form | None = None,
    drop_form: Form | None = None,
    response_form: Form | None = None,
) -> str:
    """One risk with the forms of its parts; those given are shown as they were sent."""
    book = open_book(risk.plan_id, g.viewer, request_now())
    is_open = risk.state is RiskState.open
    row = book.row(risk.id) if is_open else None
    steers = may_steer(g.viewer, risk.department_id)
    reviews = row is not None and may_review(g.viewer, risk.department_id)
    if response_form is None and steers and opened.startswith("response"):
        response_form = response_form_of(risk, book, opened)
    return render_template(
        "risks/show.html",
        book=book,
        risk=risk,
        row=row,
        opened=opened,
        steers=steers and is_open,
        reviews=reviews,
        form=review_form or (review_form_of(book, row) if row and reviews else None),
        is_reviewing=review_form is not None,
        target_form=target_form or forms.TargetForm(
            formdata=None,
            target_probability=risk.target_probability,
            target_impact=risk.target_impact,
        ),
        close_form=close_form or forms.ReasonForm(formdata=None),
        drop_form=drop_form or forms.ReasonForm(formdata=None),
        response_form=response_form,
        carries={r.id for r in row.responses
                 if steers or r.owner_id == g.viewer.person_id} if row else set(),
        history=pages.history(book, risk, row),
        page=pages,
        **review_words(),
    )  # fmt: skip


def review_form_of(book: Book, row: RiskRow) -> forms.ReviewForm:
    """The review as it stands, so that agreeing is one press; an unrated risk starts from the
    plan's impact."""
    probability, impact = row.current or (None, row.plan_impact)
    target_probability, target_impact = row.target or (None, None)
    version = next(risk.version for risk in book.register.risks if risk.id == row.id)
    return forms.ReviewForm(
        formdata=None,
        version=str(version),
        probability=probability,
        impact=impact,
        target_probability=target_probability,
        target_impact=target_impact,
    )


def response_form_of(risk: Risk, book: Book, opened: str) -> forms.ResponseForm | None:
    """The form of a new response ("response") or of one that stands ("response-12")."""
    _word, _dash, key = opened.partition("-")
    if not key:
        return offered(forms.ResponseForm(formdata=None), risk, book.register.dates)
    response = next(
        (r for r in book.register.responses[risk.id] if str(r.id) == key), None
    )
    if response is None:
        return None
    form = forms.ResponseForm(
        formdata=None,
        title=words(response.title),
        owner_id=response.owner_id,
        seen=response_services.stamp_of(response),
    )
    form.show_window(from_json(response.window))
    return offered(form, risk, book.register.dates, response.owner_id)


def offered(
    form: forms.ResponseForm, risk: Risk, dates: PlanDates, former_id: int | None = None
) -> forms.ResponseForm:
    """The response's form with its choices."""
    form.owner_id.offer(
        pages.owner_choices(risk.plan_id, former_id),
        _("the project manager") if risk.department_id is None else _("head of the department"),
    )
    form.anchor.choices = choices(pages.anchor_choices(dates))
    form.window_task.offer(pages.task_choices(dates), _("please choose"))
    return form


def review_words() -> dict[str, Any]:
    """What 1 to 5 mean, and what the review's button says for each outcome ("%s" = the score)."""
    return {
        "probabilities": [
            _("rare, under a tenth"), _("unlikely"), _("possible, about a third"),
            _("likely, more than half"), _("almost certain"),
        ],
        "impacts": [
            _("very small, hardly noticed"), _("small, some days of a step"),
            _("moderate, a task 1 to 2 weeks late"), _("large, a goal in danger"),
            _("very large, the plan in danger"),
        ],
        "outcomes": SimpleNamespace(
            first=_("Set %(score)s, finish the review", score="%s"),
            keep=_("Keep %(score)s, finish the review", score="%s"),
            more=_("Raise to %(score)s, finish the review", score="%s"),
            less=_("Lower to %(score)s, finish the review", score="%s"),
        ),
        "band_words": [pages.band_word(name) for name in Band],
    }  # fmt: skip
