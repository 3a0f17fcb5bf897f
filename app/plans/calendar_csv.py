"""A year's days off and made-up workdays in a CSV file: read without guessing, and written.

Pure: bytes in, days and problems out. Tables come from Excel, WPS or a person's editor, in Chinese
or English, so spellings are many; what could mean two days or two things is not read at all.
"""

import csv
import io
import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from app.plans.workcalendar import DayKind, WorkCalendar

MOST_BYTES = 200_000
MOST_ROWS = 2_000
NAME_LENGTH = 80

# Excel counts days from here; its invented 29 February 1900 is long past.
_SERIAL_ZERO = date(1899, 12, 30)
_SERIALS = range(36_526, 73_051)  # the years 2000 to 2099

_DATE = re.compile(
    r"(\d{4})(?:-(\d{1,2})-(\d{1,2})|/(\d{1,2})/(\d{1,2})|\.(\d{1,2})\.(\d{1,2})"
    r"|年(\d{1,2})月(\d{1,2})[日号]?)(?:[ T]0{1,2}:00(?::00)?)?",
    re.ASCII,
)
_COMPACT = re.compile(r"(\d{4})(\d{2})(\d{2})", re.ASCII)
# Begins like a date and yet says no day for certain: 1/2/27, 1-2, 3月1日.
_LIKE_A_DATE = re.compile(r"\d{1,4}\s*[-/.年月]", re.ASCII)


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_WORK = _words(
    "上班 班 工作 工作日 补班 调休上班 调班 上班日 补班日 调休工作日 work workday working works "
    "makeup make-up working-day makeup-workday make-up-workday makeup-day make-up-day"
)
_OFF = _words(
    "休 休息 休息日 放假 假 假日 假期 节假日 节日 法定节假日 法定假日 公休 非工作日 不上班 停工 "
    "off day-off dayoff is-off holiday statutory-holiday public-holiday rest rest-day closed "
    "non-working non-working-day"
)
_YES = _words("是 yes y true 1 对 √")
_NO = _words("否 no n false 0 不 ×")
_EVERYBODY = _words("公司 全公司 全体 全部 company all everybody everyone")

_DATE_HEADS = _words("日期 date day 日 天 on")
_KIND_HEADS = _words(
    "类型 安排 状态 性质 上班或休息 上班/休息 工作日/休息 班休 kind type status work-or-off "
    "workday/off workday-or-off works-or-off"
)
# A column of yes and no: whether yes is work.
_YES_HEADS = {
    **dict.fromkeys(
        _words("是否上班 上班 工作日 是否工作日 workday is-workday working works"), True
    ),
    **dict.fromkeys(_words("是否放假 是否休息 放假 休息 off is-off holiday? day-off"), False),
}
_NAME_HEADS = _words("名称 节日 节假日 假日 说明 备注 事由 name holiday note title reason")
_DEPARTMENT_HEADS = _words("部门 department dept team")

# What is no text at all: zip (xlsx), OLE (xls), PDF, pictures.
_OTHER_FILES = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0", b"%PDF", b"\x89PNG", b"\xff\xd8\xff", b"GIF8")


class ProblemKind(StrEnum):
    """What is wrong with a file or a line of it."""

    too_large = "too_large"
    too_long = "too_long"
    empty = "empty"
    not_csv = "not_csv"
    no_date_column = "no_date_column"
    no_kind_column = "no_kind_column"
    no_date = "no_date"
    unclear_date = "unclear_date"
    not_a_date = "not_a_date"
    no_such_day = "no_such_day"
    other_year = "other_year"
    no_kind = "no_kind"
    unclear_kind = "unclear_kind"
    long_name = "long_name"
    duplicate = "duplicate"
    no_such_department = "no_such_department"


@dataclass(frozen=True)
class Problem:
    """Something that cannot be read: on which line (None: the file), the text that stands there,
    and for a duplicate the line that said it first."""

    kind: ProblemKind
    line: int | None = None
    value: str = ""
    first_line: int | None = None


@dataclass(frozen=True)
class DayLine:
    """A day as the file gives it; department_id None is the whole company."""

    line: int
    on: date
    is_workday: bool
    name: str
    department_id: int | None = None


