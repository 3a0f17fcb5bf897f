"""The reasons behind a date as sentences in the reader's language."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from flask_babel import gettext as _
from flask_babel import ngettext, pgettext

from app.core.formats import day_plain, words
from app.core.i18n import current_language
from app.core.lights import Light
from app.plans.workcalendar import DayKind
from app.tasks.explain import DayRun, Reason
from app.tasks.models import item_key
from app.tasks.one_day import Wins
from app.tasks.why_queries import Named, WhyFacts

NAMED_AT_MOST = 3
# Reasons that are somebody's word for the very date.
OWN_WORD = ("expected", "committed")


@dataclass(frozen=True)
class Card:
    """One link of the chain: what, when, and why in short lines."""

    head: str
    value: str
    lines: tuple[str, ...]
    url: str
    light: Light | None
    is_estimated: bool


@dataclass(frozen=True)
class Why:
    """The explanation, ready to be shown. `sentences`: the same chain, link by link."""

    plan_id: int
    key: str
    title: str
    cards: tuple[Card, ...]
    sentences: tuple[str, ...]
    cost: str
    win: str
    is_estimated: bool
    may_come_earlier: bool

    @property
    def says(self) -> str:
        """The two sentences that a manager needs."""
        return _tidy(f"{self.cost} {self.win}")


def told(facts: WhyFacts) -> Why:
    """The explanation in the reader's language."""
    asked = facts.asked
    item = facts.names[facts.key]
    return Why(
        plan_id=facts.plan_id,
        key=facts.key,
        title=_title(facts),
        cards=tuple(_card(facts, reason) for reason in facts.chain),
        sentences=tuple(sentence(facts, reason) for reason in facts.chain),
        cost=cost(facts),
        win=win(facts),
        is_estimated=asked.is_estimated,
        may_come_earlier=not item.is_done and asked.kind != "fixed",
    )


def _title(facts: WhyFacts) -> str:
    item = facts.names[facts.key]
    name = _short(item) if item.is_task else _named(item)
    day = day_plain(facts.asked.finish)
    if item.is_done:
        return _tidy(_("Why did %(name)s finish on %(day)s?", name=_in_text(name), day=day))
    return _tidy(_("Why is %(name)s expected to finish on %(day)s?", name=_in_text(name), day=day))


def _card(facts: WhyFacts, reason: Reason) -> Card:
    item, is_asked = facts.names[reason.key], reason is facts.asked
    lines = [_because(facts, reason), _others(facts, reason), _length(reason),
             _against_baseline(item, reason)]  # fmt: skip
    name = _short(item) if is_asked and item.is_task else _named(item)
    return Card(
        head=_first_upper(name),
        value=_value(facts, reason),
        lines=tuple(line for line in lines if line),
        url=f"/tasks/{item.task_id}",
        light=item.light if is_asked else None,
        is_estimated=reason.is_estimated,
    )


def _value(facts: WhyFacts, reason: Reason) -> str:
    item, day = facts.names[reason.key], day_plain(reason.on)
    if reason.aspect == "start":
        return _("starts on %(day)s", day=day)
    if item.is_done:
        return _("was finished on %(day)s", day=day)
    if reason is facts.asked and item.days_late and item.days_late > 0:
        return ngettext("%(day)s, %(num)s working day late", "%(day)s, %(num)s working days late",
                        item.days_late, day=day)  # fmt: skip
    return _("finishes on %(day)s", day=day)


def _against_baseline(item: Named, reason: Reason) -> str:
    if item.baseline_on is None or item.days_late is None or reason.aspect == "start":
        return ""
    day = day_plain(item.baseline_on)
    if item.days_late > 0:
        return ngettext("baseline %(day)s, %(num)s working day late",
                        "baseline %(day)s, %(num)s working days late", item.days_late,
                        day=day)  # fmt: skip
    if item.days_late < 0:
        return ngettext("baseline %(day)s, %(num)s working day early",
                        "baseline %(day)s, %(num)s working days early", -item.days_late,
                        day=day)  # fmt: skip
    return _("baseline %(day)s too", day=day)


