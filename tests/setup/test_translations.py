"""The catalogue script finds what a Chinese reader would miss."""

import pytest
from babel.messages.catalog import Catalog

from scripts import translations


def catalogue(**texts):
    made = Catalog(locale="zh", fuzzy=False)
    for msgid, msgstr in texts.items():
        made.add(msgid, msgstr)
    return made


@pytest.mark.parametrize(
    ("name", "feature"),
    [
        ("tasks/views.py", "tasks"),
        ("tasks/templates/tasks/list.html", "tasks"),
        ("templates/base.html", "core"),
        ("__init__.py", "core"),
        ("core/errors.py", "core"),
    ],
)
def test_each_file_belongs_to_one_catalogue(name, feature):
    assert translations.feature_of(name) == feature


def test_every_kind_of_fault_is_told():
    code = catalogue(**{"Save": "", "Open": "", "Due %(day)s": "", "Done": ""})
    words = catalogue(**{"Save": "保存", "Open": "", "Due %(day)s": "%(date)s 到期", "Old": "旧"})
    assert list(translations.faults(code, words)) == [
        "empty: 'Open'",
        "placeholders differ: 'Due %(day)s' -> '%(date)s 到期'",
        "missing: 'Done'",
        "obsolete: 'Old'",
    ]


def test_a_plural_needs_the_number_in_its_one_chinese_form():
    code = Catalog(locale="zh", fuzzy=False)
    code.add(("One task", "%(num)s tasks"))
    words = Catalog(locale="zh", fuzzy=False)
    words.add(("One task", "%(num)s tasks"), ("%(num)s 项任务",))
    assert not list(translations.faults(code, words))
    words.get("One task").string = ("任务",)
    assert len(list(translations.faults(code, words))) == 1


def test_a_saved_catalogue_has_no_dates_and_reads_back(tmp_path):
    path = tmp_path / "messages.po"
    translations.save(catalogue(**{"Save": "保存"}), path)
    assert b"Date" not in path.read_bytes()
    assert translations.load(path).get("Save").string == "保存"