@dataclass(frozen=True)
class Reading:
    """What a file says. Its days count only when there are no problems."""

    days: tuple[DayLine, ...]
    problems: tuple[Problem, ...]


class _Refused(Exception):
    """The file or a line of it, with the problem."""

    def __init__(self, kind: ProblemKind, line: int | None = None, value: str = "") -> None:
        super().__init__(kind)
        self.problem = Problem(kind, line, value[:60])


def decode(content: bytes) -> str:
    """The text of a file in UTF-8 (with or without its mark), GBK, or marked UTF-16.

    Raises ValueError for what is no text.
    """
    if content.startswith(_OTHER_FILES):
        raise ValueError("another kind of file")
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        text = content.decode("utf-16")
    else:
        try:
            text = content.decode("utf-8-sig")
        except UnicodeDecodeError:
            text = content.decode("gb18030")
    if any(unicodedata.category(sign) == "Cc" and sign not in "\t\r\n" for sign in text):
        raise ValueError("control characters")
    return text


def read_file(content: bytes, year: int, departments: Mapping[str, int]) -> Reading:
    """The days of `year` in a file's bytes; `departments`: names of every language → id."""
    if len(content) > MOST_BYTES:
        return Reading((), (Problem(ProblemKind.too_large),))
    try:
        text = decode(content)
    except ValueError:
        return Reading((), (Problem(ProblemKind.not_csv),))
    return read_text(text, year, departments)


def read_text(text: str, year: int, departments: Mapping[str, int]) -> Reading:
    """The same from the file's text."""
    try:
        return _read(text, year, {_word(name): key for name, key in departments.items()})
    except _Refused as refused:
        return Reading((), (refused.problem,))


def _read(text: str, year: int, departments: Mapping[str, int]) -> Reading:
    if len(text) > MOST_BYTES:
        raise _Refused(ProblemKind.too_large)
    rows = _rows(text)
    if not rows:
        raise _Refused(ProblemKind.empty)
    columns, rows = _columns(rows)
    if not rows:
        raise _Refused(ProblemKind.empty)
    if len(rows) > MOST_ROWS:
        raise _Refused(ProblemKind.too_long)
    days: list[DayLine] = []
    problems: list[Problem] = []
    first: dict[tuple[date, int | None], int] = {}
    for line, cells in rows:
        try:
            day = columns.day(line, cells, year, departments)
        except _Refused as refused:
            problems.append(refused.problem)
            continue
        key = (day.on, day.department_id)
        if key in first:
            problems.append(
                Problem(ProblemKind.duplicate, line, day.on.isoformat(), first_line=first[key])
            )
            continue
        first[key] = line
        days.append(day)
    return Reading(tuple(sorted(days, key=lambda d: (d.on, d.department_id or 0))), tuple(problems))


def _rows(text: str) -> list[tuple[int, list[str]]]:
    """Rows with something in them, with the number of the line on which they end."""
    text = text.lstrip("\ufeff")
    opening = next((line for line in text.splitlines() if line.strip()), "")
    separator = max(",;\t，", key=opening.count)  # noqa: RUF001
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    rows = []
    try:
        for row in reader:
            cells = [" ".join(unicodedata.normalize("NFKC", cell).split()) for cell in row]
            if any(cells):
                rows.append((reader.line_num, cells))
    except csv.Error as error:
        raise _Refused(ProblemKind.not_csv, reader.line_num) from error
    return rows


