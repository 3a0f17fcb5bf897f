"""The pages of a plan's rules of reminding: all steps, one step with its preview, the groups."""

from typing import Any

from flask import Blueprint, flash, g, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_login import current_user

from app.comms import rule_services as services
from app.comms.due import RESPONSIBLE, Through
from app.comms.models import RuleRow
from app.comms.own_words import BLANKS
from app.comms.readers import readers_of
from app.comms.rule_forms import (
    WAYS,
    GroupsForm,
    RuleForm,
    offer,
    offer_groups,
)
from app.comms.rule_preview import DAYS, Preview, preview_of
from app.comms.rule_queries import (
    NEW,
    PlanRule,
    groups_stamp,
    names_in,
    offered_groups,
    plan_rule,
    plan_rules,
    posted_subjects,
    values_of,
    ways_of,
)
from app.comms.rules import explain, label_of, rule_of
from app.core.db import db
from app.core.errors import NotFound
from app.core.formats import local_date
from app.core.i18n import current_language
from app.core.permissions import requires
from app.core.registries import Subject, subjects
from app.core.web import NOT_HERE, request_now
from app.plans.access import plan_people
from app.plans.models import Plan
from app.tasks.page import attempt

bp = Blueprint("rules", __name__, template_folder="templates")

LANGUAGE_NAMES = {"zh": "中文", "en": "English"}


@bp.get("/plans/<int:plan_id>/reminders/rules")
@requires("reminder:read")
def index(plan_id: int) -> Any:
    """Every step by subject, and the groups that the plan posts to."""
    return _list(plan_id)


@bp.route("/plans/<int:plan_id>/reminders/rules/new", methods=["GET", "POST"])
@requires("comms:edit")
def new(plan_id: int) -> Any:
    """A step of the plan's own about `?subject=`."""
    page = _Page(plan_id, _proposed_step(_asked_kind()))
    if request.method == "GET":
        return page.shown()
    status = attempt(
        page.form,
        lambda: services.add_rule(
            plan_id, page.kind, page.form.details(), actor=current_user, now=request_now()
        ),
    )
    if status != 303:
        return page.again(status)
    flash(_("The rule is added."))
    return _back(plan_id, page.kind)


@bp.route("/plans/<int:plan_id>/reminders/rules/<key>", methods=["GET", "POST"])
@requires("comms:edit")
def edit(plan_id: int, key: str) -> Any:
    """One step."""
    page = _Page(plan_id, _step(plan_id, key))
    if request.method == "GET":
        return page.shown()
    status = attempt(
        page.form,
        lambda: services.save_rule(
            plan_id, key, page.form.details(), seen=page.form.seen.data or None,
            actor=current_user, now=request_now(),
        ),
        lock=lambda: page.step.stamp,
    )  # fmt: skip
    if status == 409:
        page.form.theirs = _rule_words(page.step)  # type: ignore[attr-defined]
    if status != 303:
        return page.again(status)
    flash(_("The rule is saved."))
    return _back(plan_id, page.kind)


@bp.post("/plans/<int:plan_id>/reminders/rules/new/preview")
@requires("comms:edit")
def preview_new(plan_id: int) -> Any:
    return _Page(plan_id, _proposed_step(_asked_kind())).tried()


@bp.post("/plans/<int:plan_id>/reminders/rules/<key>/preview")
@requires("comms:edit")
def preview(plan_id: int, key: str) -> Any:
    """What the form's values would do; nothing is kept."""
    return _Page(plan_id, _step(plan_id, key)).tried()


@bp.post("/plans/<int:plan_id>/reminders/rules/<key>/switch")
@requires("comms:edit")
def switch(plan_id: int, key: str) -> Any:
    """Out of use, or back to use where `on` is 1."""
    kind, is_on = _step(plan_id, key).rule.kind, request.form.get("on") == "1"
    services.switch_rule(plan_id, key, is_on=is_on, actor=current_user, now=request_now())
    flash(_("The rule is switched on.") if is_on else _("The rule is switched off."))
    return _back(plan_id, kind)


