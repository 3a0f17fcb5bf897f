"""A rule in a sentence, in both languages."""

import pytest

from app.comms.due import ABOVE, RESPONSIBLE, Rule
from app.comms.rules import explain
from app.core.i18n import in_language


@pytest.mark.parametrize(
    ("offset", "to", "english", "chinese"),
    [
        (-1, (RESPONSIBLE,), "At 09:07, 1 working day before the due date, to whoever is "
         "responsible", "到期前 1 个工作日 09:07，提醒负责的人"),
        (0, (RESPONSIBLE,), "At 09:07 on the due date, to whoever is responsible",
         "到期当天 09:07，提醒负责的人"),
        (3, (ABOVE,), "At 09:07, 3 working days after the due date, to the line above and the "
         "project manager", "到期后 3 个工作日 09:07，告知上级和项目经理"),
        (0, (RESPONSIBLE, "role:manager"), "At 09:07 on the due date, to whoever is responsible "
         "and the plan's role “project manager”", "到期当天 09:07，提醒负责的人和项目经理"),
    ],
)  # fmt: skip
def test_a_rule_says_when_and_to_whom(context, offset, to, english, chinese):
    rule = Rule(key="action.x", kind="action", offset=offset, to=to)
    with in_language("en"):
        assert explain(rule) == english
    with in_language("zh"):
        assert explain(rule) == chinese