@dataclass(frozen=True)
class _Columns:
    """Which column is what; `yes_is_work` where a column of yes and no says it."""

    on: int
    kind: int
    name: int | None
    department: int | None
    yes_is_work: bool | None = None

    def day(
        self, line: int, cells: list[str], year: int, departments: Mapping[str, int]
    ) -> DayLine:
        def cell(place: int | None) -> str:
            return cells[place] if place is not None and place < len(cells) else ""

        on = _day(cell(self.on), line)
        if on.year != year:
            raise _Refused(ProblemKind.other_year, line, cell(self.on))
        name = _name(cell(self.name))
        if len(name) > NAME_LENGTH:
            raise _Refused(ProblemKind.long_name, line, name)
        department = _word(cell(self.department))
        department_id = None
        if department and department not in _EVERYBODY:
            if department not in departments:
                raise _Refused(ProblemKind.no_such_department, line, cell(self.department))
            department_id = departments[department]
        return DayLine(line, on, self._is_workday(cell(self.kind), line), name, department_id)

    def _is_workday(self, text: str, line: int) -> bool:
        word = _word(text)
        if not word:
            raise _Refused(ProblemKind.no_kind, line)
        if word in _WORK:
            return True
        if word in _OFF:
            return False
        if self.yes_is_work is not None and word in _YES | _NO:
            return (word in _YES) == self.yes_is_work
        raise _Refused(ProblemKind.unclear_kind, line, text)


def _columns(rows: list[tuple[int, list[str]]]) -> tuple[_Columns, list[tuple[int, list[str]]]]:
    """The columns by their heads, and the rows beneath; without heads they are date, kind, name,
    department in this order."""
    line, cells = rows[0]
    heads = [_word(cell) for cell in cells]
    if not any(head in _DATE_HEADS for head in heads):
        try:
            _day(cells[0], line)
        except _Refused as refused:
            if refused.problem.kind in (ProblemKind.not_a_date, ProblemKind.no_date):
                raise _Refused(ProblemKind.no_date_column, line) from None
        return _Columns(0, 1, 2, 3), rows

    def place(words: Iterable[str], taken: Iterable[int | None] = ()) -> int | None:
        found = (n for n, head in enumerate(heads) if head in words and n not in taken)
        return next(found, None)

    on = place(_DATE_HEADS)
    yes = place(_YES_HEADS, [on])
    kind = place(_KIND_HEADS, [on])
    kind = yes if kind is None else kind
    if on is None or kind is None:
        raise _Refused(ProblemKind.no_kind_column, line)
    columns = _Columns(
        on=on,
        kind=kind,
        name=place(_NAME_HEADS, [on, kind]),
        department=place(_DEPARTMENT_HEADS),
        yes_is_work=_YES_HEADS.get(heads[kind]),
    )
    return columns, rows[1:]


def _day(text: str, line: int) -> date:
    """A date that can mean one day only, or an Excel serial number."""
    if not text:
        raise _Refused(ProblemKind.no_date, line)
    written = _DATE.fullmatch(text.replace(" 00:00", "T00:00").replace(" ", "")) or (
        _COMPACT.fullmatch(text)
    )
    if written:
        year, month, day = (int(part) for part in written.groups() if part is not None)
        try:
            return date(year, month, day)
        except ValueError:
            raise _Refused(ProblemKind.no_such_day, line, text) from None
    if text.isascii() and text.isdigit() and len(text) == 5 and int(text) in _SERIALS:
        return _SERIAL_ZERO + timedelta(days=int(text))
    unclear = _LIKE_A_DATE.match(text)
    raise _Refused(ProblemKind.unclear_date if unclear else ProblemKind.not_a_date, line, text)


def _word(text: str) -> str:
    """A word to look up: small letters, hyphens for spaces, without brackets."""
    plain = unicodedata.normalize("NFKC", text).casefold().strip(" .。()")
    return re.sub(r"[\s_]+", "-", plain)


def _name(text: str) -> str:
    # Our own example marks a name that a spreadsheet would compute.
    return text[1:] if text[:1] == "'" and text[1:2] in tuple("=+-@") else text


def example(
    calendar: WorkCalendar,
    year: int,
    lang: str,
    heads: tuple[str, str, str],
    words: tuple[str, str],
) -> str:
    """The year's days that are no ordinary workday or weekend, as a file that can be read again.

    heads: of date, kind and name; words: for work and for off.
    """
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(heads)
    day = date(year, 1, 1)
    while day.year == year:
        reason = calendar.reason(day, lang)
        if reason.kind not in (DayKind.workday, DayKind.weekend) or day in calendar.overrides:
            name = "'" + reason.name if reason.name[:1] in tuple("=+-@") else reason.name
            writer.writerow([day.isoformat(), words[0 if reason.is_workday else 1], name])
        day += timedelta(days=1)
    return out.getvalue()
