"""Each change of a plan as one plain sentence, for home pages, packs and comparisons alike.

They say what is so now and what was so before, by day and number; nobody is praised or blamed.
"""

from collections.abc import Callable
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext

from app.comms.models import MeetingState
from app.core.formats import day_plain, money, week, words
from app.core.lights import Light
from app.core.text import shortened
from app.plans.models import PlanPhase
from app.plans.weeks import IsoWeek
from app.reports.indicator_words import period_name
from app.risks.pages import band_word, month_name
from app.risks.scoring import Band
from app.status.comparison.change import About, Change, Kind
from app.status.comparison.values import (
    LONGEST,
    RULES,
    Names,
    lead,
    measured_value,
    moment,
    shown,
    target_words,
)


def sentence(change: Change, names: Names) -> str:
    """The change in one sentence, without a full stop."""
    if change.kind is not Kind.changed:
        return _came_or_went(change, names)
    say = SENTENCES.get((change.about, change.field)) or ANY_OBJECT.get(change.field)
    return say(change, names) if say else _now_and_before(change, names)


def details(change: Change) -> list[str]:
    """What belongs under the sentence: the texts of decisions that it only counts."""
    if change.field != "decisions" or len(change.new) < 2:
        return []
    return list(change.new)


def _now_and_before(change: Change, names: Names) -> str:
    """What is true of any field: its value now and before."""
    return _turned(change, names, lead(change, names))


def _turned(change: Change, names: Names, what: str) -> str:
    new, old = (shown(change, value, names) for value in (change.new, change.old))
    return _("%(what)s: %(new)s, before %(old)s", what=what, new=new, old=old)


def _came_or_went(c: Change, names: Names) -> str:
    what, is_new, facts = lead(c, names), c.kind is Kind.new, c.facts
    if c.about is About.risk and not is_new:
        return _("%(what)s was closed", what=what)
    if c.about is About.money:
        return (_("%(what)s was added to the budget, with %(sum)s yuan", what=what,
                  sum=money(facts["cents"])) if is_new
                else _("%(what)s was taken out of the budget, with %(sum)s yuan", what=what,
                       sum=money(facts["cents"])))  # fmt: skip
    if c.about is About.action and is_new:
        return _("%(what)s went to %(name)s, due %(day)s", what=what,
                 name=names.person(facts["owner_id"]), day=day_plain(facts["due_on"]))  # fmt: skip
    if c.about is About.problem and is_new:
        return _("%(what)s was raised; %(name)s answers by %(day)s", what=what,
                 name=names.person(facts["owner_id"]), day=day_plain(facts["due_on"]))  # fmt: skip
    if c.about is About.meeting and is_new:
        if facts["state"] == MeetingState.held:
            return _("%(what)s was held on %(day)s", what=what, day=day_plain(facts["starts_at"]))
        return _("%(what)s was called for %(day)s", what=what, day=moment(facts["starts_at"]))
    return _("%(what)s was added", what=what) if is_new else _("%(what)s was removed", what=what)


def _days(text: Any) -> Callable[[Change, Names], str]:
    """A sentence with the day as it is and as it was, and the object's number."""

    def say(c: Change, names: Names) -> str:
        return str(text) % {
            "number": c.number, "title": words(c.title), "new": day_plain(c.new),
            "old": day_plain(c.old),
        }  # fmt: skip

    return say


def _light(c: Change, names: Names) -> str:
    if c.about is About.risk:
        if c.new is None:
            return _("%(what)s is no longer critical without a response", what=lead(c, names))
        return _("%(what)s is critical and has no response", what=lead(c, names))
    what = _subject(c, names)
    if c.new is None or c.old is None:
        return _turned(c, names, what)
    turned = _("%(what)s turned from %(old)s to %(new)s", what=what, old=_word(c.old),
               new=_word(c.new))  # fmt: skip
    why = RULES.get(c.facts.get("rules", (None, None))[1] or "")
    return _("%(first)s: %(why)s", first=turned, why=why) if why else turned


def _reason(c: Change, names: Names) -> str:
    return _("%(what)s is still %(light)s, for another reason: %(why)s", what=_subject(c, names),
             light=_word(c.facts["light"]), why=RULES.get(c.new, "–"))  # fmt: skip


def _subject(c: Change, names: Names) -> str:
    """What turns: a task by its number alone, which everybody knows it by."""
    if c.about is About.task:
        return _("Task %(number)s", number=c.number)
    return words(c.title) if c.about is About.indicator else lead(c, names)


