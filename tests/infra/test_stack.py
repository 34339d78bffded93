"""What the template promises about each capability."""

from __future__ import annotations

import json
import re
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

from infra.function_table import FUNCTIONS, FunctionSpec
from infra.sources import DEFINITION, PROJECT, Sources
from infra.workflow import DefinitionFault
from migrator.settings import Settings, settings_from
from tests.infra.conftest import DESTROYING
from tests.infra.synthesis import Template, references, synthesize_stack, topics_of


def test_the_definition_is_inline_and_unchanged(brief: Template) -> None:
    machine = brief.only("AWS::StepFunctions::StateMachine")
    assert machine["DefinitionString"] == (PROJECT / DEFINITION).read_text(encoding="utf-8")
    assert "DefinitionS3Location" not in machine
    assert machine["StateMachineType"] == "STANDARD"
    assert machine["TracingConfiguration"] == {"Enabled": True}


def test_the_definition_gets_everything_it_asks_for(brief: Template) -> None:
    machine = brief.only("AWS::StepFunctions::StateMachine")
    asked = set(re.findall(r"\$\{(\w+)\}", machine["DefinitionString"]))
    assert machine["DefinitionSubstitutions"].keys() == asked


ITS_OWN = [spec for spec in FUNCTIONS if spec.every_hours is None]
BY_THE_CLOCK = [spec for spec in FUNCTIONS if spec.every_hours is not None]


@pytest.mark.parametrize("spec", ITS_OWN, ids=lambda s: s.name)
def test_the_definition_names_every_function_by_its_own_arn(spec: FunctionSpec, brief: Template) -> None:
    substitutions = brief.only("AWS::StepFunctions::StateMachine")["DefinitionSubstitutions"]
    logical_id = substitutions[spec.arn_substitution]["Fn::GetAtt"][0]
    handler = brief.content["Resources"][logical_id]["Properties"]["Handler"]
    assert handler == f"functions.{spec.name}.handler"


@pytest.mark.parametrize("spec", BY_THE_CLOCK, ids=lambda s: s.name)
def test_a_function_with_hours_is_called_by_a_rule_and_may_not_be_by_the_state_machine(
    spec: FunctionSpec, brief: Template
) -> None:
    [logical_id] = [
        one
        for one, function in brief.of_type("AWS::Lambda::Function").items()
        if function["Properties"]["Handler"] == spec.handler
    ]
    [rule] = [
        rule["Properties"]
        for rule in brief.of_type("AWS::Events::Rule").values()
        if rule["Properties"]["Targets"][0]["Arn"]["Fn::GetAtt"][0] == logical_id
    ]
    assert rule["ScheduleExpression"] == f"rate({spec.every_hours} hour{'s' * (spec.every_hours != 1)})"
    assert rule["State"] == "ENABLED"
    machine = brief.only("AWS::StepFunctions::StateMachine")
    assert logical_id not in json.dumps(machine)
    roles = [
        policy
        for policy in brief.of_type("AWS::IAM::Policy").values()
        if "lambda:InvokeFunction" in json.dumps(policy)
    ]
    assert roles
    assert logical_id not in json.dumps(roles)


def test_a_definition_that_asks_for_more_is_refused(empty_assets: Sources, tmp_path: Path) -> None:
    definition = tmp_path / "mistyped.asl.json"
    definition.write_text('{"Resource": "${AssesFunctionArn}"}', encoding="utf-8")
    sources = Sources(definition, empty_assets.code, empty_assets.layer)
    with pytest.raises(DefinitionFault, match=r"mistyped.asl.json asks for \$\{AssesFunctionArn\}; offered"):
        synthesize_stack(DESTROYING, sources, tmp_path / "out")


def test_the_state_machine_logs_every_step_but_nobody_s_name(kept: Template) -> None:
    logging = kept.only("AWS::StepFunctions::StateMachine")["LoggingConfiguration"]
    assert logging["Level"] == "ALL"
    assert logging["IncludeExecutionData"] is False
    [destination] = logging["Destinations"]
    group = destination["CloudWatchLogsLogGroup"]["LogGroupArn"]["Fn::GetAtt"][0]
    name = kept.content["Resources"][group]["Properties"]["LogGroupName"]
    assert json.dumps(name).count("/aws/vendedlogs/states/FleetMigrator-kept/") == 1


@pytest.mark.parametrize("spec", FUNCTIONS, ids=lambda s: s.name)
def test_every_function_runs_on_the_runtime_the_layer_is_built_for(
    spec: FunctionSpec, brief: Template
) -> None:
    function = brief.function(spec.name)
    [layer_id] = brief.of_type("AWS::Lambda::LayerVersion")
    layer = brief.only("AWS::Lambda::LayerVersion")
    assert function["Runtime"] == "python3.13"
    assert function["Architectures"] == ["arm64"]
    assert function["Layers"] == [{"Ref": layer_id}]
    assert layer["CompatibleRuntimes"] == ["python3.13"]
    assert layer["CompatibleArchitectures"] == ["arm64"]
    assert function["TracingConfig"] == {"Mode": "Active"}
    assert function["Timeout"] == (900 if spec.name in ("assess", "clean_up") else 300)


