"""Indicators: targets, values, lights, and what the pages say of bad input."""

from datetime import UTC, date, datetime

import pytest

from app.core.audit import AuditEntry
from app.core.db import db
from app.core.errors import Conflict, DomainError, Forbidden
from app.core.lights import Light
from app.core.registries import agenda_points, blanks, document_parts, todos
from app.plans.access import viewer_of
from app.reports import indicators as services
from app.reports.models import Direction, Indicator, Measurement
from app.reports.monitoring_reminding import measurement_deadlines
from app.reports.monitoring_state import monitoring_state
from tests.conftest import NOW
from tests.sql import counted


@pytest.fixture
def indicators(context):
    return {row.key: row for row in db.session.scalars(db.select(Indicator))}


def measure(indicator, people, period="2026-10", **values):
    return services.record_measurement(
        indicator, period=period, actor=people.pm, now=NOW, **values
    )


def row_of(people, key, now=NOW):
    state = monitoring_state(1, now, viewer_of(people.pm, 1))
    return next(row for row in state.indicators if row.key == key)


def test_the_plans_four_indicators_are_there(people) -> None:
    state = monitoring_state(1, NOW, viewer_of(people.pm, 1))
    assert [row.title.en for row in state.indicators] == [
        "Customer satisfaction", "Reception efficiency", "Training effect", "System health",
    ]  # fmt: skip
    assert {row.light for row in state.indicators} == {Light.grey}


def test_a_mean_over_the_standard_is_red_and_says_why(indicators, people) -> None:
    measure(indicators["efficiency"], people, value=350, sample_size=412, is_whole_population=True)
    row = row_of(people, "efficiency")
    assert (row.light, row.rule_key) == (Light.red, "whole_population_misses")
    assert row.value == 350


def test_few_answers_are_grey_with_their_interval(indicators, people) -> None:
    measure(indicators["satisfaction"], people, "2026-Q4", good_count=28, sample_size=31)
    row = row_of(people, "satisfaction")
    assert row.light is Light.grey
    assert row.rule_key == "not_enough_answers"
    assert (round(row.low), round(row.high)) == (75, 97)
    assert row.latest.is_interim


def test_the_value_of_a_share_follows_from_the_counts(indicators, people) -> None:
    done = measure(indicators["satisfaction"], people, "2026-Q4", good_count=28, sample_size=31)
    assert done.value == pytest.approx(90.3226, abs=0.001)


def test_a_missing_value_is_overdue_and_can_still_be_entered(indicators, people) -> None:
    row = row_of(people, "efficiency")
    assert [period.label for period in row.missing] == ["2026-10"]
    measure(indicators["efficiency"], people, value=290)
    assert row_of(people, "efficiency").missing == ()
    assert row_of(people, "efficiency").next_due.label == "2026-11"


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"good_count": 40, "sample_size": 31}, "good_count"),
        ({"good_count": -1, "sample_size": 31}, "good_count"),
        ({"good_count": 1, "sample_size": -31}, "sample_size"),
        ({"good_count": 0, "sample_size": 0}, "sample_size"),
        ({"good_count": 1}, "sample_size"),
        ({"sample_size": 10}, "good_count"),
        ({"good_count": 1, "sample_size": 10**12}, "sample_size"),
    ],
)
def test_counts_that_cannot_be_are_refused_at_their_field(
    indicators, people, values, field
) -> None:
    with pytest.raises(DomainError) as refused:
        measure(indicators["satisfaction"], people, "2026-Q4", **values)
    assert refused.value.field == field


@pytest.mark.parametrize("period", ["2026-12", "2019-01", "2026-Q4", "nonsense", ""])
def test_a_period_of_another_kind_or_time_is_refused(indicators, people, period) -> None:
    with pytest.raises(DomainError) as refused:
        measure(indicators["efficiency"], people, period, value=300)
    assert refused.value.field == "period"


def test_a_period_has_one_value(indicators, people) -> None:
    measure(indicators["efficiency"], people, value=300)
    with pytest.raises(DomainError) as refused:
        measure(indicators["efficiency"], people, value=310)
    assert refused.value.field == "period"


def test_only_the_manager_measures_and_aims(indicators, people) -> None:
    for person in (people.owner1, people.it, people.exec, people.clerk):
        with pytest.raises(Forbidden):
            services.record_measurement(
                indicators["efficiency"], period="2026-10", value=300, actor=person, now=NOW
            )


def test_a_value_put_right_is_in_the_audit_trail(indicators, people) -> None:
    done = measure(indicators["efficiency"], people, value=350)
    services.edit_measurement(done, value=345, actor=people.pm, now=NOW)
    entry = db.session.scalars(
        db.select(AuditEntry).where(
            AuditEntry.object_type == "measurements", AuditEntry.action == "changed"
        )
    ).one()
    assert entry.changes == {"value": [350, 345]}


def test_two_managers_at_one_value_are_told(indicators, people) -> None:
    done = measure(indicators["efficiency"], people, value=350)
    seen = services.measurement_stamp(done)
    services.edit_measurement(done, value=345, seen=seen, actor=people.pm, now=NOW)
    with pytest.raises(Conflict) as told:
        services.edit_measurement(done, value=340, seen=seen, actor=people.pm, now=NOW)
    assert told.value.theirs["value"] == 345


def test_an_interim_value_saved_again_after_its_period_is_final(indicators, people) -> None:
    early = datetime(2026, 10, 20, 2, tzinfo=UTC)
    done = services.record_measurement(
        indicators["efficiency"], period="2026-10", value=300, actor=people.pm, now=early
    )
    assert row_of(people, "efficiency").interim.id == done.id
    services.edit_measurement(done, value=300, actor=people.pm, now=NOW)
    assert row_of(people, "efficiency").next_due.label == "2026-11"


