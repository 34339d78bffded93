"""The plan: every candidate in exactly one batch, none above its size, none spanning directories."""

from __future__ import annotations

import json
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from migrator.domain.plan import Batch, Candidate, Plan, batch_document, batch_from, batch_text, make_plan


def candidates(counts: dict[str, int]) -> list[Candidate]:
    return [
        Candidate(f"ws-{directory}-{number}", directory, f"user{number}", "wsb-1", "wsb-2", 80, 50, ("ws-x",))
        for directory, count in counts.items()
        for number in range(count)
    ]


def members(plan: Plan) -> list[Candidate]:
    return [one for batch in (*plan.canary, *plan.batches) for one in batch.candidates]


@given(
    st.dictionaries(st.sampled_from(["d-1", "d-2", "d-3", "d-4"]), st.integers(0, 60)),
    st.integers(1, 25),
    st.integers(0, 70),
    st.randoms(use_true_random=False),
)
def test_a_plan(counts: dict[str, int], batch_size: int, canary: int, chance: object) -> None:
    going = candidates(counts)
    chance.shuffle(going)  # type: ignore[attr-defined]
    subnets = {directory: [f"subnet-{directory}"] for directory in counts}
    plan = make_plan(going, subnets, batch_size=batch_size, canary=canary)
    assert Counter(members(plan)) == Counter(going)
    assert plan.size == len(going)
    assert sum(len(batch.candidates) for batch in plan.canary) == min(canary, len(going))
    batches = (*plan.canary, *plan.batches)
    assert len({batch.batch_id for batch in batches}) == len(batches)
    for batch in batches:
        assert 1 <= len(batch.candidates) <= batch_size
        assert {one.directory_id for one in batch.candidates} == {batch.directory_id}
        assert batch.subnet_ids == (f"subnet-{batch.directory_id}",)
        assert batch.batch_id.startswith("canary-") is (batch in plan.canary)
        assert batch_from(json.loads(json.dumps(batch_document(batch)))) == batch
    # As few batches as the sizes allow.
    left = Counter(one.directory_id for batch in plan.batches for one in batch.candidates)
    assert len(plan.batches) == sum(-(-count // batch_size) for count in left.values())


def test_directories_are_taken_in_turn() -> None:
    plan = make_plan(candidates({"d-1": 5, "d-2": 2}), {}, batch_size=2, canary=0)
    assert [batch.directory_id for batch in plan.batches] == ["d-1", "d-2", "d-1", "d-1"]
    assert [batch.batch_id for batch in plan.batches] == [
        "batch-0001",
        "batch-0002",
        "batch-0003",
        "batch-0004",
    ]


def test_a_directory_that_is_through_costs_the_others_no_turn() -> None:
    plan = make_plan(candidates({"d-1": 3, "d-2": 1, "d-3": 3}), {}, batch_size=1, canary=0)
    turns = [batch.directory_id for batch in plan.batches]
    assert turns == ["d-1", "d-2", "d-3", "d-1", "d-3", "d-1", "d-3"]


def test_a_batch_has_its_place_among_those_of_its_directory() -> None:
    plan = make_plan(candidates({"d-1": 5, "d-2": 3}), {}, batch_size=2, canary=1)
    places = {(batch.directory_id, batch.batch_id): batch.place for batch in (*plan.canary, *plan.batches)}
    assert places == {
        ("d-1", "canary-0001"): 0,
        ("d-1", "batch-0001"): 0,
        ("d-2", "batch-0002"): 0,
        ("d-1", "batch-0003"): 1,
        ("d-2", "batch-0004"): 1,
    }
    assert Batch("batch-0001", "d-1", (), ()).place == 0


def test_a_batch_as_text_is_the_batch() -> None:
    [batch] = make_plan(candidates({"d-1": 2}), {"d-1": ["subnet-1"]}, batch_size=25, canary=0).batches
    assert batch_from(json.loads(batch_text(batch))) == batch


def test_the_canary_has_some_of_each_directory() -> None:
    plan = make_plan(candidates({"d-1": 50, "d-2": 1, "d-3": 50}), {}, batch_size=25, canary=6)
    told = Counter(one.directory_id for batch in plan.canary for one in batch.candidates)
    assert told == {"d-1": 3, "d-2": 1, "d-3": 2}


def test_the_order_given_is_kept_within_a_directory() -> None:
    going = candidates({"d-1": 30})
    plan = make_plan(going, {}, batch_size=25, canary=3)
    assert members(plan) == going


def test_no_candidates_make_no_batches() -> None:
    assert make_plan([], {}, batch_size=25, canary=5) == Plan((), ())


def test_a_document_that_is_no_batch() -> None:
    with pytest.raises(KeyError):
        batch_from({"batchId": "x"})
    lonely = Batch("b", "d", (), (Candidate("ws-1", "d", "ana", "wsb-1", "wsb-2"),))
    assert batch_from(batch_document(lonely)) == lonely
