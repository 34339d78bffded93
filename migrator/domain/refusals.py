"""Refusals for want of a permission: not the WorkSpace is in the way, but a role or a policy."""

from __future__ import annotations

from collections.abc import Iterable

from migrator.domain.outcomes import Outcome
from migrator.domain.report import WorkspaceLine

NOT_ALLOWED = frozenset(
    {
        *("AccessDenied", "AccessDeniedException", "UnauthorizedOperation"),
        *("AuthorizationError", "AuthorizationErrorException"),
        *("KMSAccessDenied", "KMSAccessDeniedException"),
    }
)
"""Error codes by which services say that the caller is not allowed to do what it asks."""

GRANT_IT = (
    "A permission is missing: deploy again if somebody changed the roles, else find the policy of your "
    "organization that denies it. Then run again."
)


def not_allowed(lines: Iterable[WorkspaceLine]) -> int:
    """How many WorkSpaces were refused for want of a permission."""
    return sum(1 for line in lines if line.outcome is Outcome.REFUSED and line.reason in NOT_ALLOWED)
