"""One message a person for a whole workbook, however many of its rows concern them."""

from collections import defaultdict
from collections.abc import Callable, Iterable
from datetime import datetime
from functools import partial

from flask_babel import gettext as _
from flask_babel import ngettext

from app.accounts.models import Person
from app.comms import outbox, wording
from app.comms.outbox import Notice
from app.core.i18n import current_language
from app.core.localtext import LocalText

# So many changes are named; the rest is counted.
NAMED = 10


def tell(plan_id: int, notices: Iterable[Notice], *, actor: Person, now: datetime) -> None:
    """Tell everybody concerned once; whoever applied the workbook is not told of it."""
    mine: dict[int, list[Notice]] = defaultdict(list)
    for notice in notices:
        if notice.recipient_id != actor.id:
            mine[notice.recipient_id].append(notice)
    for person_id, rows in sorted(mine.items()):
        outbox.notify(
            kind="plan_imported",
            object_key=f"import:{plan_id}:{actor.id}",
            occurrence=now.strftime("%Y-%m-%dT%H:%M:%S"),
            recipient_id=person_id,
            title=_both(partial(_title, rows, actor)),
            text=_both(partial(_named, rows)),
            url=rows[0].url if len(rows) == 1 else f"/plans/{plan_id}/tasks",
            plan_id=plan_id,
            reason=_both(lambda: _("the workbook changed what is yours")),
            now=now,
        )


def _both(say: Callable[[], str]) -> LocalText:
    return LocalText(**wording.in_all(say))


def _title(rows: list[Notice], actor: Person) -> str:
    return ngettext(
        "%(name)s brought a workbook: %(num)s change concerns you",
        "%(name)s brought a workbook: %(num)s changes concern you",
        len(rows),
        name=actor.name,
    )


def _named(rows: list[Notice]) -> str:
    titles = list(dict.fromkeys(row.title.in_language(current_language()) for row in rows))
    lines = titles[:NAMED]
    if len(titles) > NAMED:
        left = len(titles) - NAMED
        lines.append(ngettext("%(num)s more change", "%(num)s more changes", left))
    return "\n".join(lines)