def _word(light: Light) -> str:
    """A light within a sentence."""
    return str(light.label).lower()


def _approval(c: Change, names: Names) -> str:
    if c.new == "none":
        return _("The plan’s approval was taken back")
    if c.new == "changed":
        count = c.facts["parts"][1]
        return ngettext("The plan has changed since it was approved, in %(num)s part",
                        "The plan has changed since it was approved, in %(num)s parts",
                        count)  # fmt: skip
    return _("The plan was approved") if c.old == "none" else _("The plan was approved again")


def _go_live(c: Change, names: Names) -> str:
    if c.new is None:
        return _("The plan has no day of going live any more, before %(old)s", old=day_plain(c.old))
    if c.old is None:
        return _("The plan goes live on %(new)s", new=day_plain(c.new))
    return _("The plan now goes live on %(new)s, before %(old)s", new=day_plain(c.new),
             old=day_plain(c.old))  # fmt: skip


def _progress(c: Change, names: Names) -> str:
    said = (_("The plan’s progress rose from %(old)s%% to %(new)s%%", old=c.old, new=c.new)
            if c.new > c.old
            else _("The plan’s progress fell from %(old)s%% to %(new)s%%", old=c.old,
                   new=c.new))  # fmt: skip
    return _("%(first)s, planned %(planned)s%%", first=said, planned=c.facts["planned"][1])


def _finished(c: Change, names: Names) -> str:
    """A task or a milestone that is done, is open again, or was done on another day."""
    if c.new is None:
        return _("%(what)s is open again", what=lead(c, names))
    if c.old is not None:
        return _("%(what)s was finished on %(new)s, not on %(old)s", what=lead(c, names),
                 new=day_plain(c.new), old=day_plain(c.old))  # fmt: skip
    if c.about is About.milestone:
        return _("%(what)s was reached on %(day)s", what=lead(c, names), day=day_plain(c.new))
    return _("Task %(number)s, %(title)s, is finished", number=c.number, title=words(c.title))


def _expected(c: Change, names: Names) -> str:
    said = _("Task %(number)s is now expected on %(new)s, before %(old)s", number=c.number,
             new=day_plain(c.new), old=day_plain(c.old))  # fmt: skip
    return _after_baseline(said, c.facts["days_late"])


def _after_baseline(said: str, days: int) -> str:
    if not days:
        return said
    late = ngettext("%(num)s working day after the baseline",
                    "%(num)s working days after the baseline", days)  # fmt: skip
    return _("%(first)s; %(late)s", first=said, late=late)


def _days_late(c: Change, names: Names) -> str:
    if not c.new:
        return _("Task %(number)s is no longer late against its baseline", number=c.number)
    said = _("Task %(number)s is still expected on %(day)s", number=c.number,
             day=day_plain(c.facts["finish_on"]))  # fmt: skip
    return _after_baseline(said, c.new)


def _overdue(c: Change, names: Names) -> str:
    due = c.facts.get("due_on") or c.facts.get("finish_on")
    if c.new:
        return _("%(what)s is overdue; it was due %(day)s", what=lead(c, names), day=day_plain(due))
    return _("%(what)s is no longer overdue", what=lead(c, names))


def _done_share(c: Change, names: Names) -> str:
    return _("Task %(number)s is %(new)s%% done, before %(old)s%%", number=c.number, new=c.new,
             old=c.old)  # fmt: skip


def _forecast(c: Change, names: Names) -> str:
    said = (_("%(title)s is expected to cost %(sum)s yuan more") if c.new > c.old
            else _("%(title)s is expected to cost %(sum)s yuan less"))  # fmt: skip
    return said % {"title": lead(c, names), "sum": money(abs(c.new - c.old))}


def _sums(text: Any) -> Callable[[Change, Names], str]:
    def say(c: Change, names: Names) -> str:
        return str(text) % {"what": lead(c, names), "new": money(c.new), "old": money(c.old)}

    return say


