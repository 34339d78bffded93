"""The command as people start it: a process of its own, which reads the twin over the network."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import requests

from rehearsal.twin import parse_fleet
from tests.twin_bench import bench
from tests.workflow.test_export import FLEET, OF_FINANCE, SIZE, installed

_HOSTS = {"WORKSPACES": "workspaces", "RESOURCE_GROUPS_TAGGING_API": "tagging", "EC2": "ec2"}
_PASSED_ON = ("Content-Type", "X-Amz-Target", "Authorization", "X-Amz-Date")


class _Handler(BaseHTTPRequestHandler):
    """Passes a request on to the service that the path names, of which the bench takes the place."""

    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        headers = {name: self.headers[name] for name in _PASSED_ON if name in self.headers}
        host = self.path.strip("/").split("/")[0]
        answer = requests.post(
            f"https://{host}.us-east-1.amazonaws.com/", data=body, headers=headers, timeout=10
        )
        self.send_response(answer.status_code)
        for name, value in answer.headers.items():
            if name.lower() in ("content-type", "x-amzn-errortype"):
                self.send_header(name, value)
        self.send_header("Content-Length", str(len(answer.content)))
        self.end_headers()
        self.wfile.write(answer.content)

    def log_message(self, *_: object) -> None:
        """Standard error is for what goes wrong."""


@contextmanager
def served() -> Iterator[dict[str, str]]:
    """The environment in which the SDK calls here."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    address = f"http://127.0.0.1:{server.server_port}"
    try:
        yield {f"AWS_ENDPOINT_URL_{name}": f"{address}/{host}" for name, host in _HOSTS.items()}
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def test_an_export_over_the_network_is_a_fleet(tmp_path: Path) -> None:
    out = tmp_path / "fleet.json"
    with bench(FLEET), served() as endpoints:
        done = subprocess.run(
            [
                *(sys.executable, "-m", "rehearsal.cli", "export", "--out", str(out)),
                *("--region", "us-east-1", "--rate", "100000"),
            ],
            env={
                "PATH": os.environ["PATH"],
                "HOME": str(tmp_path),
                "AWS_ACCESS_KEY_ID": "test",
                "AWS_SECRET_ACCESS_KEY": "test",
                **endpoints,
            },
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
    assert done.returncode == 0, done.stderr
    document = json.loads(out.read_text(encoding="utf-8"))
    assert len(parse_fleet(document).workspaces) == SIZE
    assert {row["WorkspaceId"]: row for row in document["Workspaces"]}.keys() == {
        row["WorkspaceId"] for row in FLEET["Workspaces"]
    }
    assert document["Tags"].keys() == {one for one, tags in FLEET["Tags"].items() if tags}
    wanted = {one for row in document["Directories"] for one in row["SubnetIds"]}
    assert {row["SubnetId"] for row in document["Subnets"]} == wanted
    assert len(document["Snapshots"]) == SIZE
    assert installed(document, OF_FINANCE[1]) == ["wsa-office0021"]
