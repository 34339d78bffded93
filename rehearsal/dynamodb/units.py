"""Request units, by which on-demand tables are charged.

Source: Amazon DynamoDB, "Read and write request units": 4 KB a read, 1 KB a write; eventually consistent
reads count half, transactions double.
"""

from __future__ import annotations

from dataclasses import dataclass

_READ_BYTES = 4096
_WRITE_BYTES = 1024


@dataclass(slots=True)
class RequestUnits:
    """What all calls so far are charged for; refused ones are charged, too."""

    read: float = 0.0
    write: int = 0

    def note_read(self, size: int, *, consistent: bool) -> None:
        """`size` bytes were read by one call, zero where it found nothing."""
        units = max(1, -(-size // _READ_BYTES))
        self.read += units if consistent else units / 2

    def note_write(self, size: int, *, in_transaction: bool) -> None:
        """An item was to be written; `size` is the larger of what it was and what it was to be."""
        self.write += max(1, -(-size // _WRITE_BYTES)) * (2 if in_transaction else 1)