def _because(facts: WhyFacts, reason: Reason) -> str:
    """The line that says what holds the date."""
    if reason.because is None:
        return _beginning(facts, reason)
    before = facts.names[reason.because]
    name = _in_text(_label(before))
    if reason.kind == "part":
        return _tidy(_("with %(name)s, its last step", name=name))
    if reason.kind == "inside":
        return _tidy(_("begins with %(name)s, on %(day)s", name=name, day=day_plain(reason.start)))
    held = reason.start if reason.link_kind[1] == "S" else reason.finish
    values = {"name": name, "day": day_plain(held), "lag": _lag(reason.lag)}
    match reason.link_kind:
        case "FS":
            return _tidy(_("after %(name)s is finished%(lag)s: starts on %(day)s", **values))
        case "SS":
            return _tidy(_("after %(name)s has started%(lag)s: starts on %(day)s", **values))
        case "FF":
            return _tidy(_("not before %(name)s is finished%(lag)s: on %(day)s", **values))
    return _tidy(_("not before %(name)s has started%(lag)s: on %(day)s", **values))


def _others(facts: WhyFacts, reason: Reason) -> str:
    """What else it waits for just as long."""
    names = [_label(facts.names[other.key]) for other in reason.also if other.key]
    return _tidy(_("waits for %(list)s just as long", list=_listed(names))) if names else ""


def _beginning(facts: WhyFacts, reason: Reason) -> str:
    """Where a chain begins: what has happened, or what somebody said."""
    name = facts.said.name if facts.said else ""
    said_on = day_plain(facts.said.at) if facts.said else ""
    match reason.kind:
        case "done":
            if name:
                return _("entered by %(name)s on %(day)s", name=name, day=said_on)
            return _("it is finished")
        case "expected":
            if name:
                return _("reported by %(name)s on %(day)s", name=name, day=said_on)
            return _("as its owner expects")
        case "committed":
            if name:
                return _("as committed, set by %(name)s on %(day)s", name=name, day=said_on)
            return _("the committed day")
        case "committed_start":
            start = day_plain(reason.start)
            if name:
                return _("committed to start on %(start)s, set by %(name)s on %(day)s",
                         start=start, name=name, day=said_on)  # fmt: skip
            return _("committed to start on %(start)s", start=start)
        case "not_before":
            start = day_plain(reason.start)
            if name:
                return _("not to start before %(start)s, set by %(name)s on %(day)s",
                         start=start, name=name, day=said_on)  # fmt: skip
            return _("not to start before %(start)s", start=start)
        case "fixed":
            if name:
                return _("its dates are fixed, by %(name)s on %(day)s", name=name, day=said_on)
            return _("its dates are fixed")
        case "today":
            return _("not finished yet, so today at the earliest")
    return _("the plan starts on %(day)s", day=day_plain(reason.start))


def _length(reason: Reason) -> str:
    """How long it takes, and the special days in between."""
    parts = []
    if reason.because is not None and reason.workdays and reason.aspect == "finish":
        parts.append(ngettext("takes %(num)s working day", "takes %(num)s working days",
                              reason.workdays))  # fmt: skip
    return _comma([*parts, *(_run(run) for run in (*reason.between, *reason.during))])


def sentence(facts: WhyFacts, reason: Reason) -> str:
    """One link of the chain as a whole sentence."""
    item = facts.names[reason.key]
    name = _in_text(_named(item))
    if reason.because is None:
        what = _("finishes on %(day)s", day=day_plain(reason.finish))
        if reason.aspect == "start":
            what = _("starts on %(day)s", day=day_plain(reason.start))
        elif item.is_done:
            what = _("was finished on %(day)s", day=day_plain(reason.finish))
        return _whole(_("%(name)s %(what)s: %(why)s.", name=name, what=what,
                        why=_beginning(facts, reason)))  # fmt: skip
    before = facts.names[reason.because]
    on = day_plain(reason.because_on)
    if reason.kind == "inside" or reason.link_kind[0] == "S":
        since = _("starts on %(day)s", day=on)
    elif before.is_done:
        since = _("was finished on %(day)s", day=on)
    else:
        since = _("finishes on %(day)s", day=on)
    is_start = reason.link_kind[1] == "S"
    values = {
        "name": name,
        "what": _("starts on %(day)s", day=day_plain(reason.start))
        if is_start
        else _("finishes on %(day)s", day=day_plain(reason.finish)),
        "before": _in_text(_named(before)),
        "since": since,
        "lag": _lag(reason.lag),
        "days": _days(reason.between),
    }
    said = _("%(name)s %(what)s because %(before)s %(since)s%(lag)s%(days)s.", **values)
    if is_start and reason.workdays and reason.aspect == "finish":
        said += " " + ngettext(
            "It takes %(num)s working day and finishes on %(day)s%(days)s.",
            "It takes %(num)s working days and finishes on %(day)s%(days)s.",
            reason.workdays, day=day_plain(reason.finish), days=_days(reason.during),
        )  # fmt: skip
    return _whole(said)


