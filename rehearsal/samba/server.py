"""One running domain controller: started, frozen, stopped."""

from __future__ import annotations

import fcntl
import os
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from rehearsal.samba.certificates import Authority
from rehearsal.samba.database import Database
from rehearsal.samba.template import Template, copy

_LDAPS = 636
_START_SECONDS = 30.0
_BETWEEN_LOOKS_SECONDS = 0.02


class DomainControllerFault(Exception):
    """The domain controller did not start; the message is the end of its log."""


@contextmanager
def claim_address() -> Iterator[str]:
    """An address of this machine's own that no other domain controller has, whoever started it."""
    locks = Path(tempfile.gettempdir()) / "rehearsal-domain-controllers"
    locks.mkdir(exist_ok=True)
    for number in range(1, 250 * 250):
        address = f"127.77.{number // 250 + 1}.{number % 250 + 1}"
        with (locks / address).open("w") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                continue
            yield address
            return
    raise DomainControllerFault("every address of 127.77.0.0/16 is taken")


class DomainController:
    """A copy of a template, with a certificate for its host name and its address.

    Make and start it from the main thread: the process ends with the thread that started it.
    """

    def __init__(self, template: Template, path: Path, address: str, authority: Authority) -> None:
        self.template = template
        self.path = path
        self.address = address
        self.authority = authority
        self.host = f"dc1.{template.domain}"
        self._configuration = copy(template, path, address)
        self.certify()
        self.database = Database(self._configuration, path / "private" / "sam.ldb")
        self._process: subprocess.Popen[bytes] | None = None

    def certify(self, *, expired: bool = False, for_address: bool = True) -> None:
        """Give it a new certificate, which holds from its next start."""
        tls = self.path / "private" / "tls"
        self.authority.issue(tls, self.host, self.address if for_address else None, expired=expired)

    def start(self) -> None:
        """Start it and wait until it takes connections. Raises DomainControllerFault."""
        self._process = subprocess.Popen(
            [
                *("setpriv", "--pdeathsig", "KILL"),
                *("samba", "-F", "--no-process-group", "-M", "single", "-s", str(self._configuration)),
            ],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env={**os.environ, "TDB_NO_FSYNC": "1"},
        )
        until = time.monotonic() + _START_SECONDS
        while not self._answers():
            if self._process.poll() is not None or time.monotonic() > until:
                self.stop()
                raise DomainControllerFault(self._log())
            time.sleep(_BETWEEN_LOOKS_SECONDS)

    def freeze(self) -> None:
        """It keeps its connections and answers nobody: a hung domain controller."""
        self._signal(signal.SIGSTOP)

    def thaw(self) -> None:
        """It goes on where it was."""
        self._signal(signal.SIGCONT)

    def stop(self) -> None:
        """End it at once; its files stay."""
        if self._process is not None:
            self._process.kill()
            self._process.wait(timeout=30)
            self._process = None

    def close(self) -> None:
        """Stop it and let go of its database."""
        self.stop()
        self.database.close()

    def _signal(self, which: signal.Signals) -> None:
        if self._process is None:
            raise DomainControllerFault("it is not running")
        self._process.send_signal(which)

    def _answers(self) -> bool:
        try:
            socket.create_connection((self.address, _LDAPS), timeout=1).close()
        except OSError:
            return False
        return True

    def _log(self) -> str:
        log = self.path / "log" / "log.samba"
        return log.read_text(errors="replace")[-2000:] if log.is_file() else "it left no log"
