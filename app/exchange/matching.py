"""What a workbook that came back changes: a comparison of three states, cell by cell.

Pure. The three states are the values exported, the values now and the values in the file. A cell
that the file left as it was exported changes nothing, whatever it is by now; a cell changed in the
file alone is a change; a cell changed on both sides to different values is a conflict, which a
person decides. Columns that the file lacks say nothing about their cells.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any

from flask_babel import lazy_gettext as _l

from app.exchange.cells import Bad, Value

Row = Mapping[str, Value]
Rows = Mapping[str, Row]


class Outcome(StrEnum):
    """What becomes of a row or a cell."""

    added = "added"
    changed = "changed"
    removed = "removed"
    conflict = "conflict"
    refused = "refused"
    kept = "kept"
    unchanged = "unchanged"


@dataclass(frozen=True)
class Rule:
    """What matching must know of a column. is_read_only: never written; is_for_new: only in an
    added row; is_required: in every row; is_always: in every row that stands; of: kinds of rows
    that have it (empty = all)."""

    key: str
    is_read_only: bool = False
    is_for_new: bool = False
    is_required: bool = False
    is_always: bool = False
    of: frozenset[str] = frozenset()


@dataclass(frozen=True)
class FileRow:
    """A row of the file. number: the sheet's row, from 1. cells: the columns that the file has;
    a Bad where a cell cannot be taken. addresses: "F12" by column."""

    number: int
    row_id: str | None
    cells: Mapping[str, Value | Bad]
    addresses: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class FileSheet:
    """A sheet of the file, known by its key."""

    key: str
    title: str
    rows: tuple[FileRow, ...]
    id_letter: str = "A"


@dataclass(frozen=True)
class CellChange:
    """One cell that differs. `file` is the value asked for; `exported` None in an added row."""

    column: str
    address: str
    outcome: Outcome
    exported: Value = None
    now: Value = None
    file: Value = None
    reason: Any = None
    shown: str = ""


@dataclass(frozen=True)
class RowChange:
    """One row that differs. key: its id, or "new:<row>" for an added one."""

    sheet: str
    key: str
    number: int | None
    outcome: Outcome
    cells: tuple[CellChange, ...] = ()
    reason: Any = None
    address: str = ""

    @property
    def is_refused(self) -> bool:
        return self.outcome is Outcome.refused

    def values(self) -> dict[str, Value]:
        """The cells that are asked for, by column."""
        return {
            cell.column: cell.file
            for cell in self.cells
            if cell.outcome in (Outcome.changed, Outcome.added, Outcome.conflict)
        }


def compare(
    sheet: FileSheet,
    rules: Sequence[Rule],
    exported: Rows,
    now: Rows,
    prefixes: tuple[str, ...],
    no_adding: Callable[[Mapping[str, Any]], Any] | None = None,
    no_removing: Callable[[str], Any] | None = None,
) -> list[RowChange]:
    """The rows of a sheet that differ, in the file's order, then those that it lacks.

    prefixes: kinds of rows of the sheet, the first is what an added row becomes. no_adding: from
    the cells of a row without an id, why there can be no such row; no_removing: from an id, why its
    row cannot go. Both answer None where nothing stands against it.
    """
    by_key = {rule.key: rule for rule in rules}
    changes: list[RowChange] = []
    seen: dict[str, FileRow] = {}
    is_whole = True
    for row in sheet.rows:
        if row.row_id is None:
            changes.append(_added(sheet, row, by_key, prefixes[0], no_adding))
            continue
        address = f"{sheet.id_letter}{row.number}"
        reason: Any = None
        if row.row_id in seen:
            first = f"{sheet.id_letter}{seen[row.row_id].number}"
            reason = _l("The ID %(id)s stands twice, first in %(cell)s.", id=row.row_id, cell=first)
        elif row.row_id.partition("-")[0] not in prefixes:
            reason = _l("The ID %(id)s does not belong to this sheet.", id=row.row_id)
        elif row.row_id not in exported:
            reason = _l("The ID %(id)s is not of this workbook’s plan.", id=row.row_id)
        if reason is not None:
            is_whole = False
            changes.append(RowChange(sheet.key, f"{row.row_id}:{row.number}", row.number,
                                     Outcome.refused, reason=reason, address=address))  # fmt: skip
            continue
        seen[row.row_id] = row
        change = _present(sheet, row, by_key, exported[row.row_id], now.get(row.row_id), address)
        if change is not None:
            changes.append(change)
    # A sheet without any of its rows was emptied by accident rather than on purpose.
    is_whole = is_whole and bool(seen)
    changes += _missing(sheet, seen, exported, now, is_whole, no_removing)
    return changes


def _present(
    sheet: FileSheet,
    row: FileRow,
    rules: Mapping[str, Rule],
    exported: Row,
    now: Row | None,
    address: str,
) -> RowChange | None:
    cells = []
    row_id = row.row_id or ""
    for key, value in row.cells.items():
        if key not in rules or key not in exported:
            continue
        cell = _cell(row, rules[key], value, exported[key], None if now is None else now.get(key),
                     row_id.partition("-")[0])  # fmt: skip
        if cell is not None:
            cells.append(cell)
    if not cells:
        return None
    if now is None:
        return RowChange(
            sheet.key, row_id, row.number, Outcome.refused, address=address,
            reason=_l("This row was removed in the app after the workbook was exported."),
        )  # fmt: skip
    return RowChange(sheet.key, row_id, row.number, _worst(cells), tuple(cells), address=address)


def _cell(
    row: FileRow, rule: Rule, value: Value | Bad, exported: Value, now: Value, prefix: str
) -> CellChange | None:
    address = row.addresses.get(rule.key, "")
    if isinstance(value, Bad):
        return CellChange(rule.key, address, Outcome.refused, exported, now, None, value.reason,
                          value.text)  # fmt: skip
    if value in (exported, now):
        return None
    reason: Any = None
    if rule.of and prefix not in rule.of:
        reason = _l("This kind of row has no such value.")
    elif rule.is_read_only:
        reason = _l("This column only shows; it cannot be changed here.")
    elif rule.is_for_new:
        reason = _l("This can be said when a row is added, and not be changed here afterwards.")
    elif value is None and (rule.is_required or rule.is_always):
        reason = _l("This cell must not be empty.")
    if reason is not None:
        outcome = Outcome.refused
    else:
        outcome = Outcome.changed if now == exported else Outcome.conflict
    return CellChange(rule.key, address, outcome, exported, now, value, reason)


def _added(
    sheet: FileSheet,
    row: FileRow,
    rules: Mapping[str, Rule],
    prefix: str,
    no_adding: Callable[[Mapping[str, Any]], Any] | None,
) -> RowChange:
    cells: list[CellChange] = []
    key = f"new:{row.number}"
    address = f"{sheet.id_letter}{row.number}"
    reason = None if no_adding is None else no_adding(row.cells)
    if reason is not None:
        return RowChange(sheet.key, key, row.number, Outcome.refused, reason=reason,
                         address=address)  # fmt: skip
    for name, rule in rules.items():
        value = row.cells.get(name)
        where = row.addresses.get(name, address)
        if isinstance(value, Bad):
            cells.append(CellChange(name, where, Outcome.refused, reason=value.reason,
                                    shown=value.text))  # fmt: skip
        elif value is None:
            if rule.is_required and (not rule.of or prefix in rule.of):
                cells.append(CellChange(name, where, Outcome.refused,
                                        reason=_l("This cell must not be empty.")))  # fmt: skip
        elif rule.of and prefix not in rule.of:
            cells.append(CellChange(name, where, Outcome.refused, file=value,
                                    reason=_l("This kind of row has no such value.")))  # fmt: skip
        elif not rule.is_read_only:
            # What only shows follows by itself, and is not asked for in a new row.
            cells.append(CellChange(name, where, Outcome.added, file=value))
    return RowChange(sheet.key, key, row.number, _worst(cells), tuple(cells), address=address)


def _missing(
    sheet: FileSheet,
    seen: Mapping[str, FileRow],
    exported: Rows,
    now: Rows,
    is_whole: bool,
    no_removing: Callable[[str], Any] | None,
) -> list[RowChange]:
    changes = []
    for row_id, values in exported.items():
        if row_id in seen or row_id not in now:
            continue
        reason: Any = None
        if not is_whole:
            reason = _l("The sheet is not whole, so that nothing is removed.")
        elif no_removing is not None:
            reason = no_removing(row_id)
        if reason is None and any(now[row_id].get(k) != v for k, v in values.items()):
            reason = _l("Its row is gone from the file, but it was changed in the app meanwhile.")
        outcome = Outcome.kept if reason is not None else Outcome.removed
        changes.append(RowChange(sheet.key, row_id, None, outcome, reason=reason))
    return changes


def _worst(cells: Iterable[CellChange]) -> Outcome:
    outcomes = {cell.outcome for cell in cells}
    for outcome in (Outcome.refused, Outcome.conflict, Outcome.changed, Outcome.added):
        if outcome in outcomes:
            return outcome
    return Outcome.added


def refused(row: RowChange, reason: Any, columns: Iterable[str] | None = None) -> RowChange:
    """The row with these of its asked-for cells refused (None: all), as a use case said."""
    wanted = None if columns is None else set(columns)
    cells = tuple(
        replace(cell, outcome=Outcome.refused, reason=reason)
        if cell.outcome is not Outcome.refused and (wanted is None or cell.column in wanted)
        else cell
        for cell in row.cells
    )
    if wanted is not None and not any(cell.outcome is Outcome.refused for cell in cells):
        return refused(row, reason)
    return replace(
        row, cells=cells, outcome=Outcome.refused, reason=None if row.cells else reason
    )