def cost(facts: WhyFacts) -> str:
    """What one working day more would do; nothing for what is finished."""
    if facts.cost is None:
        return ""
    effects = [
        _("turns %(name)s %(light)s", name=_in_text(_label(facts.names[key])), light=_light(light))
        for key, light in facts.turns
    ]
    moved = _movers(facts)
    if facts.cost.moves_the_end:
        end = _("the plan’s end (to %(day)s)", day=day_plain(facts.cost.finish[1]))
        effects.append(_("moves %(list)s", list=_listed([*moved, end])))
    elif moved:
        effects.append(_("moves %(list)s", list=_listed(moved)))
        effects.append(_("leaves the plan’s end where it is"))
    else:
        effects.append(_("moves nothing else, nor the plan’s end"))
    room = facts.total_float
    left = (
        ngettext("%(num)s day short", "%(num)s days short", -room)
        if room < 0
        else ngettext("%(num)s day of float", "%(num)s days of float", room)
    )
    return _whole(_("%(float)s: one working day more %(effects)s.", float=left,
                    effects=_clauses(effects)))  # fmt: skip


def _movers(facts: WhyFacts) -> list[str]:
    """Who moves along: the first few by name. A task that moves with a step of its own, or with
    the very item that was asked about, says nothing new."""
    assert facts.cost is not None
    keys = [key for key, _before, _after in facts.cost.moves]
    around = {item_key(facts.names[k].task_id) for k in [*keys, facts.key]
              if not facts.names[k].is_task}  # fmt: skip
    keys = [key for key in keys if key not in around]
    names = [_named(facts.names[key]) for key in keys[:NAMED_AT_MOST]]
    if len(keys) > NAMED_AT_MOST:
        names.append(ngettext("%(num)s other", "%(num)s others", len(keys) - NAMED_AT_MOST))
    return names


def win(facts: WhyFacts) -> str:
    """Where a working day is won; nothing for what is finished."""
    if facts.names[facts.key].is_done:
        return ""
    day = day_plain(facts.asked.finish)
    if not facts.wins.wins and len(facts.chain) == 1 and facts.asked.kind in OWN_WORD:
        return _whole(_("Only another date given for %(name)s itself brings %(day)s forward.",
                        name=_in_text(_label(facts.names[facts.key])), day=day))  # fmt: skip
    if not facts.wins.wins:
        return _whole(_("No single link of the chain, one working day shorter, brings %(day)s "
                        "forward%(why)s.", day=day, why=_held(facts)))  # fmt: skip
    said = _("One working day less for %(list)s brings %(day)s forward to %(new)s.",
             list=_any_of(facts, facts.wins), day=day,
             new=day_plain(facts.wins.wins[0].finish))  # fmt: skip
    if facts.wins.with_own:
        said += " " + _("The date given for %(name)s itself has to move along.",
                        name=_in_text(_label(facts.names[facts.key])))  # fmt: skip
    return _whole(said)


def _any_of(facts: WhyFacts, wins: Wins) -> str:
    names = []
    for found in wins.wins:
        name = _label(facts.names[found.key])
        if found.kind == "lag":
            name = _tidy(_("the wait before %(name)s", name=_in_text(name)))
        names.append(name)
    if len(names) == 1:
        return _in_text(names[0])
    several = _in_text(pgettext("list", ", ").join(names[:-1]))
    return _in_text(_tidy(_("%(list)s or %(last)s", list=several, last=_in_text(names[-1]))))


