"""How dates, times, numbers and money are written in each language (see the design notes).

Chinese: 11月26日 周四 in sentences, 11-26 in tables, 2027年1月29日 when the year differs.
English: Thu 26 Nov, 26 Nov, 29 January 2027.
"""

from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from flask import Flask, current_app, g, has_app_context
from flask_babel import gettext as _

from app.core.i18n import current_language
from app.core.localtext import LocalText

MONTHS = ("January", "February", "March", "April", "May", "June", "July", "August", "September",
          "October", "November", "December")  # fmt: skip
DAYS_EN = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
DAYS_ZH = ("周一", "周二", "周三", "周四", "周五", "周六", "周日")


def zone() -> ZoneInfo:
    """The time zone that dates are shown in: the installation's, or that of a pack being made."""
    return g.get("zone") or current_app.config["ZONE"]


def local(value: datetime) -> datetime:
    return value.astimezone(zone())


def local_date(value: datetime) -> date:
    """The calendar day of an instant in the plan's zone."""
    return local(value).date()


def _date(value: date | datetime) -> date:
    return local_date(value) if isinstance(value, datetime) else value


def _this_year() -> int | None:
    if has_app_context() and "now" in g:
        return local_date(g.now).year
    return None


def day(value: date | datetime | None) -> str:
    """A date in a sentence, with its weekday; with the year when it is not this year's."""
    if value is None:
        return "–"
    d = _date(value)
    other_year = _this_year() not in (None, d.year)
    if current_language() == "zh":
        text = f"{d.month}月{d.day}日 {DAYS_ZH[d.weekday()]}"
        return f"{d.year}年{text}" if other_year else text
    text = f"{DAYS_EN[d.weekday()]} {d.day} {MONTHS[d.month - 1][:3]}"
    return f"{text} {d.year}" if other_year else text


def day_plain(value: date | datetime | None) -> str:
    """A date in a sentence without the weekday: 11月26日, 26 Nov."""
    if value is None:
        return "–"
    d = _date(value)
    other_year = _this_year() not in (None, d.year)
    if current_language() == "zh":
        return f"{d.year}年{d.month}月{d.day}日" if other_year else f"{d.month}月{d.day}日"
    text = f"{d.day} {MONTHS[d.month - 1][:3]}"
    return f"{text} {d.year}" if other_year else text


def day_short(value: date | datetime | None) -> str:
    """A date in a table: 11-26, or 2027-01-29 when the year differs."""
    if value is None:
        return "–"
    d = _date(value)
    other_year = _this_year() not in (None, d.year)
    if current_language() == "zh" or other_year:
        return d.isoformat() if other_year else f"{d.month:02d}-{d.day:02d}"
    return f"{d.day} {MONTHS[d.month - 1][:3]}"


def day_long(value: date | datetime | None) -> str:
    """A full date: 2027年1月29日, 29 January 2027."""
    if value is None:
        return "–"
    d = _date(value)
    if current_language() == "zh":
        return f"{d.year}年{d.month}月{d.day}日"
    return f"{d.day} {MONTHS[d.month - 1]} {d.year}"


def clock_time(value: datetime | None) -> str:
    return "–" if value is None else local(value).strftime("%H:%M")


def when(value: datetime | None) -> str:
    """An instant in a table: 11-26 09:07."""
    return "–" if value is None else f"{day_short(value)} {clock_time(value)}"


def when_long(value: datetime | None) -> str:
    """An instant in a sentence: 2026年11月26日 周四 16:20."""
    if value is None:
        return "–"
    d = local_date(value)
    weekday = (DAYS_ZH if current_language() == "zh" else DAYS_EN)[d.weekday()]
    if current_language() == "zh":
        return f"{day_long(d)} {weekday} {clock_time(value)}"
    return f"{weekday} {day_long(d)} {clock_time(value)}"


def near_day(value: date | datetime | None, today: date) -> str:
    """Today, tomorrow, else the date."""
    if value is None:
        return "–"
    d = _date(value)
    if d == today:
        return _("today")
    if d == today + timedelta(days=1):
        return _("tomorrow")
    return day(d)


def week(value: Any) -> str:
    """A week's name from an IsoWeek, an ISO week number or a date."""
    number = value
    if isinstance(value, date):
        number = value.isocalendar().week
    elif not isinstance(value, int):
        number = value.week
    return _("week %(number)s", number=number)


def count(value: int | float | None) -> str:
    return "–" if value is None else f"{value:,}"


def money(cents: int | None) -> str:
    """Cents as whole units with thousands: 10435000 → 104,350."""
    if cents is None:
        return "–"
    units, rest = divmod(abs(cents), 100)
    sign = "-" if cents < 0 else ""
    return f"{sign}{units:,}" + (f".{rest:02d}" if rest else "")


def percent(value: int | float | None) -> str:
    return "–" if value is None else f"{value:g}%"


def seconds(value: float | None) -> str:
    """A length of time: 5分50秒, 5 min 50 s."""
    if value is None:
        return "–"
    minutes, rest = divmod(round(value), 60)
    if current_language() == "zh":
        return f"{minutes}分{rest:02d}秒"
    return f"{minutes} min {rest:02d} s"


def words(value: Any) -> str:
    """A LocalText in the reader's language; anything else as it is; nothing as nothing."""
    if value is None:
        return ""
    if isinstance(value, LocalText):
        return value.in_language(current_language())
    return str(value)


def install(app: Flask) -> None:
    """Make the filters known to the templates."""
    app.jinja_env.filters.update(
        t=words, day=day, day_plain=day_plain, day_short=day_short, day_long=day_long,
        clock=clock_time, when=when, when_long=when_long, near_day=near_day, week=week,
        count=count, money=money, percent=percent, seconds=seconds,
    )  # fmt: skip
