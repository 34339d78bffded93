"""What an export has read so far, on disk after every answer: whoever interrupts it loses nothing."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Any, TextIO


class JournalFault(Exception):
    """A journal that belongs to another export, or cannot be read."""


@dataclass
class Progress:
    """What is known of one listing."""

    rows: list[Any] = field(default_factory=list)
    token: str | None = None
    done: bool = False


class Journal:
    """A file of JSON lines beside the fleet file; the first says what the export is of."""

    def __init__(self, path: Path, of: Mapping[str, Any]) -> None:
        """Reads what is there. Raises JournalFault if it was begun with other settings, or is
        damaged."""
        self._path = path
        self._of = dict(of)
        self._steps: dict[str, Progress] = {}
        self._file: TextIO | None = None
        self._found = path.exists() and self._read()

    def __enter__(self) -> Journal:
        self._file = self._path.open("a", encoding="utf-8")
        if not self._found:
            self._file.truncate(0)
            self._line({"of": self._of})
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._file is not None:
            self._file.close()

    @property
    def goes_on(self) -> bool:
        """Whether an interrupted export was found."""
        return self._found

    def step(self, name: str) -> Progress:
        return self._steps.setdefault(name, Progress())

    def add(self, name: str, rows: list[Any], token: str | None) -> None:
        """An answer's rows, and the token with which the listing goes on (None: it is complete)."""
        line = json.loads(json.dumps({"step": name, "rows": rows, "token": token}, default=_iso))
        self._line(line)
        self._take(line)

    def begin_again(self, name: str) -> None:
        """The service does not take the token any more."""
        self._line({"step": name, "again": True})
        self._steps[name] = Progress()

    def remove(self) -> None:
        """The fleet file is written."""
        self._path.unlink(missing_ok=True)

    def _read(self) -> bool:
        *whole, rest = self._path.read_bytes().split(b"\n")  # the last line may have been cut off
        if not whole:
            return False
        try:
            first, *lines = [json.loads(line) for line in whole]
            if first != {"of": self._of}:
                raise JournalFault(
                    f"{self._path} is of an export with other settings; give the same ones, or remove it"
                )
            for line in lines:
                self._take(line)
        except (AttributeError, KeyError, TypeError, ValueError) as reason:
            raise JournalFault(f"{self._path} is damaged ({reason}); remove it, to begin again") from None
        if rest:
            self._path.write_bytes(b"\n".join(whole) + b"\n")
        return True

    def _take(self, line: Mapping[str, Any]) -> None:
        if line.get("again"):
            self._steps[line["step"]] = Progress()
            return
        progress = self.step(line["step"])
        progress.rows += line["rows"]
        progress.token = line["token"]
        progress.done = line["token"] is None

    def _line(self, document: Mapping[str, Any]) -> None:
        if self._file is None:
            raise RuntimeError("the journal is not open")
        self._file.write(json.dumps(document, ensure_ascii=False, separators=(",", ":")) + "\n")
        self._file.flush()


def _iso(value: object) -> str:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    raise TypeError(f"no JSON for {value!r}")
