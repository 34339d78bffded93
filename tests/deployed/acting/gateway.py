"""The local AWS, whose services act with the roles they are given.

    python -m tests.deployed.acting.gateway, and what hypercorn is told

Runs in the local AWS's own environment, and imports nothing but that, its boto3 and this package.
"""

from __future__ import annotations

import os
import sys

from hypercorn.__main__ import main
from ministack.services import eventbridge, scheduler

from tests.deployed.acting import encryption, schedules, state_machines

INSTALLED = (encryption, schedules, state_machines)
"""Importing them puts their hooks in place."""

_BETWEEN_LOOKS_SECONDS = 1

if __name__ == "__main__":
    # The functions inherit the environment, and are to find there nothing of ours.
    os.environ.pop("PYTHONPATH", None)
    scheduler._SCHEDULE_TICK_INTERVAL = eventbridge._SCHEDULER_TICK_INTERVAL = _BETWEEN_LOOKS_SECONDS
    sys.exit(main())