def test_the_functions_share_one_code_asset(brief: Template) -> None:
    codes = {json.dumps(f["Properties"]["Code"]) for f in brief.of_type("AWS::Lambda::Function").values()}
    assert len(codes) == 1


@pytest.mark.parametrize("spec", FUNCTIONS, ids=lambda s: s.name)
def test_every_handler_of_the_table_exists(spec: FunctionSpec) -> None:
    source = (PROJECT / "functions" / f"{spec.name}.py").read_text(encoding="utf-8")
    assert re.search(r"^(def handler\(|handler = )", source, re.MULTILINE)


@pytest.mark.parametrize("spec", FUNCTIONS, ids=lambda s: s.name)
def test_the_environment_is_what_the_functions_read(spec: FunctionSpec, kept: Template) -> None:
    variables = kept.function(spec.name)["Environment"]["Variables"]
    assert variables["POWERTOOLS_SERVICE_NAME"] == spec.name
    assert variables["POWERTOOLS_LOG_LEVEL"] == "WARNING"
    resolved = {name: v if isinstance(v, str) else v["Ref"] for name, v in variables.items()}
    [table], [bucket], [bus] = (
        kept.of_type(kind) for kind in ("AWS::DynamoDB::Table", "AWS::S3::Bucket", "AWS::Events::EventBus")
    )
    topic, chat_topic = topics_of(kept)
    assert settings_from(resolved) == Settings(
        stage="kept",
        ledger_table=table,
        runs_bucket=bucket,
        topic_arn=topic,
        chat_topic_arn=chat_topic,
        event_bus=bus,
        dashboard="FleetMigrator-kept-outcomes",
        function=spec.name,
        names_users_in_logs=True,
        api_rate_per_second=0.5,
        api_burst=3,
        address_reserve=9,
        ledger_retention_days=77,
        schedules=("FleetMigrator-kept/weekend-wave",),
        directories_file="/opt/directories.json" if spec.reaches_directories else None,
    )


@pytest.mark.parametrize("days", [("kept", 365), ("brief", 14)])
def test_every_log_group_has_the_stage_s_retention(
    days: tuple[str, int], request: pytest.FixtureRequest
) -> None:
    template: Template = request.getfixturevalue(days[0])
    groups = template.of_type("AWS::Logs::LogGroup")
    # One for each function, and the state machine's.
    assert len(groups) == len(FUNCTIONS) + 1
    assert {g["Properties"]["RetentionInDays"] for g in groups.values()} == {days[1]}


def test_every_function_logs_json_to_a_group_of_its_own(brief: Template) -> None:
    configurations = [
        f["Properties"]["LoggingConfig"] for f in brief.of_type("AWS::Lambda::Function").values()
    ]
    assert {c["LogFormat"] for c in configurations} == {"JSON"}
    assert len({c["LogGroup"]["Ref"] for c in configurations}) == len(FUNCTIONS)


def test_the_ledger_can_be_restored_to_any_second(brief: Template) -> None:
    table = brief.only("AWS::DynamoDB::Table")
    assert table["PointInTimeRecoverySpecification"] == {"PointInTimeRecoveryEnabled": True}
    assert table["BillingMode"] == "PAY_PER_REQUEST"
    assert table["SSESpecification"] == {"SSEEnabled": True}
    assert table["TimeToLiveSpecification"] == {"AttributeName": "expiresAt", "Enabled": True}
    assert table["KeySchema"] == [
        {"AttributeName": "pk", "KeyType": "HASH"},
        {"AttributeName": "sk", "KeyType": "RANGE"},
    ]
    assert {a["AttributeType"] for a in table["AttributeDefinitions"]} == {"S"}


def test_the_runs_bucket_is_versioned_encrypted_and_private(kept: Template) -> None:
    bucket = kept.only("AWS::S3::Bucket")
    assert bucket["VersioningConfiguration"] == {"Status": "Enabled"}
    [encryption] = bucket["BucketEncryption"]["ServerSideEncryptionConfiguration"]
    assert encryption["ServerSideEncryptionByDefault"] == {"SSEAlgorithm": "AES256"}
    assert set(bucket["PublicAccessBlockConfiguration"].values()) == {True}
    assert len(bucket["PublicAccessBlockConfiguration"]) == 4
    assert bucket["OwnershipControls"]["Rules"] == [{"ObjectOwnership": "BucketOwnerEnforced"}]
    [rule] = bucket["LifecycleConfiguration"]["Rules"]
    assert rule["NoncurrentVersionExpiration"] == {"NoncurrentDays": 12}
    assert rule["AbortIncompleteMultipartUpload"] == {"DaysAfterInitiation": 7}


