"""The functions: one shared code asset, one shared layer, one role each."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory

from aws_cdk import Duration, RemovalPolicy
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_logs as logs
from constructs import Construct

from infra.configuration import StageConfiguration
from infra.directory_configuration import directories_file, subnets_and_groups
from infra.function_table import COMMON_FUNCTION_GRANTS, DIRECTORY_GRANTS, FunctionSpec
from infra.grants import Arns, statements
from infra.log_retention import retention
from infra.permissions import Resource
from infra.sources import Sources

RUNTIME = lambda_.Runtime.PYTHON_3_13
_DIRECTORIES_FILE = "directories.json"
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
        self._directories = self._directories_layer() if stage.directories else None
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
        layers = [self._layer]
        environment = {**self._environment, "POWERTOOLS_SERVICE_NAME": spec.name}
        directories = self._directories if spec.reaches_directories else None
        if directories is not None:
            layers.append(directories)
            environment["DIRECTORIES_FILE"] = f"/opt/{_DIRECTORIES_FILE}"
        function = lambda_.Function(
            self,
            spec.construct_id,
            description=spec.purpose,
            runtime=RUNTIME,
            architecture=ARCHITECTURE,
            code=self._code,
            handler=spec.handler,
            layers=layers,
            role=role,
            memory_size=spec.memory_mib,
            timeout=Duration.seconds(spec.timeout_seconds),
            tracing=lambda_.Tracing.ACTIVE,
            log_group=log_group,
            logging_format=lambda_.LoggingFormat.JSON,
            environment=environment,
        )
        if directories is not None:
            self._into_network(function)
        return function

    def _into_network(self, function: lambda_.Function) -> None:
        """Into the directories' subnets, by their ids: the CDK's own way would look up the whole VPC."""
        subnets, groups = subnets_and_groups(self._stage.directories)
        resource = function.node.default_child
        if not isinstance(resource, lambda_.CfnFunction):
            raise TypeError(f"{function.node.path} has no CfnFunction")
        resource.vpc_config = lambda_.CfnFunction.VpcConfigProperty(
            subnet_ids=subnets, security_group_ids=groups
        )

    def _directories_layer(self) -> lambda_.LayerVersion:
        """How the directories are reached: with certificates it is too large for the environment."""
        with TemporaryDirectory() as place:
            file = Path(place) / _DIRECTORIES_FILE
            file.write_text(directories_file(self._stage.directories), encoding="utf-8")
            file.chmod(0o644)
            # Staged at once: the asset is a copy.
            code = lambda_.Code.from_asset(place)
            return lambda_.LayerVersion(
                self,
                "Directories",
                code=code,
                description="How the directories are reached",
                removal_policy=RemovalPolicy.DESTROY,
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
        inside = spec.reaches_directories and self._stage.directories
        grants = (*COMMON_FUNCTION_GRANTS, *spec.grants, *(DIRECTORY_GRANTS if inside else ()))
        for statement in statements(grants, arns):
            role.add_to_policy(statement)
        return role


def _removal_policy(stage: StageConfiguration) -> RemovalPolicy:
    return RemovalPolicy.RETAIN if stage.retains_data else RemovalPolicy.DESTROY
