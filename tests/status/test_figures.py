"""Every figure of the home pages and of the plan page leads to its rule and its rows."""

from dataclasses import dataclass, field
from datetime import timedelta
from html.parser import HTMLParser

import pytest

from app.core.db import db
from app.core.localtext import LocalText
from app.tasks.budget_services import add_budget_line
from tests.architecture.everything import make_everything
from tests.conftest import NOW
from tests.status.states import close_week

# Parts whose lights share the rule that stands in them.
WITH_ONE_RULE = ("yb-verdict", "yb-finding", "yb-lights")
VOID = {"br", "hr", "img", "input", "link", "meta", "path", "circle", "rect", "line", "source"}
# Who looks, and what of their page has to be among its figures.
LOOKS = {
    "pm": ("0% done", "of 5 in"),
    "exec": ("planned ", "1,234", "over budget", "Light by week"),
    "training": ("review",),
    "owner4": ("done, ",),
    "clerk": ("done",),
}


@dataclass
class Node:
    tag: str
    attributes: dict[str, str]
    parent: "Node | None" = None
    children: list["Node | str"] = field(default_factory=list)

    def text(self) -> str:
        parts = [c if isinstance(c, str) else c.text() for c in self.children]
        return " ".join(" ".join(parts).split())

    def all(self) -> list["Node"]:
        inner = [n for c in self.children if isinstance(c, Node) for n in c.all()]
        return [self, *inner]

    def up(self) -> list["Node"]:
        return [self, *(self.parent.up() if self.parent else [])]

    def has(self, name: str) -> bool:
        return name in self.attributes.get("class", "").split()


class Reader(HTMLParser):
    """The page's main part as a tree."""

    def __init__(self) -> None:
        super().__init__()
        self.root = self.here = Node("root", {})

    def handle_starttag(self, tag, attrs):
        node = Node(tag, {k: v or "" for k, v in attrs}, self.here)
        self.here.children.append(node)
        if tag not in VOID:
            self.here = node

    def handle_startendtag(self, tag, attrs):
        self.here.children.append(Node(tag, dict(attrs), self.here))

    def handle_endtag(self, tag):
        if tag not in VOID:
            while self.here.tag != tag and self.here.parent:
                self.here = self.here.parent
            self.here = self.here.parent or self.here

    def handle_data(self, data):
        self.here.children.append(data)


def main_of(client, path: str) -> Node:
    reader = Reader()
    reader.feed(client.get(path).get_data(as_text=True))
    return next(node for node in reader.root.all() if node.tag == "main")


def figures(main: Node) -> list[Node]:
    return [node for node in main.all() if "data-figure" in node.attributes]


def rule_and_links(figure: Node) -> tuple[str, list[str]]:
    """What the figure says of itself, and where it leads."""
    if figure.tag == "a":
        return figure.attributes.get("title", ""), [figure.attributes["href"]]
    assert figure.tag == "details"
    body = next(node for node in figure.all() if node.has("yb-why-body"))
    links = [node for node in body.all() if node.tag == "a"]
    said = body.text()
    for link in links:
        said = said.replace(link.text(), "", 1)
    return said.strip(), [link.attributes["href"] for link in links]


@pytest.fixture
def world(people, plan):
    """A row of everything, money over its budget, a risk that is rated."""
    make_everything(people, plan)
    add_budget_line(1, task_id=2, title=LocalText(own="tea"), planned_cents=123_400,
                    forecast_cents=200_000, actor=people.pm, now=NOW)  # fmt: skip
    assert close_week(plan, NOW - timedelta(days=5))
    db.session.commit()
    return people


@pytest.mark.parametrize("path", ["/", "/plans/1"])
@pytest.mark.parametrize("key", list(LOOKS))
def test_each_figure_has_a_rule_and_leads_to_its_rows(client_of, world, key, path):
    client = client_of(key, "en")
    found = figures(main_of(client, path))
    assert len(found) >= 3
    pages = {}
    for figure in found:
        rule, links = rule_and_links(figure)
        assert len(rule) > 15, (figure.text(), rule)
        assert links, figure.text()
        for link in links:
            target = link.split("#")[0]
            if target not in pages:
                pages[target] = client.get(target).status_code
            assert pages[target] == 200, (figure.text(), link)


@pytest.mark.parametrize("key", list(LOOKS))
def test_what_counts_is_among_the_figures(client_of, world, key):
    said = " | ".join(figure.text() for figure in figures(main_of(client_of(key, "en"), "/")))
    for wanted in LOOKS[key]:
        assert wanted in said, wanted


@pytest.mark.parametrize("path", ["/", "/plans/1"])
@pytest.mark.parametrize("key", list(LOOKS))
def test_no_light_stands_without_its_rule(client_of, world, key, path):
    main = main_of(client_of(key, "en"), path)
    for light in (node for node in main.all() if node.has("yb-light")):
        above = light.up()
        beside = next((n for n in above if any(map(n.has, WITH_ONE_RULE))), None)
        rules = figures(beside) if beside else [n for n in above if "data-figure" in n.attributes]
        assert rules, (light.text(), [n.attributes.get("class") for n in above[:4]])