def _score(c: Change, names: Names) -> str:
    title, bands = words(c.title), c.facts["bands"]
    if c.old is None:
        said = _("%(what)s was rated for the first time: %(new)s", what=lead(c, names), new=c.new)
    elif c.new is None:
        return _("%(what)s is not rated any more, before %(old)s", what=lead(c, names), old=c.old)
    else:
        said = (
            _("Risk %(number)s, %(title)s, rose from %(old)s to %(new)s") if c.new > c.old
            else _("Risk %(number)s, %(title)s, fell from %(old)s to %(new)s")
        ) % {"number": c.number, "title": title, "old": c.old, "new": c.new}  # fmt: skip
    if bands[0] == bands[1]:
        return said
    return _("%(first)s, now %(band)s", first=said, band=band_word(Band(bands[1])))


def _window(c: Change, names: Names) -> str:
    if c.new:
        return _("The window of “%(title)s” to risk %(number)s passed on %(day)s; it is not done",
                 title=words(c.title), number=c.number,
                 day=day_plain(c.facts["last_on"]))  # fmt: skip
    return _("The window of “%(title)s” to risk %(number)s is open again", title=words(c.title),
             number=c.number)  # fmt: skip


def _signed(c: Change, names: Names) -> str:
    month = month_name(c.facts["months"][1])
    department = names.department(c.object_id)
    if c.new is not None:
        said = _("%(department)s signed the risks for %(month)s", department=department,
                 month=month)  # fmt: skip
    else:
        said = _("%(department)s has not signed the risks for %(month)s yet",
                 department=department, month=month)  # fmt: skip
    return said[:1].upper() + said[1:]


def _changed_since_signed(c: Change, names: Names) -> str:
    department = names.department(c.object_id)
    if c.new:
        return _("The risks of %(department)s changed after they were signed",
                 department=department)  # fmt: skip
    return _("The risks of %(department)s are signed as they stand", department=department)


def _measured(c: Change, names: Names) -> str:
    if c.new is None:
        return _("%(title)s has no value any more, before %(old)s", title=words(c.title),
                 old=shown(c, c.old, names))  # fmt: skip
    said = _("%(title)s, %(period)s: %(value)s", title=words(c.title),
             period=period_name(c.new[0]), value=measured_value(c.new))  # fmt: skip
    if c.old is None:
        return said
    return _("%(first)s, before %(old)s", first=said, old=shown(c, c.old, names))


def _new_target(c: Change, names: Names) -> str:
    units = c.facts["units"]
    return _("The target of %(title)s is now %(new)s, before %(old)s", title=words(c.title),
             new=target_words(c.new, units[1]), old=target_words(c.old, units[0]))  # fmt: skip


def _value_missing(c: Change, names: Names) -> str:
    said = {"title": words(c.title), "period": period_name(c.part)}
    if c.new:
        return _("%(title)s: the value of %(period)s is overdue", **said)
    return _("%(title)s: the value of %(period)s is no longer overdue", **said)


def _report(c: Change, names: Names) -> str:
    said = {"week": week(IsoWeek.parse(c.part)), "number": c.number}
    if c.new == "late":
        return _("The report of %(week)s on task %(number)s came late", **said)
    if c.new == "missing":
        return _("The report of %(week)s on task %(number)s is missing", **said)
    return _("The report of %(week)s on task %(number)s is no longer late or missing", **said)


def _outcome(c: Change, names: Names) -> str:
    if c.new not in ("slipped", "dropped"):
        return _now_and_before(c, names)
    slipped_to, reason = c.facts["slipped_to"], c.facts["reason"]
    if c.new == "dropped":
        said = _("%(what)s was dropped", what=lead(c, names))
    elif slipped_to:
        said = _("%(what)s slipped to %(week)s", what=lead(c, names),
                 week=week(IsoWeek.parse(slipped_to)))  # fmt: skip
    else:
        said = _("%(what)s slipped", what=lead(c, names))
    if not reason:
        return said
    return _("%(first)s: %(reason)s", first=said, reason=shortened(reason, LONGEST))


def _held(c: Change, names: Names) -> str:
    day = day_plain(c.facts["starts_at"])
    if c.new == MeetingState.held:
        return _("%(what)s was held on %(day)s", what=lead(c, names), day=day)
    if c.new == MeetingState.cancelled:
        return _("%(what)s on %(day)s was cancelled", what=lead(c, names), day=day)
    return _now_and_before(c, names)