def test_a_target_that_is_blank_is_listed_until_it_is_set(indicators, people) -> None:
    ask = blanks.get("monitoring")
    assert len(ask(1)) == 2
    for key in ("training", "system"):
        services.edit_indicator(
            indicators[key], target=90, direction=Direction.at_least, min_answers=5,
            begins_on=None, actor=people.pm, now=NOW,
        )  # fmt: skip
    assert ask(1) == []
    assert document_parts.get("monitoring")(1)["indicator:3:target"] == "at_least 90"


def test_the_manager_is_asked_for_values_and_nobody_else(people) -> None:
    ask = todos.get("monitoring")
    mine = ask(1, viewer_of(people.pm, 1), NOW)
    assert [(todo.kind, todo.is_overdue) for todo in mine] == [("measurement", True)]
    assert ask(1, viewer_of(people.owner1, 1), NOW) == []


def test_a_value_that_falls_due_is_a_deadline_of_the_manager(people) -> None:
    span = datetime(2026, 12, 1, tzinfo=UTC), datetime(2026, 12, 10, tzinfo=UTC)
    found = measurement_deadlines([1], *span)
    assert [(d.kind, d.occurrence, d.recipients) for d in found] == [
        ("measurement", "2026-11", (people.pm.id,))
    ]
    assert found[0].title.zh != found[0].title.en


def test_a_red_indicator_comes_on_the_agenda_in_both_languages(indicators, people) -> None:
    measure(indicators["efficiency"], people, value=350)
    points = agenda_points.get("monitoring")(1, viewer_of(people.pm, 1), NOW)
    assert "5分50秒" in points[0].title.zh
    assert "5 min 50 s" in points[0].title.en


def test_a_value_is_entered_on_the_page(client_of, indicators, people) -> None:
    key = indicators["efficiency"].id
    answer = client_of("pm").post(
        f"/indicators/{key}/measurements", data={"period": "2026-10", "value": "5分50秒"}
    )
    assert answer.status_code == 303
    assert db.session.scalars(db.select(Measurement)).one().value == 350


@pytest.mark.parametrize("text", ["ten", "-5", "<script>", "9" * 500])
def test_text_in_a_values_place_is_refused_and_kept(client_of, indicators, text) -> None:
    key = indicators["efficiency"].id
    answer = client_of("pm", "en").post(
        f"/indicators/{key}/measurements",
        data={"period": "2026-10", "value": text, "note": "my note"},
    )
    assert answer.status_code == 422
    assert "This is not a length of time" in answer.text
    assert "my note" in answer.text
    assert "<script>" not in answer.text.split("<main", 1)[1].split("</main", 1)[0]


def test_a_target_is_set_on_the_page_and_text_in_a_dates_place_is_kept(
    client_of, indicators
) -> None:
    url = f"/indicators/{indicators['training'].id}/target"
    sent = {"direction": "at_least", "target": "90%", "min_answers": "5"}
    pm = client_of("pm", "en")
    wrong = pm.post(url, data={**sent, "begins_on": "soon"})
    assert wrong.status_code == 422
    assert "This is not a date" in wrong.text
    assert pm.post(url, data=sent).status_code == 303
    db.session.expire_all()
    assert db.session.get(Indicator, indicators["training"].id).target == 90


def test_the_light_leads_to_its_rule_and_numbers(client_of, indicators, people) -> None:
    measure(indicators["satisfaction"], people, "2026-Q4", good_count=28, sample_size=31)
    db.session.commit()
    page = client_of("clerk", "en").get("/plans/1/indicators")
    assert "31 answers are fewer than the 50 needed to judge" in page.text
    assert client_of("clerk").get("/indicators/1").status_code == 200


def test_who_is_not_in_the_plan_finds_nothing(client_of) -> None:
    for url in ("/plans/1/indicators", "/indicators/1"):
        assert client_of("stranger").get(url).status_code == 404
    assert client_of("clerk").post("/indicators/1/measurements").status_code == 403
    assert client_of("pm").get("/indicators/99").status_code == 404
    assert client_of("pm").get("/measurements/99").status_code == 404


def test_the_list_needs_as_many_statements_for_many_values(client_of, indicators, people) -> None:
    pm = client_of("pm")
    pm.get("/plans/1/indicators")
    with counted() as few:
        pm.get("/plans/1/indicators")
    for month in range(1, 11):
        measure(indicators["efficiency"], people, f"2026-{month:02d}", value=300 + month)
    db.session.commit()
    with counted() as many:
        assert pm.get("/plans/1/indicators").status_code == 200
    assert len(many) == len(few) <= 12


def test_the_state_needs_six_statements(indicators, people) -> None:
    viewer = viewer_of(people.pm, 1)
    measure(indicators["efficiency"], people, value=350)
    db.session.commit()
    with counted() as statements:
        monitoring_state(1, NOW, viewer)
    assert len(statements) <= 6


def test_measuring_may_begin_later_than_the_plan(indicators, people) -> None:
    services.edit_indicator(
        indicators["system"], target=99.5, direction=Direction.at_least, min_answers=1,
        begins_on=date(2026, 12, 14), actor=people.pm, now=NOW,
    )  # fmt: skip
    assert row_of(people, "system").next_due.label == "2027-Q1"


def test_a_value_taken_out_is_kept_in_the_trail(client_of, indicators, people) -> None:
    done = measure(indicators["efficiency"], people, value=350)
    db.session.commit()
    assert client_of("pm").post(f"/measurements/{done.id}/remove").status_code == 303
    assert db.session.scalars(db.select(Measurement)).first() is None
    entry = db.session.scalars(db.select(AuditEntry).where(AuditEntry.action == "removed")).one()
    assert entry.changes["value"] == [350, None]
