"""Permissions removed at random, and what people then hear of it.

    python -m tests.workflow.roles_attack --seed 1 --times 50

Each time one or several permissions of the template's roles are drawn: some lose the resource, some get a
resource that is too narrow, some a condition that is never fulfilled. Rehearsals that used them are run once
more; each must be refused for at least one of what was taken, and say so where people look.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import Any

from rehearsal.authorization.gate import Use
from tests.workflow.roles_bench import Place, Seen, permissions, run, write_template
from tests.workflow.roles_scenarios import SCENARIOS

Json = dict[str, Any]

MOST_AT_ONCE = 4
WAYS = ("removed", "narrowed", "made conditional")


@dataclass(frozen=True)
class Loss:
    """What became of one permission."""

    use: Use
    place: Place
    way: str

    def __str__(self) -> str:
        return f"{self.use.caller}: {self.use.action} on {self.use.resource} {self.way}"


def draw(random: Random, uses: Sequence[tuple[Use, Place]]) -> list[Loss]:
    """Some permissions, and what happens to each."""
    drawn = random.sample(uses, random.randint(1, MOST_AT_ONCE))
    return [Loss(use, place, random.choice(WAYS)) for use, place in drawn]


def write_poorer(file: Path, losses: Sequence[Loss], out: Path) -> Path:
    """The template after these losses; whatever else its statements allow, they still do."""
    content = json.loads(file.read_text(encoding="utf-8"))
    lost = {
        (policy_id, number, action, resource): loss.way
        for loss in losses
        for policy_id, number, action, resource in [loss.place]
    }
    for policy_id in {loss.place[0] for loss in losses}:
        document = content["Resources"][policy_id]["Properties"]["PolicyDocument"]
        document["Statement"] = [
            one
            for number, statement in enumerate(document["Statement"])
            for one in _split(statement, policy_id, number, lost)
        ]
    out.write_text(json.dumps(content), encoding="utf-8")
    return out


def _split(statement: Json, policy_id: str, number: int, lost: Mapping[Place, str]) -> Iterator[Json]:
    for action in _as_list(statement["Action"]):
        for resource in _as_list(statement["Resource"]):
            way = lost.get((policy_id, number, action, json.dumps(resource, sort_keys=True)))
            one = {**statement, "Action": action, "Resource": resource}
            if way == "narrowed":
                yield {**one, "Resource": {"Fn::Join": ["", [_stem(resource), "-not-this-one"]]}}
            elif way == "made conditional":
                yield {**one, "Condition": {"StringEquals": {"aws:RequestedRegion": "nowhere-1"}}}
            elif way is None:
                yield one


def _stem(resource: Any) -> Any:
    return resource.rstrip("*") or "arn:aws:nothing" if isinstance(resource, str) else resource


def unheard(
    random: Random, losses: Sequence[Loss], with_all: Mapping[str, Seen], template: Path, place: Path
) -> list[str]:
    """What nobody would hear of. For each loss one of the scenarios that made use of it is drawn, and there
    at least one refusal must be told."""
    poorer = write_poorer(template, losses, place / "template.json")
    drawn = (
        random.choice([name for name, seen in with_all.items() if one.use in seen.uses]) for one in losses
    )
    faults = []
    for number, scenario in enumerate(dict.fromkeys(drawn)):
        mine = [loss for loss in losses if loss.use in with_all[scenario].uses]
        seen = run(SCENARIOS[scenario], poorer, place / str(number))
        if not any(f"is not authorized to perform: {one.use.action}" in seen.told for one in mine):
            faults.append(f"{scenario}: nobody hears of {'; '.join(map(str, mine))}")
        faults += [f"{scenario}: still used: {one}" for one in losses if one.use in seen.uses]
    return faults


def attackable(template: Path, with_all: Mapping[str, Seen]) -> list[tuple[Use, Place]]:
    """Permissions that some scenario uses, in an order that is always the same."""
    used = {use for seen in with_all.values() for use in seen.uses}
    found = [(use, place) for use, place in permissions(template).items() if use in used]
    return sorted(found, key=lambda one: one[1])


def _as_list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def main() -> int:
    """Print each attack that nobody would hear of; exit code 1 if there is one."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--times", type=int, default=20)
    given = parser.parse_args()
    failed = 0
    with TemporaryDirectory() as place:
        template = write_template(Path(place))
        with_all = {
            name: run(scenario, template, Path(place) / "with-all" / str(number))
            for number, (name, scenario) in enumerate(SCENARIOS.items())
        }
        uses = attackable(template, with_all)
        for seed in range(given.seed, given.seed + given.times):
            random = Random(seed)  # noqa: S311 (seeded on purpose)
            losses = draw(random, uses)
            here = Path(place) / f"seed-{seed}"
            here.mkdir()
            faults = unheard(random, losses, with_all, template, here)
            failed += bool(faults)
            print(f"seed {seed}: {len(losses)} lost, {'; '.join(faults) or 'heard of'}", flush=True)
    print(f"{given.times} attacks, {failed} of them unheard")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
