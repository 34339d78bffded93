"""The state machine that migrates a fleet."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

from aws_cdk import Fn, RemovalPolicy, Stack
from aws_cdk import aws_iam as iam
from aws_cdk import aws_logs as logs
from aws_cdk import aws_stepfunctions as sfn
from constructs import Construct

from infra.configuration import StageConfiguration
from infra.grants import Arns, statements
from infra.log_retention import retention
from infra.machine_grants import DISTRIBUTED_MAP_GRANTS, STATE_MACHINE_GRANTS
from infra.permissions import Resource

_SUBSTITUTION = re.compile(r"\$\{(\w+)\}")


class DefinitionFault(ValueError):
    """The definition and what the stack substitutes in it do not fit."""


class Workflow(Construct):
    """A standard state machine whose definition is inline, so that every validator reads it.

    Raises DefinitionFault when the definition names a substitution that is not offered: the CDK
    and CloudFormation would let it pass.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        stage: StageConfiguration,
        *,
        definition: Path,
        substitutions: Mapping[str, str],
        arns: Arns,
    ) -> None:
        super().__init__(scope, id)
        text = definition.read_text(encoding="utf-8")
        stack = Stack.of(self)
        role = iam.Role(
            self,
            "Role",
            assumed_by=iam.ServicePrincipal(
                "states.amazonaws.com", conditions={"StringEquals": {"aws:SourceAccount": stack.account}}
            ),
            description="What the fleet migration's state machine may do",
        )
        for statement in statements(STATE_MACHINE_GRANTS, arns):
            role.add_to_policy(statement)
        self.state_machine = sfn.StateMachine(
            self,
            "StateMachine",
            state_machine_type=sfn.StateMachineType.STANDARD,
            definition_body=sfn.DefinitionBody.from_string(text),
            definition_substitutions=_wanted(definition.name, text, substitutions),
            role=role,
            tracing_enabled=True,
            logs=sfn.LogOptions(
                destination=self._log_group(stage),
                level=sfn.LogLevel.ALL,
                # Inputs and outputs name users.
                include_execution_data=False,
            ),
        )
        name = self.state_machine.state_machine_name
        itself = {
            Resource.STATE_MACHINE: [self.state_machine.state_machine_arn],
            Resource.EXECUTIONS: [
                f"arn:{stack.partition}:states:{stack.region}:{stack.account}:execution:{name}:*"
            ],
            Resource.CHILD_EXECUTIONS: [
                f"arn:{stack.partition}:states:{stack.region}:{stack.account}:execution:{name}/*"
            ],
        }
        iam.Policy(
            self,
            "DistributedMapPolicy",
            roles=[role],
            statements=statements(DISTRIBUTED_MAP_GRANTS, itself),
        )

    def _log_group(self, stage: StageConfiguration) -> logs.LogGroup:
        # Below this prefix, log delivery does not eat into the account's one resource policy of
        # at most 5,120 characters. The name ends in the stack's own id, so that a retained group
        # does not stand in the way when the stack is created anew.
        stack = Stack.of(self)
        incarnation = Fn.select(2, Fn.split("/", stack.stack_id))
        return logs.LogGroup(
            self,
            "Logs",
            log_group_name=f"/aws/vendedlogs/states/{stack.stack_name}/{incarnation}",
            retention=retention(stage.log_retention_days),
            removal_policy=RemovalPolicy.RETAIN if stage.retains_data else RemovalPolicy.DESTROY,
        )


def _wanted(name: str, text: str, offered: Mapping[str, str]) -> dict[str, str]:
    """Those of the offered substitutions that the definition names.

    Raises DefinitionFault for one it names and nobody offers: Step Functions would get it as text.
    """
    wanted = set(_SUBSTITUTION.findall(text))
    unknown = sorted(wanted - offered.keys())
    if unknown:
        names = ", ".join(f"${{{n}}}" for n in unknown)
        raise DefinitionFault(f"{name} asks for {names}; offered are {', '.join(sorted(offered))}")
    return {n: value for n, value in offered.items() if n in wanted}
