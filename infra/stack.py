"""One stage of the product: the capabilities and what joins them."""

from __future__ import annotations

from aws_cdk import CfnOutput, Duration, Environment, Stack
from constructs import Construct

from infra.alarms import Alarms, total
from infra.clockwork import Clockwork
from infra.configuration import StageConfiguration
from infra.dashboards import OutcomesDashboard, PlumbingDashboard, outcomes_name
from infra.events import RunEvents
from infra.function_table import FUNCTIONS, SWEEP
from infra.functions import Functions
from infra.ledger import Ledger
from infra.metrics import metric
from infra.notifications import Notifications
from infra.permissions import Resource
from infra.runs_bucket import RunsBucket
from infra.saved_queries import SavedQueries
from infra.schedules import Schedules, dropped
from infra.sources import Sources, stack_name
from infra.sweeping import NAME, Sweeping, group_name
from infra.workflow import Workflow
from migrator.domain.metrics import Metric


class FleetMigratorStack(Stack):
    """Ledger, runs bucket, notifications, functions and state machine of one stage."""

    def __init__(self, scope: Construct, stage: StageConfiguration, sources: Sources) -> None:
        name = stack_name(stage.name)
        super().__init__(
            scope,
            name,
            stack_name=name,
            description=f"Moves fleets of WorkSpaces from one bundle to another ({stage.name})",
            env=Environment(account=stage.account, region=stage.region),
            # One property more or less must not depend on who synthesizes.
            analytics_reporting=False,
            termination_protection=stage.retains_data,
        )
        self.ledger = Ledger(self, "Ledger", stage)
        self.runs = RunsBucket(self, "Runs", stage)
        self.notifications = Notifications(self, "Notifications", stage)
        self.events = RunEvents(self, "Events", name=f"{name}-events")
        self.functions = Functions(
            self,
            "Functions",
            stage,
            sources=sources,
            table=(*FUNCTIONS, SWEEP) if stage.sweep else FUNCTIONS,
            environment=self._environment_of_functions(stage),
            arns=self._arns(stage),
        )
        function_arns = {
            spec.arn_substitution: self.functions.by_name[spec.name].function_arn
            for spec in FUNCTIONS
            if spec.every_hours is None
        }
        Clockwork(self, "Clockwork", table=FUNCTIONS, functions=self.functions.by_name)
        self.workflow = Workflow(
            self,
            "MigrateFleet",
            stage,
            definition=sources.definition,
            substitutions={
                **function_arns,
                "TopicArn": self.notifications.topic.topic_arn,
                "RunsBucketName": self.runs.bucket.bucket_name,
            },
            arns={**self._arns(stage), Resource.FUNCTIONS: list(function_arns.values())},
        )
        self.sweeping = None
        if stage.sweep:
            sweeping = self.functions.by_name[SWEEP.name]
            self.sweeping = Sweeping(self, "Sweeping", stage.name, sweep=stage.sweep, function=sweeping)
        self._watch(stage)
        self._outputs()

    def _watch(self, stage: StageConfiguration) -> None:
        machine, functions = self.workflow.state_machine, self.functions.by_name
        alarms = Alarms(
            self,
            "Alarms",
            stage.name,
            topics=self.notifications.topics,
            machine=machine,
            functions=functions,
            by_the_clock=[
                *(functions[spec.name] for spec in FUNCTIONS if spec.every_hours is not None),
                *([functions[SWEEP.name]] if stage.sweep else []),
            ],
        )
        for spec in FUNCTIONS:
            if spec.every_hours is not None:
                alarms.add_silence(
                    f"{spec.construct_id}Silent",
                    f"Nothing has called the function {spec.name} for hours: its rule is disabled, gone, or "
                    "may not call it. Enable the rule, or deploy again.",
                    functions[spec.name],
                    spec.every_hours,
                )
        schedules = None
        if self.sweeping:
            alarms.add(
                "SweepDead",
                "The schedule of the directories' sweep could not call it, and gave up. Look at its role.",
                total("given up", *dropped(self.sweeping.group)),
            )
        if stage.schedules:
            schedules = Schedules(self, "Schedules", stage.name, schedules=stage.schedules, machine=machine)
            alarms.add(
                "ScheduleDead",
                "A schedule could not start its run, and has given up. The message in the queue says why; "
                "start the run by hand.",
                total("starts given up", *schedules.never_started),
            )
        starts = [*schedules.never_started, schedules.refused] if schedules else []
        if _awake(stage) or _sweeps(stage):
            asleep = metric(
                stage.name,
                Metric.SCHEDULES_ASLEEP,
                statistic="Maximum",
                every=Duration.hours(1),
            )
            starts.append(asleep)
            alarms.add(
                "ScheduleAsleep",
                "A schedule that the stage has enabled is disabled or gone: it starts nothing. Enable it, or "
                "say so in cdk.json and deploy.",
                asleep,
            )
        OutcomesDashboard(self, "Outcomes", stage.name, alarms.all, alarms.failed_runs)
        PlumbingDashboard(
            self,
            "Plumbing",
            stage.name,
            functions=functions,
            machine=machine,
            table=self.ledger.table,
            schedules=starts,
        )
        SavedQueries(self, "Queries", stage.name, self.functions.log_groups)

    def _environment_of_functions(self, stage: StageConfiguration) -> dict[str, str]:
        return {
            "STAGE": stage.name,
            "LEDGER_TABLE": self.ledger.table.table_name,
            "LEDGER_RETENTION_DAYS": str(stage.ledger_retention_days),
            "RUNS_BUCKET": self.runs.bucket.bucket_name,
            "TOPIC_ARN": self.notifications.topic.topic_arn,
            "API_RATE_PER_SECOND": f"{stage.api_rate_per_second:g}",
            "API_BURST": str(stage.api_burst),
            "ADDRESS_RESERVE": str(stage.address_reserve),
            "POWERTOOLS_LOG_LEVEL": stage.log_level,
            "EVENT_BUS": self.events.bus.event_bus_name,
            "DASHBOARD": outcomes_name(stage.name),
            **({"SCHEDULES": ",".join(awake)} if (awake := _awake(stage) + _sweeps(stage)) else {}),
            "LOG_USER_NAMES": str(stage.log_user_names).lower(),
            **({"CHAT_TOPIC_ARN": chat.topic_arn} if (chat := self.notifications.chat_topic) else {}),
        }

    def _arns(self, stage: StageConfiguration) -> dict[Resource, list[str]]:
        workspaces = f"arn:{self.partition}:workspaces:{self.region}"
        return {
            Resource.LEDGER: [self.ledger.table.table_arn],
            Resource.RUN_OBJECTS: [self.runs.run_objects_arn],
            Resource.RUNS_LISTING: [self.runs.bucket.bucket_arn],
            Resource.INVENTORY_OBJECTS: [
                f"arn:{self.partition}:s3:::{name}/*" for name in stage.inventory_buckets
            ],
            Resource.INVENTORY_LISTING: [
                f"arn:{self.partition}:s3:::{name}" for name in stage.inventory_buckets
            ],
            Resource.TOPIC: [self.notifications.topic.topic_arn],
            Resource.CHAT_TOPIC: [chat.topic_arn] if (chat := self.notifications.chat_topic) else [],
            Resource.SCHEDULES: self._schedule_arns(_awake(stage)),
            Resource.SWEEP_SCHEDULE: self._schedule_arns(_sweeps(stage)),
            Resource.EVENT_BUS: [self.events.bus.event_bus_arn],
            Resource.TOPIC_KEY: [self.notifications.key.key_arn],
            Resource.WORKSPACES: [f"{workspaces}:{self.account}:workspace/*"],
            Resource.DIRECTORY_SECRETS: [one.access.secret_arn for one in stage.directories],
            Resource.DIRECTORY_KEYS: [
                one.access.secret_key_arn for one in stage.directories if one.access.secret_key_arn
            ],
            Resource.NETWORK: [f"arn:{self.partition}:ec2:{self.region}:{self.account}:*/*"],
            # Public bundles belong to Amazon, in an account that nothing documents.
            Resource.BUNDLES: [f"{workspaces}:*:workspacebundle/*"],
        }

    def _schedule_arns(self, schedules: list[str]) -> list[str]:
        place = f"arn:{self.partition}:scheduler:{self.region}:{self.account}:schedule"
        return [f"{place}/{one}" for one in schedules]

    def _outputs(self) -> None:
        for name, value, meaning in (
            (
                "StateMachineArn",
                self.workflow.state_machine.state_machine_arn,
                "Start an execution of it to plan or migrate",
            ),
            ("RunsBucketName", self.runs.bucket.bucket_name, "Reports, under runs/<run id>/"),
            ("TopicArn", self.notifications.topic.topic_arn, "Subscribe to it"),
            ("EventBusName", self.events.bus.event_bus_name, "Put your rules on it; docs/events.md"),
            *(
                [("ChatTopicArn", chat.topic_arn, "Connect it to a channel in Amazon Q Developer")]
                if (chat := self.notifications.chat_topic)
                else []
            ),
            ("LedgerTableName", self.ledger.table.table_name, "Every migration of every run"),
        ):
            CfnOutput(self, name, value=value, description=meaning)


def _awake(stage: StageConfiguration) -> list[str]:
    """The schedules of runs that are enabled, each as "group/name"."""
    return [f"{stack_name(stage.name)}/{one.name}" for one in stage.schedules if one.enabled]


def _sweeps(stage: StageConfiguration) -> list[str]:
    return [f"{group_name(stage.name)}/{NAME}"] if stage.sweep else []
