"""What this local AWS cannot do, and the least that is changed in the template so that the rest is deployed.

Nothing else is changed. A test deploys the template once for each gap, with this gap left as it is, and
expects what is written here: a gap that a later local AWS has closed makes that test fail, and then goes.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rehearsal.deployment import short_name
from tests.deployed.stacks import Assembly

Json = dict[str, Any]


@dataclass(frozen=True)
class Gap:
    """One thing the local AWS cannot do."""

    name: str
    why: str
    concerns: Callable[[Json], bool]
    """Whether a resource of the template needs it."""
    mend: Callable[[Json, Assembly], Json | None]
    """The resource as it is deployed in place of it; None: it is left out."""
    refusal: str | None = None
    """What CloudFormation says of a stack that needs it; None: the stack comes up, but it does not work."""


def _leave_out(*_: object) -> None:
    return None


def _type(name: str) -> Callable[[Json], bool]:
    return lambda resource: resource["Type"] == name


def _has_metric_math(resource: Json) -> bool:
    return resource["Type"] == "AWS::CloudWatch::Alarm" and "Metrics" in resource["Properties"]


def _first_metric_alone(resource: Json, _: Assembly) -> Json:
    """The alarm as it is, but over the first metric of its sum."""
    properties = dict(resource["Properties"])
    metrics = properties.pop("Metrics")
    first = next(one["MetricStat"] for one in metrics if "MetricStat" in one)
    return resource | {
        "Properties": properties | first["Metric"] | {"Period": first["Period"], "Statistic": first["Stat"]}
    }


def _reads_a_layer(resource: Json) -> bool:
    if resource["Type"] != "AWS::Lambda::Function":
        return False
    variables = resource["Properties"]["Environment"]["Variables"]
    return str(variables.get("DIRECTORIES_FILE")).startswith("/opt/")


def _file_of_the_asset(resource: Json, assembly: Assembly) -> Json:
    """The same file, where the synthesis left it."""
    resource = copy.deepcopy(resource)
    variables = resource["Properties"]["Environment"]["Variables"]
    name = Path(variables["DIRECTORIES_FILE"]).name
    [file] = [one / name for one in assembly.directories().values() if (one / name).is_file()]
    variables["DIRECTORIES_FILE"] = str(file)
    return resource


GAPS = (
    Gap(
        "saved queries",
        "no Logs Insights: the type AWS::Logs::QueryDefinition does not exist",
        _type("AWS::Logs::QueryDefinition"),
        _leave_out,
        "Unrecognized resource types: [AWS::Logs::QueryDefinition]",
    ),
    Gap(
        "metric math",
        "an alarm watches one metric, not a sum",
        _has_metric_math,
        _first_metric_alone,
        "Properties.Metrics (metric math) is not supported",
    ),
    Gap(
        "layers at /opt",
        "a function imports what its layers hold, but finds no layer's files at /opt",
        _reads_a_layer,
        _file_of_the_asset,
    ),
)


def translated(
    assembly: Assembly, environment: Callable[[str], Mapping[str, str]], gaps: Collection[Gap] = GAPS
) -> Json:
    """The template as this local AWS can deploy it. `environment` says what each function, by its short name,
    is told besides: where the services are that are not this local AWS's."""
    result = assembly.template
    resources = result["Resources"]
    for logical_id, resource in list(resources.items()):
        for gap in gaps:
            if not gap.concerns(resource):
                continue
            mended = gap.mend(resource, assembly)
            if mended is None:
                del resources[logical_id]
                break
            resource = resources[logical_id] = mended
        if resource["Type"] == "AWS::Lambda::Function":
            variables = resource["Properties"]["Environment"]["Variables"]
            variables.update(environment(short_name(resource["Properties"]["Handler"])))
    return result
