"""The administrator's import of a year: choose a file, see what would move, apply."""

from typing import Any

from flask import Response, flash, redirect, render_template, url_for
from flask_babel import gettext as _
from flask_babel import ngettext, pgettext
from flask_login import current_user

from app.accounts.menus import admin_tabs
from app.core.errors import Conflict, DomainError, Forbidden
from app.core.formats import local_date
from app.core.i18n import current_language
from app.core.permissions import ADMINISTRATOR, requires
from app.core.text import clean_line, shortened, whole_number_or_none
from app.core.web import request_now
from app.plans import calendar_import
from app.plans.calendar_csv import MOST_BYTES, example
from app.plans.calendar_import import FileRefused, Import
from app.plans.calendar_views import bp
from app.plans.calendar_words import kind_word
from app.plans.calendars import work_calendar
from app.plans.forms import ApplyForm, ImportForm
from app.plans.people_views import asked_year


@bp.get("/admin/calendar/import")
@requires(ADMINISTRATOR)
def import_form() -> Any:
    """Choose a file."""
    year = asked_year(local_date(request_now()))
    return _choose(ImportForm(formdata=None, year=year, is_whole=True))


@bp.post("/admin/calendar/import")
@requires(ADMINISTRATOR)
def preview_import() -> Any:
    """Read the file and show what would change; nothing is kept."""
    form = ImportForm()
    upload = form.file.data
    content = upload.read(MOST_BYTES + 1) if upload else b""
    filename = _filename(upload.filename if upload else "")
    if not form.validate_on_submit() or form.year.data is None:
        return _choose(form, status=422)
    if not upload:
        form.file.errors = [_("Please choose a file.")]
        return _choose(form, status=422)
    try:
        text = calendar_import.text_of(content, filename, form.year.data)
    except FileRefused as refused:
        return _choose(form, refused.sentences, 422)
    wish = Import(form.year.data, text, filename, bool(form.is_whole.data))
    try:
        return _preview(wish)
    except Forbidden:
        raise
    except DomainError as error:
        form.take(error)
        return _choose(form, status=422)


@bp.post("/admin/calendar/import/apply")
@requires(ADMINISTRATOR)
def apply_import() -> Any:
    """Apply what the preview showed, or show it anew when the calendar changed meanwhile."""
    form = ApplyForm()
    year = whole_number_or_none(form.year.data)
    if not form.validate_on_submit() or year is None:
        return _choose(ImportForm(formdata=None, is_whole=True), [_("Please choose a file.")], 422)
    wish = Import(
        year, form.text.data or "", _filename(form.filename.data), form.is_whole.data == "1"
    )
    try:
        changes = calendar_import.import_year(
            wish, form.seen.data or "", actor=current_user, now=request_now()
        )
    except Conflict as error:
        return _preview(wish, str(error), 409)
    except FileRefused as refused:
        again = ImportForm(formdata=None, year=year, is_whole=wish.is_whole)
        return _choose(again, refused.sentences, 422)
    flash(
        ngettext(
            "%(num)s day of %(year)s is imported.",
            "%(num)s days of %(year)s are imported.",
            len(changes),
            year=year,
        )
    )
    return redirect(url_for("calendar.days", year=year), 303)


@bp.get("/admin/calendar/example")
@requires(ADMINISTRATOR)
def example_file() -> Any:
    """The year as it stands, as a file to fill in."""
    year = asked_year(local_date(request_now()))
    text = example(
        work_calendar(),
        year,
        current_language(),
        (_("Date"), _("Workday or off"), _("Name")),
        (pgettext("calendar file", "work"), pgettext("calendar file", "off")),
    )
    response = Response("\ufeff" + text, mimetype="text/csv")
    response.headers["Content-Disposition"] = f'attachment; filename="calendar-{year}.csv"'
    return response


def _filename(name: str | None) -> str:
    return shortened(clean_line(name), 100) or _("the file")


def _choose(form: ImportForm, said: list[str] | None = None, status: int = 200) -> Any:
    return (
        render_template(
            "plans/calendar_import.html",
            form=form,
            said=said or [],
            year=form.year.data or local_date(request_now()).year,
            nav=[],
            subnav=admin_tabs("calendar"),
        ),
        status,
    )


def _preview(wish: Import, said: str = "", status: int = 200) -> Any:
    preview = calendar_import.preview_import(
        wish, current_language(), actor=current_user, now=request_now()
    )
    form = ApplyForm(
        formdata=None,
        year=str(wish.year),
        text=wish.text,
        filename=wish.filename,
        is_whole="1" if wish.is_whole else "",
        seen=preview.seen,
    )
    return (
        render_template(
            "plans/calendar_preview.html",
            wish=wish,
            preview=preview,
            form=form,
            said=said,
            kind_word=kind_word,
            nav=[],
            subnav=admin_tabs("calendar"),
        ),
        status,
    )
