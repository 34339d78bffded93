"""Every hook into moto's Step Functions, each a small installer that says what it replaces and why.

`installed` puts all of them in and takes all of them out again. moto's engine for Step Functions is private
code: each hook names the functions it relies on with a digest of their source, and `verify` tells which have
changed, so a new moto fails in one place and says where to look.

The hooks of the WorkSpaces twin and the wire are in rehearsal.moto_service_hooks, those of botocore in
rehearsal.direct_hooks: declared, verified and installed in the same way.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

from rehearsal.hooking import Replacement
from rehearsal.moto_hooks import (  # noqa: F401 - imported, they declare their hooks
    economies,
    executions,
    maps,
    passing_time,
    service_tasks,
    states,
    task_tokens,
)
from rehearsal.moto_hooks.means import ENGINE, Means, hook

__all__ = ["ENGINE", "Means", "hook", "installed", "verify"]


def verify() -> list[str]:
    """What of moto has changed under the hooks; empty when all is as it was. Ask while none is installed."""
    return hook.verify()


@contextmanager
def installed(means: Means) -> Iterator[None]:
    """All hooks, for as long as the context lasts. Inside clock.installed() and moto's mock_aws."""
    with ExitStack() as stack:
        for each in hook.declared:
            each.install(means, Replacement(stack))
        yield
