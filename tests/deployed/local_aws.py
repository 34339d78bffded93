"""A local AWS in a process of its own, on a port of its own, with every role enforced: also those that its
own services act with, see tests/deployed/acting.

It speaks TLS, as the stack's bucket and queues demand of whoever calls them.
"""

from __future__ import annotations

import os
import shutil
import socket
import ssl
import subprocess
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import boto3
from botocore.config import Config

from infra.sources import PROJECT
from rehearsal.samba.certificates import Authority
from tests.deployed.preparation import ENVIRONMENT
from tests.deployed.waiting import wait_for

REGION = "us-east-1"
ACCOUNT = "123456789012"
_SECRET = "not-a-secret"


class DidNotStart(Exception):
    """The local AWS ended; the message is the end of its log."""


@dataclass
class LocalAws:
    """Where it is, and clients that are the account's root there."""

    endpoint: str
    log: Path
    certificates: Path
    """Its own, and that of the authority, which is trusted here and by its functions."""
    _clients: dict[str, Any] = field(default_factory=dict)

    def client(self, service: str) -> Any:
        """A boto3 client as root, whom no policy binds."""
        if service not in self._clients:
            self._clients[service] = boto3.session.Session().client(
                service,  # type: ignore[call-overload]
                region_name=REGION,
                endpoint_url=self.endpoint,
                verify=str(self.certificates / "ca.pem"),
                aws_access_key_id=ACCOUNT,
                aws_secret_access_key=_SECRET,
                config=Config(retries={"total_max_attempts": 1}, read_timeout=120),
            )
        return self._clients[service]


@contextmanager
def local_aws(place: Path, *, waits: float = 1.0) -> Iterator[LocalAws]:
    """Running until the context ends, or this process does. Its state machines wait, and wait before they
    try again, by so much of the time they should. Raises DidNotStart."""
    log = place / "local-aws.log"
    certificates = place / "certificates"
    Authority("Local AWS test CA").issue(certificates, "localhost", "127.0.0.1")
    trusting = ssl.create_default_context(cafile=certificates / "ca.pem")
    port = _free_port()
    aws = LocalAws(f"https://127.0.0.1:{port}", log, certificates)
    # With this process it dies, however this process ends; its functions' processes die with it.
    tied = ("setpriv", "--pdeathsig", "KILL") if shutil.which("setpriv") else ()
    with log.open("wb") as output:
        process = subprocess.Popen(
            [
                *(
                    *tied,
                    str(ENVIRONMENT / "bin" / "python"),
                    "-m",
                    "tests.deployed.acting.gateway",
                    "ministack.app:app",
                ),
                # Without workers it is one process, and its end is that of all.
                *("--bind", f"127.0.0.1:{port}", "--keep-alive", "75", "--workers", "0"),
                *("--certfile", str(certificates / "cert.pem"), "--keyfile", str(certificates / "key.pem")),
            ],
            env=_environment(port, place, certificates) | {"SFN_WAIT_SCALE": str(waits)},
            cwd=place,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    try:

        def answers() -> bool:
            if process.poll() is not None:
                raise DidNotStart(log.read_text(errors="replace")[-2000:])
            try:
                address = f"{aws.endpoint}/_ministack/health"
                with urllib.request.urlopen(address, timeout=5, context=trusting):  # noqa: S310
                    return True
            except OSError:
                return False

        wait_for("the local AWS answers", answers)
        yield aws
    finally:
        # Nothing of it is worth a farewell: it would wait for connections that we keep.
        process.kill()
        process.wait()


def _environment(port: int, place: Path, certificates: Path) -> dict[str, str]:
    """Nothing of ours gets in: the functions inherit it."""
    return {
        "PATH": os.defpath,
        "LANG": "C.UTF-8",
        "PYTHONPATH": str(PROJECT),
        "TMPDIR": str(place),
        "STATE_DIR": str(place / "state"),
        "GATEWAY_PORT": str(port),
        "USE_SSL": "1",
        "MINISTACK_SSL_CERT": str(certificates / "cert.pem"),
        "MINISTACK_SSL_KEY": str(certificates / "key.pem"),
        "AWS_CA_BUNDLE": str(certificates / "ca.pem"),
        "MINISTACK_REGION": REGION,
        "AWS_ACCESS_KEY_ID": ACCOUNT,
        "AWS_SECRET_ACCESS_KEY": _SECRET,
        "AUTH": "true",
        "SFTP_ENABLED": "0",
    }


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
