"""The functions: one shared code asset, one shared layer, one role each."""

from __future__ import annotations

from collections.abc import Mapping

from aws_cdk import Duration, RemovalPolicy
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_logs as logs
from constructs import Construct

from infra.configuration import StageConfiguration
from infra.function_table import COMMON_FUNCTION_GRANTS, FunctionSpec
from infra.grants import Arns, statements
from infra.log_retention import retention
from infra.permissions import Resource
from infra.sources import Sources

RUNTIME = lambda_.Runtime.PYTHON_3_13
ARCHITECTURE = lambda_.Architecture.ARM_64


class Functions(Construct):
    """Every function of the table, by its name in `by_name`."""

    def __init__(
        self,
        scope: Construct,
        id: str,
        stage: StageConfiguration,
        *,
        sources: Sources,
        table: tuple[FunctionSpec, ...],
        environment: Mapping[str, str],
        arns: Arns,
    ) -> None:
        super().__init__(scope, id)
        self._stage = stage
        self._environment = environment
        self._arns = arns
        self._code = lambda_.Code.from_asset(str(sources.code))
        self._layer = lambda_.LayerVersion(
            self,
            "Dependencies",
            code=lambda_.Code.from_asset(str(sources.layer)),
            description="Third-party packages of all functions",
            compatible_runtimes=[RUNTIME],
            compatible_architectures=[ARCHITECTURE],
            removal_policy=RemovalPolicy.DESTROY,
        )
        self.log_groups: list[logs.LogGroup] = []
        self.by_name = {spec.name: self._function(spec) for spec in table}

    def _function(self, spec: FunctionSpec) -> lambda_.Function:
        log_group = logs.LogGroup(
            self,
            f"{spec.construct_id}Logs",
            retention=retention(self._stage.log_retention_days),
            removal_policy=_removal_policy(self._stage),
        )
        self.log_groups.append(log_group)
        role = self._role(spec, log_group)
        return lambda_.Function(
            self,
            spec.construct_id,
            description=spec.purpose,
            runtime=RUNTIME,
            architecture=ARCHITECTURE,
            code=self._code,
            handler=spec.handler,
            layers=[self._layer],
            role=role,
            memory_size=spec.memory_mib,
            timeout=Duration.seconds(spec.timeout_seconds),
            tracing=lambda_.Tracing.ACTIVE,
            log_group=log_group,
            logging_format=lambda_.LoggingFormat.JSON,
            environment={**self._environment, "POWERTOOLS_SERVICE_NAME": spec.name},
        )

    def _role(self, spec: FunctionSpec, log_group: logs.LogGroup) -> iam.Role:
        """A role without AWSLambdaBasicExecutionRole, which may write to every log group."""
        role = iam.Role(
            self,
            f"{spec.construct_id}Role",
            assumed_by=iam.ServicePrincipal("lambda.amazonaws.com"),
            description=spec.purpose,
        )
        arns = {**self._arns, Resource.LOG_GROUP: [log_group.log_group_arn]}
        for statement in statements((*COMMON_FUNCTION_GRANTS, *spec.grants), arns):
            role.add_to_policy(statement)
        return role


def _removal_policy(stage: StageConfiguration) -> RemovalPolicy:
    return RemovalPolicy.RETAIN if stage.retains_data else RemovalPolicy.DESTROY