def _held(facts: WhyFacts) -> str:
    """What else holds the date that is asked about, or one on the way to it."""
    for reason in reversed(facts.chain):
        for other in reason.also:
            name = _in_text(_label(facts.names[other.key or reason.key]))
            day = day_plain(other.on)
            match other.kind:
                case "link":
                    return _(", as %(name)s holds it too (%(day)s)", name=name, day=day)
                case "committed_start":
                    return _(", as %(name)s is committed to start on %(day)s", name=name, day=day)
                case "not_before":
                    return _(", as %(name)s is not to start before %(day)s", name=name, day=day)
                case "expected" | "committed":
                    return _(", as the date given for %(name)s itself is %(day)s", name=name,
                             day=day)  # fmt: skip
    if facts.chain[0].kind == "today":
        return _(", as nothing that is not finished ends before today")
    return ""


def _lag(days: int) -> str:
    if days > 0:
        return ngettext(", plus %(num)s working day", ", plus %(num)s working days", days)
    if days < 0:
        return ngettext(", less %(num)s working day", ", less %(num)s working days", -days)
    return ""


def _days(runs: Iterable[DayRun]) -> str:
    """The special days, after what they explain."""
    return "".join(pgettext("list", "; ") + _run(run) for run in runs)


def _run(run: DayRun) -> str:
    """A special day or several: 10月1日至10月7日国庆节放假."""
    chinese = current_language() == "zh"
    name, whose = run.name[0 if chinese else 1], run.whose[0 if chinese else 1]
    days = _span(run.first, run.last)
    bracket = _(" (%(name)s)", name=name) if name else ""
    match run.kind:
        case DayKind.makeup:
            return _("%(days)s is a make-up workday", days=days)
        case DayKind.company_off:
            return _("%(days)s off at the company%(name)s", days=days, name=bracket)
        case DayKind.company_work | DayKind.department_work:
            return _("%(days)s worked%(name)s", days=days, name=bracket)
        case DayKind.department_off:
            return _("%(days)s off in %(whose)s%(name)s", days=days, whose=whose, name=bracket)
        case DayKind.leave:
            return _("%(whose)s on leave %(days)s", whose=whose, days=days)
    return (
        _("%(days)s off for %(name)s", days=days, name=name)
        if name
        else _("%(days)s off", days=days)
    )


def _span(first: date, last: date) -> str:
    if first == last:
        return day_plain(first)
    return _("%(first)s to %(last)s", first=day_plain(first), last=day_plain(last))


def _light(light: Light) -> str:
    word = str(light.label)
    return word if current_language() == "zh" else word.lower()


def _short(item: Named) -> str:
    return _("task %(number)s", number=item.label) if item.is_task else item.label


_label = _short


def _named(item: Named) -> str:
    """Number and title: 4.2 登记与查询功能, 任务 4 建立系统."""
    return f"{_short(item)} {words(item.title)}"


def _listed(names: list[str]) -> str:
    """Several names as one part of a sentence: a、b 和 c."""
    if len(names) == 1:
        return _in_text(names[0])
    several = _in_text(pgettext("list", ", ").join(names[:-1]))
    return _in_text(_tidy(_("%(list)s and %(last)s", list=several, last=_in_text(names[-1]))))


def _comma(parts: list[str]) -> str:
    return pgettext("clauses", ", ").join(parts)


def _clauses(parts: list[str]) -> str:
    if len(parts) == 1:
        return parts[0]
    return _comma(parts[:-1]) + pgettext("clauses", " and ") + parts[-1]


def _in_text(name: str) -> str:
    """The name with the spaces that Chinese text has around digits and Latin letters."""
    if current_language() != "zh" or not name:
        return name
    before = " " if name[0].isascii() and name[0].isalnum() else ""
    after = " " if name[-1].isascii() and name[-1].isalnum() else ""
    return f"{before}{name}{after}"


def _tidy(text: str) -> str:
    """Without double spaces, and none beside full-width punctuation."""
    if current_language() == "zh":
        text = " ".join(text.split())
        for sign in "，。：；、（）？":
            text = text.replace(f" {sign}", sign).replace(f"{sign} ", sign)
    return text.strip()


def _whole(text: str) -> str:
    return _first_upper(_tidy(text))


def _first_upper(text: str) -> str:
    return text[:1].upper() + text[1:]
