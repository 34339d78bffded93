"""The app that the CDK's command line runs. `make synth` does the same without it."""

from aws_cdk import App

from infra.assembly import add_stacks
from infra.configuration import read_context
from infra.sources import PROJECT
from infra.synth import prepare_sources

app = App()
add_stacks(app, read_context(PROJECT), prepare_sources(PROJECT, PROJECT / "build" / "assets"), only=[])
app.synth()
