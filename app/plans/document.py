"""The live plan page: the document section by section, as it stands at this instant.

The plan's own words stand here; what the state of a plan holds of tasks, risks, indicators and
communication comes from its parts, and so says the same as home pages and packs.
"""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from flask import render_template
from flask_babel import lazy_gettext as _l

from app.accounts.queries import enabled_people
from app.core.formats import local_date, words
from app.core.forms import Form
from app.core.locks import stamp
from app.core.permissions import Role, Viewer
from app.core.reading import one_reading
from app.core.registries import plan_sections, state_part
from app.plans import forms, queries, services, signoff
from app.plans.access import people_with
from app.plans.calendars import work_calendar
from app.plans.models import Plan, PlanPhase, PlanText
from app.plans.parts import plan_departments, reads_part

# The document's sections as the plan numbers them.
SECTIONS: tuple[tuple[int, Any], ...] = (
    (0, _l("Cover")),
    (1, _l("Purpose and goals")),
    (2, _l("Key tasks")),
    (3, _l("Work plan")),
    (4, _l("Risks and responses")),
    (5, _l("Monitoring and evaluation")),
    (6, _l("Communication and collaboration")),
    (7, _l("Summary and outlook")),
)

# Short lists of words that share a block, by the block's heading.
SHORT_LISTS: dict[str, tuple[Any, tuple[tuple[str, Any], ...]]] = {
    "who_and_how": (
        _l("Who, what, through what, how often"),
        (
            ("audience", _l("Audiences")),
            ("content", _l("Contents")),
            ("channel", _l("Channels")),
            ("frequency", _l("Frequency")),
        ),
    ),
    "together": (
        _l("Working together"),
        (("working_group", ""), ("duties", ""), ("platform", ""), ("practices", "")),
    ),
}

# What stands in which section: a block of words with its heading ("" = none of its own), or the
# name of a block of short lists.
WORDS: dict[int, tuple[str | tuple[str, Any], ...]] = {
    1: (("goal", _l("Goals")),),
    2: (("key_task", ""), ("stage", _l("The six stages of reception"))),
    3: (("resource_part", _l("Resources by kind")), ("resource_policy", _l("Use of resources"))),
    5: (("monitoring", _l("Monitoring")), ("evaluation", _l("Evaluation"))),
    6: ("who_and_how", "together", ("duty", _l("Duties of the departments"))),
    7: (
        ("outcome", _l("Expected outcomes")),
        ("outlook", _l("Outlook")),
        ("basis", _l("Basis of the plan")),
    ),
}


def render_plan(
    plan: Plan,
    viewer: Viewer,
    now: datetime,
    *,
    editing: str = "",
    form: Form | None = None,
    theirs: Sequence[tuple[str, str]] = (),
    sign_error: str = "",
    status: int = 200,
) -> tuple[str, int]:
    """The page; `editing` names the part whose form stands open ("cover", "purpose", a section of
    words), `form` brings back what was typed, `theirs` what somebody else saved meanwhile."""
    document = signoff.document_of(plan.id)
    chain = signoff.sign_chain(plan, document)
    approved = chain[-1]
    standing = signoff.ApprovalStanding(
        approved.signed_at is not None, approved.is_current, approved.signed_at, approved.changes
    )
    may_edit = viewer.may("plan:edit") and plan.state is PlanPhase.active
    texts = queries.texts_by_section(plan.id)
    if not may_edit:
        editing = ""
    elif editing and form is None:
        form = edit_form(plan, editing)
    # One thing at a time: nobody signs while a form stands open.
    to_sign = None if form else signoff.step_to_sign(plan, chain, viewer.person_id)
    return (
        render_template(
            "plans/show.html",
            plan=plan,
            may_edit=may_edit,
            sections=SECTIONS,
            word_groups=WORDS,
            short_lists=SHORT_LISTS,
            titled=services.TITLED,
            single=services.SINGLE,
            texts=texts,
            resource_groups=_groups(texts.get("resource_part", [])),
            fragments=_fragments(plan.id, viewer, now),
            managers=people_with(plan.id, Role.manager),
            departments=plan_departments(plan),
            chain=chain,
            reads_part=lambda change: reads_part(viewer, change.key),
            notice=signoff.plan_notice(plan, standing),
            to_sign=to_sign,
            sign_form=forms.SignForm(formdata=None, step=to_sign, seen=stamp(document)),
            sign_error=sign_error,
            blanks=queries.open_blanks(plan.id) if may_edit else [],
            estimated=work_calendar().is_estimated,
            editing=editing,
            form=form,
            theirs=theirs,
            today=local_date(now),
        ),
        status,
    )


def _groups(rows: Sequence[PlanText]) -> list[tuple[str, list[PlanText]]]:
    """Lines under their common headings, in the order in which those first come."""
    groups: dict[str, list[PlanText]] = defaultdict(list)
    for row in rows:
        groups[words(row.title)].append(row)
    return list(groups.items())


@one_reading()
def _fragments(plan_id: int, viewer: Viewer, now: datetime) -> dict[int, list[Any]]:
    found: dict[int, list[Any]] = defaultdict(list)
    for name, answer in plan_sections:
        for number, markup in answer(state_part(name, plan_id, now, viewer), viewer, now):
            found[number].append(markup)
    return found


def edit_form(plan: Plan, part: str) -> Form | None:
    """The form of a part of the document, filled in with what stands there; None for none."""
    if part == "cover":
        return forms.cover_form(plan, cover_people(plan), formdata=None)
    if part == "purpose":
        return forms.PurposeForm(
            formdata=None, purpose=words(plan.purpose), seen=stamp(plan.purpose)
        )
    if part in services.SECTIONS:
        return forms.texts_form(services.texts_of(plan.id, part), formdata=None)
    return None


def cover_people(plan: Plan) -> list[Any]:
    """Whom the cover can name: everybody enabled, and those it names already."""
    return enabled_people((plan.prepared_by_id, plan.reviewed_by_id, plan.approved_by_id))