def test_the_runs_bucket_answers_over_tls_only(kept: Template) -> None:
    statements = kept.only("AWS::S3::BucketPolicy")["PolicyDocument"]["Statement"]
    denied = {json.dumps(s["Condition"], sort_keys=True) for s in statements if s["Effect"] == "Deny"}
    assert denied == {
        '{"Bool": {"aws:SecureTransport": "false"}}',
        '{"NumericLessThan": {"s3:TlsVersion": 1.2}}',
    }
    assert all(s["Effect"] == "Deny" for s in statements)


def test_nothing_deploys_code_of_its_own_to_destroy_data(brief: Template) -> None:
    kinds = {r["Type"] for r in brief.content["Resources"].values()}
    assert not {k for k in kinds if k.startswith("Custom::") or "CustomResource" in k}


def test_alarms_can_reach_the_encrypted_topic(brief: Template) -> None:
    [key_id] = brief.of_type("AWS::KMS::Key")
    key, topic = brief.only("AWS::KMS::Key"), brief.only("AWS::SNS::Topic")
    assert topic["KmsMasterKeyId"] == {"Fn::GetAtt": [key_id, "Arn"]}
    assert key["EnableKeyRotation"] is True
    alarms = {"Service": "cloudwatch.amazonaws.com"}
    own_account = {"StringEquals": {"aws:SourceAccount": {"Ref": "AWS::AccountId"}}}
    [use] = [s for s in key["KeyPolicy"]["Statement"] if s["Principal"] == alarms]
    assert use["Action"] == ["kms:Decrypt", "kms:GenerateDataKey*"]
    assert use["Condition"] == own_account
    policy = brief.only("AWS::SNS::TopicPolicy")["PolicyDocument"]["Statement"]
    [publish] = [s for s in policy if s["Principal"] == alarms]
    assert publish["Action"] == "sns:Publish"
    assert publish["Condition"] == own_account


def test_the_topic_refuses_plain_http(brief: Template) -> None:
    policy = brief.only("AWS::SNS::TopicPolicy")["PolicyDocument"]["Statement"]
    [denial] = [s for s in policy if s["Effect"] == "Deny"]
    assert denial["Action"] == "sns:Publish"
    assert denial["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}


def test_configured_addresses_are_subscribed(kept: Template, brief: Template) -> None:
    subscription = kept.only("AWS::SNS::Subscription")
    assert (subscription["Protocol"], subscription["Endpoint"]) == ("email", "operations@example.com")
    assert not brief.of_type("AWS::SNS::Subscription")


DATA = {"AWS::DynamoDB::Table", "AWS::S3::Bucket", "AWS::Logs::LogGroup"}


@pytest.mark.parametrize(("stage", "policy"), [("kept", "Retain"), ("brief", "Delete")])
def test_data_outlives_a_retaining_stage_only(
    stage: str, policy: str, request: pytest.FixtureRequest
) -> None:
    template: Template = request.getfixturevalue(stage)
    for logical_id, resource in template.content["Resources"].items():
        if resource["Type"] in DATA:
            assert resource["DeletionPolicy"] == policy, logical_id
            assert resource["UpdateReplacePolicy"] == policy, logical_id
    protected = template.only("AWS::DynamoDB::Table")["DeletionProtectionEnabled"]
    assert protected is (policy == "Retain")


def test_the_template_has_no_cycle(kept: Template) -> None:
    resources = kept.content["Resources"]
    graph = {key: [r for r in references(body) if r in resources] for key, body in resources.items()}
    assert len(list(TopologicalSorter(graph).static_order())) == len(resources)


def test_the_outputs_lead_to_what_an_administrator_needs(brief: Template) -> None:
    outputs = brief.content["Outputs"]
    kinds = {
        name: brief.content["Resources"][output["Value"]["Ref"]]["Type"] for name, output in outputs.items()
    }
    assert kinds == {
        "StateMachineArn": "AWS::StepFunctions::StateMachine",
        "RunsBucketName": "AWS::S3::Bucket",
        "TopicArn": "AWS::SNS::Topic",
        "EventBusName": "AWS::Events::EventBus",
        "LedgerTableName": "AWS::DynamoDB::Table",
    }


def test_a_definition_with_a_distributed_map_may_run_it(brief: Template) -> None:
    """The policy stands alone: in the role's first one it would close a cycle."""
    [machine] = brief.of_type("AWS::StepFunctions::StateMachine")
    naming = [
        key
        for key, policy in brief.of_type("AWS::IAM::Policy").items()
        if machine in references(policy["Properties"]["PolicyDocument"])
    ]
    assert len(naming) == 1
    assert naming[0] not in brief.content["Resources"][machine]["DependsOn"]
