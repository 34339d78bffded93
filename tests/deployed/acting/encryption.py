"""Keys and trust of what functions use: messages to encrypted topics, secrets, and the functions' own roles.

Sources: the guides of SNS, "Managing encryption keys", of Secrets Manager, "Secret encryption and
decryption", and of Lambda, "Execution role".
"""

from __future__ import annotations

import logging
from typing import Any

from ministack.core import iam_evaluator
from ministack.core.responses import error_response_json
from ministack.services import cloudwatch, kms, lambda_svc, secretsmanager, sns
from ministack.services.cloudformation import provisioners

from tests.deployed.acting.hooks import replaces
from tests.deployed.acting.roles import Refused, check_key, check_service, check_trust

_ALARMS = "cloudwatch.amazonaws.com"
_log = logging.getLogger("ministack")


_topics = provisioners._RESOURCE_HANDLERS["AWS::SNS::Topic"]


@replaces(_topics, "create")
def _create(original: Any, logical_id: str, properties: Any, stack: str) -> Any:
    """With its key, which this local CloudFormation would forget."""
    made = original(logical_id, properties, stack)
    sns._topics[made[0]]["attributes"]["KmsMasterKeyId"] = properties.get("KmsMasterKeyId")
    return made


@replaces(sns, "_publish")
def _publish(original: Any, given: Any) -> Any:
    topic = sns._topic_by_arn_any_scope(sns._p(given, "TopicArn"))
    key = topic and topic["attributes"].get("KmsMasterKeyId")
    if key:
        try:
            for action in ("kms:GenerateDataKey", "kms:Decrypt"):
                check_key(key, action, iam_evaluator.caller_arn())
        except Refused as refusal:
            return sns._error("KMSAccessDenied", str(refusal), 400)
    return original(given)


@replaces(secretsmanager, "_get_secret_value")
def _read(original: Any, given: Any) -> Any:
    _, secret = secretsmanager._resolve(given["SecretId"])
    if secret and secret.get("KmsKeyId"):
        try:
            check_key(secret["KmsKeyId"], "kms:Decrypt", iam_evaluator.caller_arn())
        except Refused as refusal:
            message = f"Access to KMS is not allowed. {refusal}"
            return error_response_json("AccessDeniedException", message, 400)
    return original(given)


@replaces(cloudwatch, "_dispatch_alarm_actions")
def _alarm(original: Any, alarm: Any, old: str, new: str, reason: str) -> None:
    """To those topics that let alarms in, and whose key does."""
    lists = ("AlarmActions", "OKActions", "InsufficientDataActions")
    told = {name: [one for one in alarm.get(name) or [] if _lets_in(one, alarm)] for name in lists}
    original({**alarm, **told}, old, new, reason)


def _lets_in(topic_arn: str, alarm: Any) -> bool:
    topic = sns._topic_by_arn_any_scope(topic_arn)
    try:
        check_service(topic["attributes"].get("Policy"), "sns:Publish", topic_arn, _ALARMS, alarm["AlarmArn"])
        if key_id := topic["attributes"].get("KmsMasterKeyId"):
            key = kms._resolve_key(key_id)
            for action in ("kms:GenerateDataKey", "kms:Decrypt"):
                check_service(key["Policy"], action, key["Arn"], _ALARMS, alarm["AlarmArn"])
    except Refused as refusal:
        _log.warning("alarm %s: %s", alarm["AlarmName"], refusal)
        return False
    return True


@replaces(lambda_svc, "_execute_function_with_config_scope")
def _execute(original: Any, function: Any, event: Any) -> Any:
    """Lambda asks when it makes an environment for a function; here, where some are warm, each time."""
    configuration = function["config"]
    try:
        check_trust(configuration["Role"], "lambda.amazonaws.com", configuration["FunctionArn"])
    except Refused as refusal:
        message = f"The role defined for the function cannot be assumed by Lambda. {refusal}"
        return {"error": True, "body": {"errorType": "AccessDeniedException", "errorMessage": message}}
    return original(function, event)
