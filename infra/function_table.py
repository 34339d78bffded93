"""The functions, and what each may do: the table to add a line to.

What has an ARN and what has not follows the Service Authorization Reference's pages for
WorkSpaces, EC2 and Resource Groups Tagging; a test compares every `*` with it.
"""

from __future__ import annotations

from dataclasses import dataclass

from infra.permissions import Grant, Resource

_NO_ARN_WORKSPACES = "WorkSpaces defines no resource type for this list call"
_NO_ARN_EC2 = "EC2's Describe calls have no resource-level permissions"
_NO_ARN_TAGS = "Resource Groups Tagging defines no resource types"
_NO_ARN_PRICES = "the Price List defines no resource types"
NO_ARN_XRAY = "X-Ray defines no resource type for traces"


@dataclass(frozen=True)
class FunctionSpec:
    """One Lambda function: its handler is `functions.<name>.handler`.

    `timeout_seconds` and `memory_mib` are Lambda's settings of these names.
    """

    name: str
    purpose: str
    memory_mib: int
    timeout_seconds: int
    grants: tuple[Grant, ...]
    reaches_directories: bool = False
    """Whether it is in the directories' network, where a stage has any, and may what that takes."""
    every_hours: int | None = None
    """Called by the clock so often; None: by the state machine."""

    @property
    def handler(self) -> str:
        """What Lambda calls."""
        return f"functions.{self.name}.handler"

    @property
    def construct_id(self) -> str:
        """The name in the construct tree: clean_up becomes CleanUp."""
        return "".join(word.capitalize() for word in self.name.split("_"))

    @property
    def arn_substitution(self) -> str:
        """The name under which the state machine's definition asks for this function's ARN."""
        return f"{self.construct_id}FunctionArn"


def _describe(*operations: str, why: str) -> Grant:
    return Grant(
        tuple(f"workspaces:{operation}" for operation in operations),
        Resource.ANY,
        why,
        no_arn=_NO_ARN_WORKSPACES,
    )


_SUBNETS = Grant(
    ("ec2:DescribeSubnets",),
    Resource.ANY,
    "count the free addresses of a directory's subnets",
    no_arn=_NO_ARN_EC2,
)
_TAGS = Grant(
    ("tag:GetResources",),
    Resource.ANY,
    "read the tags of a hundred WorkSpaces with one call",
    no_arn=_NO_ARN_TAGS,
)
_SNAPSHOTS = Grant(
    ("workspaces:DescribeWorkspaceSnapshots",),
    Resource.WORKSPACES,
    "tell what work a migration would lose",
)
_KEEP_MIGRATIONS = "keep migrations and permits; a transaction is authorized item by item"


def _ledger(*operations: str, why: str = _KEEP_MIGRATIONS) -> Grant:
    return Grant(tuple(f"dynamodb:{operation}" for operation in operations), Resource.LEDGER, why)


_READ_RUN = Grant(("s3:GetObject",), Resource.RUN_OBJECTS, "read the run's plan and files")
_LIST_RUNS = Grant(
    ("s3:ListBucket",),
    Resource.RUNS_LISTING,
    "be told that a file is missing, and not that access is denied",
)
_WRITE_RUN = Grant(("s3:PutObject",), Resource.RUN_OBJECTS, "write the run's files")

_TELL_THE_BUS = Grant(("events:PutEvents",), Resource.EVENT_BUS, "tell what happened")
_TELL_THE_CHAT: tuple[Grant, ...] = (
    Grant(("sns:Publish",), Resource.CHAT_TOPIC, "tell a chat channel what people must know at once"),
    Grant(
        ("kms:Decrypt", "kms:GenerateDataKey"),
        Resource.TOPIC_KEY,
        "publish to topics that are encrypted with it",
    ),
)
_TELL_PEOPLE: tuple[Grant, ...] = (
    Grant(("sns:Publish",), Resource.TOPIC, "tell people the same"),
    *_TELL_THE_CHAT,
)

# What every function may do. The CDK would add the second by itself, and allow more for the
# first: they are here so that this table is complete.
COMMON_FUNCTION_GRANTS: tuple[Grant, ...] = (
    Grant(("logs:CreateLogStream", "logs:PutLogEvents"), Resource.LOG_GROUP, "write its log"),
    Grant(
        ("xray:PutTraceSegments", "xray:PutTelemetryRecords"),
        Resource.ANY,
        "trace its invocations",
        no_arn=NO_ARN_XRAY,
    ),
)

