"""A definition's scopes: the state machine itself, and each Map's item processor or Parallel's branch."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

Shape = dict[str, Any] | None
"""What is known of a JSON value: its fields, each with its own shape; None where anything may be in it."""


@dataclass(frozen=True)
class State:
    """One state, and where it stands: `MigrateBatches/StartMigrations`."""

    place: str
    name: str
    body: Mapping[str, Any]

    @property
    def kind(self) -> str:
        return str(self.body.get("Type", ""))


@dataclass(frozen=True)
class Scope:
    """States that can follow each other."""

    place: str
    start: str
    states: Mapping[str, State]
    given: Any
    """The payload template that its input is made of; None where nothing is known of it."""


def scopes(definition: Mapping[str, Any], place: str = "", given: Any = None) -> Iterator[Scope]:
    """The scope of a definition, then those within it."""
    states = {
        name: State(f"{place}{name}", name, body) for name, body in definition.get("States", {}).items()
    }
    yield Scope(place, str(definition.get("StartAt", "")), states, given)
    for state in states.values():
        inner = state.body.get("ItemProcessor") or state.body.get("Iterator")
        if inner:
            yield from scopes(inner, f"{state.place}/", state.body.get("ItemSelector"))
        for number, branch in enumerate(state.body.get("Branches", ())):
            yield from scopes(branch, f"{state.place}[{number}]/")


def ways(state: State) -> Iterator[tuple[str, Mapping[str, Any] | None]]:
    """The names of the states that may follow; with each the Catch that leads there, if it is one."""
    body = state.body
    if "Next" in body:
        yield body["Next"], None
    if "Default" in body:
        yield body["Default"], None
    for choice in body.get("Choices", ()):
        if "Next" in choice:
            yield choice["Next"], None
    for catch in body.get("Catch", ()):
        if "Next" in catch:
            yield catch["Next"], catch
