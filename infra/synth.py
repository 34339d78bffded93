"""Synthesis without the CDK's command line.

    python -m infra.synth                      every stage, deployable, into cdk.out
    python -m infra.synth --stage dev          one stage
    python -m infra.synth --placeholder-layer  no layer is built: for a rehearsal, without network

It does what the command line does around app.py: reads the context of cdk.json and names the
directory for the output. The templates are the same, byte for byte.
"""

from __future__ import annotations

import argparse
import os
import shutil
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from infra.configuration import ConfigurationFault, load_stages, read_context
from infra.freshness import Inputs, fresh, template_path, write_stamp
from infra.sources import DEFINITION, PROJECT, Sources

# The CDK is imported inside the functions, once it is known that something must be synthesized:
# importing it takes seconds.


def synthesize(stage: str, out: Path, *, placeholder_layer: bool = False, project: Path = PROJECT) -> Path:
    """Synthesize one stage into `out`, in place of what was there, and return its template.

    With `placeholder_layer` the assembly serves a rehearsal and cannot be deployed; nothing is
    downloaded. Raises ConfigurationFault, infra.workflow.DefinitionFault,
    infra.layer.LayerBuildFailed, infra.code_asset.NoFunctionCode.
    """
    synthesize_stages([stage], out, placeholder_layer=placeholder_layer, project=project)
    return template_path(stage, out)


def synthesize_stages(
    stages: list[str], out: Path, *, placeholder_layer: bool = False, project: Path = PROJECT
) -> list[str]:
    """Synthesize `stages`, or all that are configured when the list is empty.

    Returns the names of the stages. Raises what `synthesize` raises.
    """
    from aws_cdk import App

    from infra.assembly import add_stacks

    context = read_context(project)
    names = stages or list(load_stages(context))
    inputs = Inputs.of(project)
    if placeholder_layer:
        # Its own checks of the template take half of the time, and make check has them anyway.
        os.environ.setdefault("CDK_VALIDATION", "false")
    build = project / "build"
    build.mkdir(exist_ok=True)
    unfinished = out.with_name(f"{out.name}.{os.getpid()}")
    shutil.rmtree(unfinished, ignore_errors=True)
    try:
        # A directory of its own, because two rehearsals may synthesize at the same time.
        with TemporaryDirectory(prefix="assets-", dir=build) as assets:
            sources = prepare_sources(project, Path(assets), placeholder_layer=placeholder_layer)
            app = App(context=context, outdir=str(unfinished))
            add_stacks(app, context, sources, names)
            app.synth()
        write_stamp(unfinished, inputs, layer_built=not placeholder_layer)
        shutil.rmtree(out, ignore_errors=True)
        unfinished.rename(out)
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)
    return names


def prepare_sources(project: Path, assets: Path, *, placeholder_layer: bool = False) -> Sources:
    """Lay out the code below `assets`, and the layer or its placeholder.

    The layer is kept in build/layer, because building it takes longest.
    """
    from infra.code_asset import stage_code
    from infra.layer import build_layer

    if placeholder_layer:
        layer = assets / "placeholder-layer"
        layer.mkdir(parents=True)
        (layer / "PLACEHOLDER").write_text("Not to be deployed.\n", encoding="utf-8")
    else:
        layer = project / "build" / "layer"
        build_layer(project, layer)
    return Sources(project / DEFINITION, stage_code(project, assets / "code"), layer)


def main(arguments: list[str] | None = None) -> int:
    """The command line; exit code 2 for a faulty configuration."""
    parser = argparse.ArgumentParser(prog="python -m infra.synth", description=__doc__)
    parser.add_argument("--stage", action="append", default=[], help="may be given repeatedly")
    parser.add_argument("--out", type=Path, default=PROJECT / "cdk.out")
    parser.add_argument("--placeholder-layer", action="store_true")
    parser.add_argument("--if-stale", action="store_true", help="do nothing if out is fresh")
    given = parser.parse_args(arguments)
    out = given.out.resolve()
    try:
        if given.if_stale and _all_fresh(given.stage, out, deployable=not given.placeholder_layer):
            print(f"{given.out} is fresh")
            return 0
        stages = synthesize_stages(given.stage, out, placeholder_layer=given.placeholder_layer)
    except ConfigurationFault as fault:
        for line in fault.faults:
            print(f"cdk.json: {line}", file=sys.stderr)
        return 2
    for stage in stages:
        print(template_path(stage, given.out))
    return 0


def _all_fresh(stages: list[str], out: Path, *, deployable: bool) -> bool:
    if not stages:
        stages = list(load_stages(read_context(PROJECT)))
    return all(fresh(stage, out, deployable=deployable) for stage in stages)


if __name__ == "__main__":
    sys.exit(main())
