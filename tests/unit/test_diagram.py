"""The state machine's picture: the committed one is of the committed definition, and it shows all of it."""

from __future__ import annotations

import json
import re
from itertools import combinations
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from rehearsal.diagram import draw
from rehearsal.diagram_layout import Layout, condition, edges, lay_out

ROOT = Path(__file__).parents[2]
DEFINITION: dict[str, Any] = json.loads((ROOT / "statemachines/migrate_fleet.asl.json").read_text())
SVG = "{http://www.w3.org/2000/svg}"


def names(picture: str) -> list[str]:
    document = ElementTree.fromstring(picture)  # noqa: S314 - our own
    return [str(text.text) for text in document.iter(f"{SVG}text") if text.get("class") == "name"]


def test_the_committed_picture_is_of_the_committed_definition() -> None:
    committed = (ROOT / "docs/state-machine.svg").read_text(encoding="utf-8")
    assert committed == draw(DEFINITION), (
        "python -m rehearsal.diagram statemachines/migrate_fleet.asl.json docs/state-machine.svg"
    )


def test_every_state_is_drawn_once_and_what_two_maps_share_once() -> None:
    children = DEFINITION["States"]["MigrateBatches"]["ItemProcessor"]["States"]
    assert sorted(names(draw(DEFINITION))) == sorted([*DEFINITION["States"], *children])


def test_what_maps_run_differently_is_drawn_for_each() -> None:
    other = json.loads(json.dumps(DEFINITION))
    other["States"]["MigrateCanary"]["ItemProcessor"]["States"]["BatchDone"]["Comment"] = "another"
    assert names(draw(other)).count("StartMigrations") == 2


def levels() -> list[Layout]:
    processor = DEFINITION["States"]["MigrateBatches"]["ItemProcessor"]
    return [lay_out(DEFINITION), lay_out(processor)]


@pytest.mark.parametrize("layout", levels())
def test_every_transition_has_exactly_one_way_on_the_picture(layout: Layout) -> None:
    drawn = [(e.source, e.target, e.caught) for e in (*layout.straight, *layout.sideways, *layout.returning)]
    drawn += list(layout.lane_labels)
    expected = [(edge.source, edge.target, edge.caught) for edge in edges(layout.states)]
    assert sorted(drawn) == sorted(expected)


@pytest.mark.parametrize("layout", levels())
def test_no_two_states_share_a_place_and_no_two_lanes_lie_on_each_other(layout: Layout) -> None:
    places = [(place.row, place.column) for place in layout.places.values()]
    assert len(places) == len(set(places))
    for one, other in combinations(layout.lanes, 2):
        if one.x == other.x:
            a, b = ({layout.places[n].row for n in (lane.target, *lane.sources)} for lane in (one, other))
            assert max(a) < min(b) or max(b) < min(a)


def test_what_cannot_be_reached_is_refused() -> None:
    definition = {"StartAt": "A", "States": {"A": {"Type": "Succeed"}, "B": {"Type": "Succeed"}}}
    with pytest.raises(ValueError, match="B"):
        draw(definition)


def test_an_error_that_goes_where_success_goes_is_not_drawn_twice() -> None:
    states: dict[str, dict[str, Any]] = {
        "A": {"Type": "Pass", "Next": "B", "Catch": [{"ErrorEquals": ["States.ALL"], "Next": "B"}]},
        "B": {"Type": "Succeed"},
    }
    assert [(edge.target, edge.caught) for edge in edges(states)] == [("B", False)]


@pytest.mark.parametrize(
    ("choice", "words"),
    [
        ({"Variable": "$.assessment.dryRun", "BooleanEquals": True}, "dryRun"),
        ({"Variable": "$.assessment.done", "BooleanEquals": False}, "not done"),
        ({"Variable": "$.a.planned", "NumericEquals": 0}, "planned = 0"),
        ({"Variable": "$.a.canary.count", "NumericGreaterThan": 0}, "canary.count > 0"),
        ({"Variable": "$.next", "StringEquals": "start"}, "next = start"),
        ({"Variable": "$.next", "IsPresent": True}, "next"),
        ({"And": []}, "otherwise"),
    ],
)
def test_conditions_in_a_few_words(choice: dict[str, Any], words: str) -> None:
    assert condition(choice) == words


def test_texts_of_the_definition_cannot_break_the_picture() -> None:
    name = 'A<b>&"'
    picture = draw({"StartAt": name, "States": {name: {"Type": "Succeed", "Comment": "</title><x>"}}})
    assert names(picture) == [name]
    assert not re.search("<x>|<b>", picture)


def test_the_picture_tells_in_words_what_it_shows() -> None:
    (spoken,) = re.findall("<desc>(.*)</desc>", draw(DEFINITION))
    assert "ChooseEnding to Succeeded if green, Failed if else" in spoken
    assert "Report to ChooseEnding, TellReportFailed on an error" in spoken
