"""The account menu in the corner and the administrator's tabs."""

from types import SimpleNamespace
from typing import Any

from flask import url_for
from flask_babel import gettext as _

from app.accounts.models import Person
from app.core.i18n import current_language
from app.core.registries import account_pages, admin_pages


def account_menu(person: Person | None) -> list[Any]:
    """What the menu offers: to everybody the other language, to people their account and
    their own pages."""
    other, name = ("en", "English") if current_language() == "zh" else ("zh", "中文")
    switch = SimpleNamespace(
        label=name, url=url_for("accounts.switch_language", language=other), method="post"
    )
    if person is None:
        return [switch]
    items = [SimpleNamespace(label=_("My account"), url=url_for("accounts.account"), method="get")]
    for pages in (account_pages, admin_pages if person.is_admin else ()):
        items += [
            SimpleNamespace(label=item.label, url=url_for(item.endpoint), method="get")
            for _name, item in pages
        ]
    sign_out = SimpleNamespace(label=_("Sign out"), url=url_for("accounts.logout"), method="post")
    return [*items, switch, sign_out]


def admin_tabs(active: str) -> list[Any]:
    """The administrator's pages as `subnav`; `active` is a name in `admin_pages`."""
    return [
        SimpleNamespace(label=item.label, url=url_for(item.endpoint), is_active=name == active)
        for name, item in admin_pages
    ]