@bp.post("/plans/<int:plan_id>/reminders/rules/<key>/reset")
@requires("comms:edit")
def reset(plan_id: int, key: str) -> Any:
    """Back to what was proposed."""
    kind = _step(plan_id, key).rule.kind
    services.reset_rule(plan_id, key, actor=current_user, now=request_now())
    flash(_("The rule is as proposed again."))
    return _back(plan_id, kind)


@bp.post("/plans/<int:plan_id>/reminders/rules/<key>/remove")
@requires("comms:edit")
def remove(plan_id: int, key: str) -> Any:
    """Take out a step of the plan's own."""
    kind = _step(plan_id, key).rule.kind
    services.remove_rule(plan_id, key, actor=current_user, now=request_now())
    flash(_("The rule is taken out."))
    return _back(plan_id, kind)


@bp.post("/plans/<int:plan_id>/reminders/rules/groups")
@requires("comms:edit")
def choose_groups(plan_id: int) -> Any:
    """The chat groups that the plan posts to."""
    form = GroupsForm()
    status = attempt(
        form,
        lambda: services.choose_groups(
            plan_id, form.chosen(), seen=form.seen.data or None, actor=current_user,
            now=request_now(),
        ),
        lock=lambda: groups_stamp(plan_id),
    )  # fmt: skip
    if status != 303:
        return _list(plan_id, form, status)
    flash(_("The chat groups are saved."))
    return redirect(url_for("rules.index", plan_id=plan_id, _anchor="groups"), 303)


def _list(plan_id: int, groups: GroupsForm | None = None, status: int = 200) -> Any:
    steps = plan_rules(plan_id)
    offered = offered_groups(plan_id)
    names = names_in(step.rule for rows in steps.values() for step in rows)
    if groups is None:
        groups = GroupsForm(
            formdata=None, robot_ids=[str(row.robot.id) for row in offered if row.is_chosen],
            seen=groups_stamp(plan_id),
        )  # fmt: skip
    elif status == 409:
        chosen = [row.robot.name for row in offered if row.is_chosen]
        said = [(str(groups.robot_ids.label.text), _(", ").join(chosen) or "–")]
        groups.theirs = said  # type: ignore[attr-defined]
    offer_groups(groups, offered)
    everything = [step for rows in steps.values() for step in rows]
    return (
        render_template(
            "comms/rules.html",
            plan_id=plan_id,
            subjects=[(kind, subject, steps[kind]) for kind, subject in subjects],
            explain=lambda step: explain(step.rule, names),
            ways=lambda step: [WAYS[w] for w in ways_of(step.rule.kind) if w in step.rule.through],
            in_use=sum(step.is_on for step in everything),
            changed=sum(
                step.proposal is not None and (step.is_changed or not step.is_on)
                for step in everything
            ),
            added=sum(step.proposal is None for step in everything),
            groups=groups,
            offered=offered,
            posted=posted_subjects(),
            may_edit=g.viewer.may("comms:edit"),
        ),
        status,
    )


