"""Enters this package into the application."""

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

from flask import Flask, current_app, g, request, session, url_for
from flask_babel import lazy_gettext as _l
from flask_login import current_user

from app.accounts.events import DepartmentHeadChanged
from app.core.events import subscribe
from app.core.formats import words
from app.core.permissions import ADMINISTRATOR, Viewer, set_viewer_lookup
from app.core.registries import (
    MenuItem,
    admin_pages,
    blanks,
    document_parts,
    menu,
    role_ties,
    still_owns,
)
from app.plans import calendar_views, import_views, members, people_views, start_views, views
from app.plans.access import plans_of, viewer_of
from app.plans.commands import plan_commands
from app.plans.parts import own_parts
from app.plans.queries import own_blanks

# The views register themselves on the blueprint as they are imported.
VIEWS = (views, start_views, people_views, import_views)


def register(app: Flask) -> None:
    """Blueprints, answers to registries, event handlers and commands of this package."""
    set_viewer_lookup(viewer_of)
    app.context_processor(_frame)
    for blueprint in (views.bp, people_views.leave_bp, calendar_views.bp):
        app.register_blueprint(blueprint)
    app.cli.add_command(plan_commands)
    menu.add("plan", MenuItem("plans.show", _l("Plan"), "plan:read", icon="journal-text"), order=20)
    for order, (name, endpoint, label) in enumerate(
        (
            ("plan-document", "plans.show", _l("Document")),
            ("plan-people", "plans.people", _l("People")),
            ("plan-calendar", "plans.calendar", _l("Calendar")),
        ),
        start=21,
    ):
        menu.add(name, MenuItem(endpoint, label, "plan:read", parent="plan"), order=order)
    admin_pages.add(
        "calendar", MenuItem("calendar.days", _l("Calendar"), ADMINISTRATOR), order=30
    )
    document_parts.add("plans", own_parts, order=10)
    blanks.add("plans", own_blanks, order=10)
    role_ties.add("plans", members.own_ties, order=10)
    still_owns.add("plans", members.sentences_of, order=20)
    subscribe(DepartmentHeadChanged, members.follow_head)


def current_viewer() -> Viewer | None:
    """The eyes on the plan that the person is in: the page's, else the one last opened, else
    their newest. None for people without a plan."""
    if "viewer" in g:
        session["plan_id"] = g.viewer.plan_id
        return g.viewer
    if "frame_viewer" not in g:
        g.frame_viewer = None
        if current_user.is_authenticated:
            kept = session.get("plan_id")
            viewer = viewer_of(current_user, kept) if kept else None
            if viewer is None:
                plans = plans_of(current_user)
                viewer = viewer_of(current_user, plans[0].id) if plans else None
            g.frame_viewer = viewer
    return g.frame_viewer


def _frame() -> dict[str, Any]:
    """What the frame of every page needs: tabs, quiet tabs, the switch between plans."""
    if not current_user or not current_user.is_authenticated:
        return {"nav": [], "subnav": [], "plan_switch": [], "current_plan": None}
    viewer = current_viewer()
    plans = plans_of(current_user)
    plan = next((p for p in plans if viewer and p.id == viewer.plan_id), None)
    nav, subnav = _tabs(viewer) if viewer else ([], [])
    return {
        "nav": nav,
        "subnav": subnav,
        "current_plan": plan,
        "plan_switch": [
            SimpleNamespace(
                label=words(p.title), url=url_for("plans.show", plan_id=p.id), is_active=p is plan
            )
            for p in plans
        ]
        + [SimpleNamespace(label=_l("My plans"), url=url_for("plans.index"), is_active=False)],
    }


def _tabs(viewer: Viewer) -> tuple[list[Any], list[Any]]:
    """The plan's tabs that the viewer may open, and the quiet tabs of the active one."""
    endpoint = request.endpoint or ""
    items = [(name, item) for name, item in menu if viewer.may(item.permission)]
    active = _active_tab(endpoint, items)
    quiet = _quiet_tab(endpoint, items)
    link: Callable[[Any], Any] = lambda item: url_for(  # noqa: E731
        item.endpoint, **_plan_argument(item.endpoint, viewer)
    )
    nav = [
        SimpleNamespace(label=item.label, url=link(item), icon=item.icon,
                        is_active=name == active, phone=item.is_on_phone)
        for name, item in items if item.parent is None
    ]  # fmt: skip
    subnav = [
        SimpleNamespace(label=item.label, url=link(item), is_active=name == quiet)
        for name, item in items
        if item.parent is not None and item.parent == active
    ]
    return nav, subnav


def _active_tab(endpoint: str, items: list[tuple[str, Any]]) -> str | None:
    """The tab whose own endpoint, whose quiet tab, or whose blueprint the page belongs to."""
    for name, item in items:
        if item.endpoint == endpoint:
            return item.parent or name
    blueprint = endpoint.split(".")[0]
    for name, item in items:
        if item.endpoint.split(".")[0] == blueprint:
            return item.parent or name
    return None


def _quiet_tab(endpoint: str, items: list[tuple[str, Any]]) -> str | None:
    """The quiet tab of the page itself, or the one whose blueprint is nobody else's."""
    alike = [(name, item) for name, item in items
             if item.endpoint.split(".")[0] == endpoint.split(".")[0]]  # fmt: skip
    for name, item in alike:
        if item.endpoint == endpoint or len(alike) == 1:
            return name
    return None


def _plan_argument(endpoint: str, viewer: Viewer) -> dict[str, int]:
    rules = current_app.url_map.iter_rules(endpoint)
    return {"plan_id": viewer.plan_id} if any("plan_id" in r.arguments for r in rules) else {}