def _decided(c: Change, names: Names) -> str:
    if not c.new:
        return ngettext("%(title)s: %(num)s decision was taken out",
                        "%(title)s: %(num)s decisions were taken out", len(c.old),
                        title=words(c.title))  # fmt: skip
    if len(c.new) == 1:
        return _("%(title)s decided: %(text)s", title=words(c.title),
                 text=shortened(c.new[0], LONGEST))  # fmt: skip
    return ngettext("%(title)s: %(num)s decision", "%(title)s: %(num)s decisions", len(c.new),
                    title=words(c.title))  # fmt: skip


def _renamed(c: Change, names: Names) -> str:
    return _("%(what)s was called “%(old)s” before", what=lead(c, names), old=words(c.old))


ANY_OBJECT: dict[str, Callable[[Change, Names], str]] = {
    "title": _renamed,
    "light": _light,
    "reason": _reason,
    "is_overdue": _overdue,
    "owner_id": lambda c, n: _("%(what)s is now with %(new)s, before %(old)s", what=lead(c, n),
                               new=n.person(c.new), old=n.person(c.old)),
    "department_id": lambda c, n: _("%(what)s is now with %(new)s, before %(old)s",
                                    what=lead(c, n), new=n.department(c.new),
                                    old=n.department(c.old)),
    "due_on": lambda c, n: _("%(what)s is now due %(new)s, before %(old)s", what=lead(c, n),
                             new=day_plain(c.new), old=day_plain(c.old)),
}  # fmt: skip
SENTENCES: dict[tuple[About, str], Callable[[Change, Names], str]] = {
    (About.plan, "phase"): lambda c, n: (
        _("The plan was closed") if c.new == PlanPhase.closed else _("The plan is under way again")
    ),
    (About.plan, "approval"): _approval,
    (About.plan, "approved_at"): lambda c, n: _("The plan was approved again"),
    (About.plan, "finish_on"): _days(_l("The plan now ends on %(new)s, before %(old)s")),
    (About.plan, "start_on"): _days(_l("The plan now begins on %(new)s, before %(old)s")),
    (About.plan, "go_live_on"): _go_live,
    (About.plan, "percent"): _progress,
    (About.task, "finish_on"): _days(
        _l("Task %(number)s is now committed for %(new)s, before %(old)s")),
    (About.task, "start_on"): _days(_l("Task %(number)s now begins on %(new)s, before %(old)s")),
    (About.task, "baseline_finish_on"): _days(
        _l("Task %(number)s is now measured against %(new)s, before against %(old)s")),
    (About.task, "expected_finish_on"): _expected,
    (About.task, "days_late"): _days_late,
    (About.task, "done_on"): _finished,
    (About.task, "percent"): _done_share,
    (About.milestone, "done_on"): _finished,
    (About.milestone, "finish_on"): _days(
        _l("Milestone %(number)s “%(title)s” moved to %(new)s, before %(old)s")),
    (About.money, "forecast_cents"): _forecast,
    (About.money, "actual_cents"): _sums(_l("%(what)s: %(new)s yuan spent, before %(old)s")),
    (About.money, "planned_cents"): _sums(
        _l("%(what)s: the budget is now %(new)s yuan, before %(old)s")),
    (About.money, "committed_cents"): _sums(
        _l("%(what)s: %(new)s yuan ordered or signed, before %(old)s")),
    (About.risk, "score"): _score,
    (About.response, "is_window_passed"): _window,
    (About.signature, "signed_at"): _signed,
    (About.signature, "is_changed_since"): _changed_since_signed,
    (About.indicator, "latest"): _measured,
    (About.indicator, "target"): _new_target,
    (About.indicator, "missing"): _value_missing,
    (About.report, "on_time"): lambda c, n: _("Reports on time: %(new)s, before %(old)s",
        new=shown(c, c.new, n), old=shown(c, c.old, n)),
    (About.report, "kept"): lambda c, n: _("Promises kept: %(new)s, before %(old)s",
        new=shown(c, c.new, n), old=shown(c, c.old, n)),
    (About.report, "standing"): _report,
    (About.promise, "outcome"): _outcome,
    (About.problem, "answer_due_on"): lambda c, n: _("%(what)s is now to be answered by %(new)s, "
        "before %(old)s", what=lead(c, n), new=day_plain(c.new), old=day_plain(c.old)),
    (About.meeting, "state"): _held,
    (About.meeting, "starts_at"): lambda c, n: _("%(what)s moved to %(new)s, before %(old)s",
        what=lead(c, n), new=moment(c.new), old=moment(c.old)),
    (About.meeting, "decisions"): _decided,
}  # fmt: skip