class _Page:
    """The page of one step, with its form filled from the request or from the step."""

    def __init__(self, plan_id: int, step: PlanRule) -> None:
        self.plan_id, self.step, self.kind = plan_id, step, step.rule.kind
        self.subject: Subject = subjects.get(self.kind)  # type: ignore[assignment]
        self.readers = readers_of(plan_id)
        self.form = RuleForm(plan_id, self.kind)
        offer(self.form, self.subject, self.readers, plan_people(plan_id))

    def shown(self) -> Any:
        """The step as it is."""
        self.form.show(self.step)
        values = {**values_of(self.step.rule), "is_on": self.step.is_on}
        return self._render(self._preview(values), 200)

    def tried(self) -> Any:
        """What the form's values would do: the preview alone for htmx, else the whole page."""
        made = self._preview(self._values()) if self.form.validate() else None
        if "HX-Request" in request.headers:
            return render_template("comms/_rule_preview.html", **self._previewed(made))
        return self._render(made, 422 if made is None else 200)

    def again(self, status: int) -> Any:
        """The form with what was typed, and what does not fit."""
        return self._render(self._preview(self._values()) if status == 409 else None, status)

    def _values(self) -> dict[str, Any]:
        return services.checked(self.plan_id, self.kind, self.form.details())

    def _preview(self, values: dict[str, Any]) -> Preview:
        """As if in use: what is switched off is looked at too."""
        row = RuleRow(
            plan_id=self.plan_id, key=self.step.rule.key, kind=self.kind,
            **{**values, "is_on": True},
        )  # fmt: skip
        plan = db.session.get_one(Plan, self.plan_id)
        return preview_of(plan, row, self.readers, request_now())

    def _previewed(self, made: Preview | None) -> dict[str, Any]:
        problems = [(field.label.text, text) for field in self.form for text in field.errors]
        return {
            "preview": made, "problems": problems, "days": DAYS, "is_on": self.form.is_on.data,
            "today": local_date(request_now()), "subject": self.subject,
            "language_names": LANGUAGE_NAMES,
        }  # fmt: skip

    def _render(self, made: Preview | None, status: int) -> Any:
        rule, is_new = self.step.rule, self.step.rule.key.endswith(f".{NEW}")
        names = names_in([rule])
        page = render_template(
            "comms/rule.html",
            plan_id=self.plan_id,
            form=self.form,
            step=self.step,
            is_new=is_new,
            title=str(self.subject.label) if is_new else label_of(rule),
            sentence="" if is_new else explain(rule, names),
            gone=[name for i, name in names.items() if i not in self.readers],
            is_for_groups=Through.group in ways_of(self.kind),
            blanks=_blanks(),
            **self._previewed(made),
        )
        return page, status


def _blanks() -> list[tuple[str, str]]:
    """The blanks of own wording with what comes into them, as the reader's language calls them."""
    said = {
        "title": _("what it is about"),
        "fact": _("what is true then: when it is due, or was"),
        "when": _("the day it is due, with the time"),
        "name": _("the name of whoever reads it"),
        "label": _("what the reminder is called"),
    }
    is_chinese = current_language() == "zh"
    return [(f"{{{BLANKS[name] if is_chinese else name}}}", text) for name, text in said.items()]


def _rule_words(step: PlanRule) -> list[tuple[str, str]]:
    """A step in words, for whoever saved after somebody else."""
    rule = step.rule
    ways = _(", ").join(str(WAYS[way]) for way in WAYS if way in rule.through)
    rows = [
        (_("Rule"), explain(rule, names_in([rule]))),
        (_("Through what"), ways),
        (_("State"), _("in use") if step.is_on else _("switched off")),
    ]
    for lang, subject, text in rule.wording:
        rows.append((LANGUAGE_NAMES[lang], "\n".join(filter(None, [subject, text]))))
    return rows


def _step(plan_id: int, key: str) -> PlanRule:
    step = plan_rule(plan_id, key)
    if step is None:
        raise NotFound(NOT_HERE)
    return step


def _asked_kind() -> str:
    kind = request.args.get("subject", "")
    if subjects.get(kind) is None:
        raise NotFound(NOT_HERE)
    return kind


def _proposed_step(kind: str) -> PlanRule:
    """What a new step begins with: a time at which no proposed one speaks, so that its preview
    has something to show."""
    row = RuleRow(kind=kind, key=f"{kind}.{NEW}", offset=-2, is_hours=False, hour=9, minute=7,
                  to=[RESPONSIBLE], channels=[Through.inbox, Through.mail], wording={})  # fmt: skip
    return PlanRule(rule_of(row), True, None)


def _back(plan_id: int, kind: str) -> Any:
    return redirect(url_for("rules.index", plan_id=plan_id, _anchor=f"subject-{kind}"), 303)
