"""What becomes of a WorkSpace when somebody migrates it: the twin's script for one source WorkSpace."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum


class Course(StrEnum):
    """How a migration goes."""

    MIGRATES = "migrates"
    ROLLS_BACK = "rolls-back"
    NEVER_STARTS = "never-starts"
    STICKS = "sticks"
    REFUSES = "refuses"
    LOST = "lost"


@dataclass(frozen=True)
class Behaviour:
    """A course, the error code of a refusal, and what stays behind: the former computer object, or the
    target, in ERROR."""

    course: Course
    error_code: str | None = None
    leaves_computer: bool = False
    leaves_target: bool = False


MIGRATES = Behaviour(Course.MIGRATES)

_KNOWN = (
    "migrates, migrates+leaves-computer, rolls-back, rolls-back+leaves-target, never-starts, sticks, "
    "refuses:CODE or lost"
)


def parse_behaviour(text: object) -> Behaviour:
    """A behaviour as the fleet file writes it. Raises ValueError that says what may stand there."""
    if isinstance(text, str):
        if text == "migrates+leaves-computer":
            return Behaviour(Course.MIGRATES, leaves_computer=True)
        if text == "rolls-back+leaves-target":
            return Behaviour(Course.ROLLS_BACK, leaves_target=True)
        course, colon, code = text.partition(":")
        if course == Course.REFUSES and re.fullmatch(r"[A-Za-z][A-Za-z0-9.]*", code):
            return Behaviour(Course.REFUSES, error_code=code)
        if not colon and course in set(Course) - {Course.REFUSES}:
            return Behaviour(Course(course))
    raise ValueError(f"{text!r} is no behaviour; use {_KNOWN}")
