"""Lets a call pass that its caller's role allows, and words the refusal of any other as the service would."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

from rehearsal.authorization.letting_in import root
from rehearsal.authorization.needs import ANY, Account, Need, listing, needs
from rehearsal.authorization.policies import Context, granted_by
from rehearsal.authorization.roles import STATE_MACHINE, Invoker, Role, Roles

acting_role: ContextVar[str | None] = ContextVar("acting_role", default=None)
"""Whose role it is where a call is made outside any function: set while the state machine works."""


@dataclass(frozen=True, slots=True)
class Use:
    """A permission that a call made use of: the resource is as the statement writes it."""

    caller: str
    action: str
    resource: str


@dataclass(frozen=True, slots=True)
class Refusal:
    """What the service answers instead."""

    code: str
    message: str


class Gate:
    """Decides by the roles of one template. `on_use` is told of each permission when it is first used."""

    def __init__(
        self, roles: Roles, account: Account, on_use: Callable[[Use], None] = lambda _: None
    ) -> None:
        self._roles = roles
        self._account = account
        self._on_use = on_use
        self._told: set[Use] = set()
        self._decided: dict[tuple[str, Need], Refusal | None] = {}
        self._context: Context = {
            "aws:principalaccount": account.account_id,
            "aws:requestedregion": account.region,
            "aws:securetransport": "true",
            "aws:sourceaccount": account.account_id,
            "s3:tlsversion": "1.3",
        }

    def refuses_call(
        self, caller: str, service: str, operation: str, parameters: Mapping[str, Any]
    ) -> Refusal | None:
        """The refusal of an API call; None: it may pass. Raises UnknownCall, PolicyFault."""
        for need in needs(self._account, service, operation, parameters):
            refusal = self.refuses(caller, need)
            if refusal is not None:
                return refusal
        return None

    def hides_missing(self, caller: str, parameters: Mapping[str, Any]) -> Refusal | None:
        """What a caller hears of an object that does not exist, if it may not know that it does not."""
        return self.refuses(caller, listing(parameters))

    def refuses_invocation(self, function_arn: str) -> Refusal | None:
        """The refusal of the state machine's invocation of a function, which must get its own role, too."""
        refusal = self.refuses(STATE_MACHINE, Need("lambda:InvokeFunction", function_arn))
        invoked = self._roles.functions.get(function_arn)
        return refusal or (self._untrusted(invoked) if invoked else None)

    def lets_invoke(self, invoker: Invoker) -> bool:
        """Whether the function's own policy lets a service invoke it, and it gets its role."""
        lets_in = invoker in self._roles.invokers
        return lets_in and self._untrusted(self._roles.functions[invoker.function_arn]) is None

    def refuses(self, caller: str, need: Need) -> Refusal | None:
        """The refusal of one action on one resource. Raises PolicyFault."""
        asked = (caller, need)
        if asked not in self._decided:
            self._decided[asked] = self._decide(caller, need)
        return self._decided[asked]

    def _decide(self, caller: str, need: Need) -> Refusal | None:
        if (untrusted := self._untrusted(caller)) is not None:
            return untrusted
        statements = self._roles.by_caller[caller].statements
        resource = granted_by([*statements, *self._roles.denials], need.action, need.resource, self._context)
        if resource is None:
            return self._refusal(caller, need, "identity")
        if (key := self._roles.key_policies.get(need.resource)) is not None:
            # Roles count for a key only because its own policy says so.
            account = root(self._account.account_id)
            if not key.lets(account, need.action, need.resource, self._context):
                return self._refusal(caller, need, "resource")
        use = Use(caller, need.action, resource)
        if use not in self._told:
            self._told.add(use)
            self._on_use(use)
        return None

    def _untrusted(self, caller: str) -> Refusal | None:
        """The refusal where the caller's service may not take on its role."""
        role = self._roles.by_caller[caller]
        if role.trust.lets(role.service, "sts:AssumeRole", role.name, self._context):
            return None
        arn = f"arn:aws:iam::{self._account.account_id}:role/{role.name}"
        return Refusal(
            "AccessDeniedException", f"The role {arn} cannot be assumed by principal {role.service}."
        )

    def _refusal(self, caller: str, need: Need, kind: str) -> Refusal:
        role: Role = self._roles.by_caller[caller]
        service = need.action.partition(":")[0]
        who = f"arn:aws:sts::{self._account.account_id}:assumed-role/{role.name}/{caller.replace(' ', '-')}"
        on = "" if need.resource == ANY else f" on resource: {need.resource}"
        why = f"because no {kind}-based policy allows the {need.action} action"
        message = f"User: {who} is not authorized to perform: {need.action}{on} {why}"
        if service == "ec2":
            message = f"You are not authorized to perform this operation. {message}"
        if need.via == "secretsmanager":
            message = f"Access to KMS is not allowed. {message}"
        code = "KMSAccessDenied" if need.via == "sns" else _CODES.get(service, "AccessDeniedException")
        return Refusal(code, message)


_CODES = {"ec2": "UnauthorizedOperation", "s3": "AccessDenied", "sns": "AuthorizationError"}
"""Of those services that do not answer AccessDeniedException."""
