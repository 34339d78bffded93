"""From cdk.json and the sources to an app with one stack for each stage."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from aws_cdk import App

from infra.configuration import ConfigurationFault, load_stages
from infra.sources import Sources
from infra.stack import FleetMigratorStack


def add_stacks(app: App, context: dict[str, Any], sources: Sources, only: Iterable[str]) -> None:
    """Add the stacks of the stages named in `only`; of all stages when it is empty.

    Raises ConfigurationFault, also for a stage that is not configured.
    """
    stages = load_stages(context)
    wanted = list(only) or list(stages)
    unknown = [name for name in wanted if name not in stages]
    if unknown:
        known = ", ".join(stages)
        raise ConfigurationFault([f"no stage {', '.join(unknown)}; configured are {known}"])
    for name in wanted:
        FleetMigratorStack(app, stages[name], sources)