# What a function that reaches directories may do besides, in a stage that has any.
DIRECTORY_GRANTS: tuple[Grant, ...] = (
    Grant(("secretsmanager:GetSecretValue",), Resource.DIRECTORY_SECRETS, "log on as the service account"),
    Grant(("kms:Decrypt",), Resource.DIRECTORY_KEYS, "read a secret that a key of yours encrypts"),
    _ledger("PutItem", why="remember a password that a directory refused, so that none is tried twice"),
    # Lambda attaches it to the network with its own role. Naming anything narrower than what EC2
    # has in the account breaks that, the Lambda guide says.
    Grant(
        (
            "ec2:CreateNetworkInterface",
            "ec2:DeleteNetworkInterface",
            "ec2:AssignPrivateIpAddresses",
            "ec2:UnassignPrivateIpAddresses",
        ),
        Resource.NETWORK,
        "have its network interfaces in the directories' subnets",
    ),
    Grant(
        ("ec2:DescribeNetworkInterfaces", "ec2:DescribeSubnets"),
        Resource.ANY,
        "find its network interfaces in the directories' subnets",
        no_arn=_NO_ARN_EC2,
    ),
)

FUNCTIONS: tuple[FunctionSpec, ...] = (
    FunctionSpec(
        name="assess",
        purpose="Decide who of the selection may go, and write plan and batches",
        memory_mib=1024,
        # Ten thousand WorkSpaces are 400 pages, at two calls a second.
        timeout_seconds=900,
        grants=(
            _describe(
                "DescribeWorkspaces",
                "DescribeWorkspaceBundles",
                "DescribeWorkspaceImages",
                "DescribeWorkspaceDirectories",
                "DescribeWorkspacesConnectionStatus",
                why="learn the facts that the rules judge",
            ),
            _describe("DescribeApplications", why="tell which application is Microsoft Office"),
            Grant(
                ("workspaces:DescribeBundleAssociations",),
                Resource.BUNDLES,
                "tell which applications a custom bundle installs",
            ),
            Grant(
                ("workspaces:DescribeWorkspaceAssociations",),
                Resource.WORKSPACES,
                "tell the edition of a WorkSpace where its bundle does not",
            ),
            _SNAPSHOTS,
            _SUBNETS,
            _TAGS,
            Grant(
                ("pricing:GetProducts",),
                Resource.ANY,
                "tell what the WorkSpaces cost before and after",
                no_arn=_NO_ARN_PRICES,
            ),
            _READ_RUN,
            _WRITE_RUN,
            Grant(("s3:GetObject",), Resource.INVENTORY_OBJECTS, "read an inventory a run names"),
            Grant(
                ("s3:ListBucket",),
                Resource.INVENTORY_LISTING,
                "be told that an inventory does not exist, and not that access is denied",
            ),
            _ledger("GetItem", "BatchGetItem", "Query", "PutItem", "UpdateItem", "DeleteItem"),
            _TELL_THE_BUS,
            *_TELL_THE_CHAT,
        ),
    ),
    FunctionSpec(
        name="start",
        purpose="Look once more, take permits, start the migrations of a batch",
        memory_mib=512,
        timeout_seconds=300,
        grants=(
            Grant(("workspaces:MigrateWorkspace",), Resource.WORKSPACES, "migrate a WorkSpace"),
            Grant(("workspaces:MigrateWorkspace",), Resource.BUNDLES, "to its target bundle"),
            _describe(
                "DescribeWorkspaces",
                "DescribeWorkspacesConnectionStatus",
                why="look at each WorkSpace just before it starts",
            ),
            _SNAPSHOTS,
            _SUBNETS,
            _TAGS,
            _ledger("GetItem", "BatchGetItem", "Query", "PutItem", "UpdateItem", "DeleteItem"),
            _TELL_THE_BUS,
            *_TELL_PEOPLE,
        ),
    ),
    FunctionSpec(
        name="poll",
        purpose="See how the migrations of a batch are getting on",
        memory_mib=512,
        timeout_seconds=300,
        grants=(
            _describe("DescribeWorkspaces", why="see source and target of each migration"),
            _SUBNETS,
            _TAGS,
            _ledger("GetItem", "BatchGetItem", "Query", "PutItem", "UpdateItem", "DeleteItem"),
            _TELL_THE_BUS,
        ),
    ),
    FunctionSpec(
        name="settle",
        purpose="Give every planned WorkSpace its outcome, and look once more at users and failed targets",
        memory_mib=512,
        timeout_seconds=300,
        grants=(
            _describe("DescribeWorkspaces", why="see source and target of each migration, and each user's"),
            _describe(
                "DescribeWorkspacesConnectionStatus",
                why="make sure that nobody was ever connected to a target that is to be terminated",
            ),
            Grant(
                ("workspaces:TerminateWorkspaces",),
                Resource.WORKSPACES,
                "terminate targets left in ERROR, when a run's input says so",
            ),
            _TAGS,
            _READ_RUN,
            _WRITE_RUN,
            Grant(
                ("s3:ListBucket",),
                Resource.RUNS_LISTING,
                "be told that a file is missing, and not that access is denied",
            ),
            _ledger("GetItem", "Query", "PutItem", "UpdateItem", "DeleteItem"),
            _TELL_THE_BUS,
        ),
    ),
    FunctionSpec(
        name="reconcile",
        purpose="Give back what runs that died or were stopped still hold, and watch the schedules",
        memory_mib=512,
        timeout_seconds=300,
        every_hours=1,
        grants=(
            _describe(
                "DescribeWorkspaceDirectories",
                "DescribeWorkspaces",
                why="see what became of the migrations of dead runs",
            ),
            Grant(("scheduler:GetSchedule",), Resource.SCHEDULES, "tell when somebody disabled one"),
            Grant(("scheduler:GetSchedule",), Resource.SWEEP_SCHEDULE, "tell when somebody disabled it"),
            _TAGS,
            _ledger("GetItem", "BatchGetItem", "Query", "PutItem", "UpdateItem", "DeleteItem"),
            _TELL_THE_BUS,
        ),
    ),
    FunctionSpec(
        name="clean_up",
        purpose="Find and remove the computer objects that migrations left behind",
        memory_mib=512,
        # Listing the WorkSpaces of a large directory takes minutes, at two calls a second.
        timeout_seconds=900,
        grants=(
            _describe(
                "DescribeWorkspaces",
                "DescribeWorkspaceDirectories",
                why="make sure that a computer's WorkSpace is gone, in every directory of the domain",
            ),
            _READ_RUN,
            _WRITE_RUN,
            _LIST_RUNS,
            _ledger(
                "GetItem",
                "Query",
                "UpdateItem",
                why="read which computers failed migrations had, and share the rate of calls",
            ),
        ),
        reaches_directories=True,
    ),
    FunctionSpec(
        name="report",
        purpose="Write the run's report and tell the topic",
        # A report of 100,000 WorkSpaces takes 0.8 GiB after a dry run, more after a real one.
        memory_mib=2048,
        timeout_seconds=300,
        grants=(
            _ledger("GetItem", "Query", why="read the run's outcomes"),
            _ledger("PutItem", why="note which events were put"),
            _ledger("UpdateItem", why="share the rate of calls"),
            _describe(
                "DescribeWorkspaces",
                "DescribeWorkspaceBundles",
                "DescribeWorkspacesPools",
                why="tell which bundles no WorkSpace and no pool uses any more",
            ),
            _READ_RUN,
            _WRITE_RUN,
            _LIST_RUNS,
            _TELL_THE_BUS,
            *_TELL_PEOPLE,
        ),
    ),
)

# Deployed only where a stage has a sweep; no state machine knows it.
SWEEP = FunctionSpec(
    name="sweep",
    purpose="Find computer objects that migrations left long ago, and report or disable them",
    memory_mib=512,
    timeout_seconds=900,
    grants=(
        _describe(
            "DescribeWorkspaces",
            "DescribeWorkspaceDirectories",
            why="make sure that a computer's WorkSpace is gone, in every directory of the domain",
        ),
        _WRITE_RUN,
        Grant(("s3:GetObject",), Resource.RUN_OBJECTS, "read the record of an object back"),
        _ledger("Scan", why="find the computers of every run's migrations"),
        _ledger("GetItem", "UpdateItem", why="know refused passwords, and share the rate of calls"),
        Grant(("sns:Publish",), Resource.TOPIC, "tell people what was found"),
        Grant(
            ("kms:Decrypt", "kms:GenerateDataKey"),
            Resource.TOPIC_KEY,
            "publish to a topic that is encrypted with it",
        ),
    ),
    reaches_directories=True,
)
