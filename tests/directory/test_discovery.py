"""Domain controllers found by the domain's own DNS: real questions to a small server of ours."""

from __future__ import annotations

import socketserver
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import dns.message
import dns.rcode
import dns.rrset
import pytest

from migrator.adapters.directory import DirectoryUnavailable
from migrator.adapters.dns_discovery import domain_controllers
from rehearsal.samba import DomainController
from tests.directory.clean_up_bench import clean_up_bench
from tests.directory.plants import Plant, SambaGarden

SRV = "_ldap._tcp.dc._msdcs.corp.example.com."
Zone = Mapping[tuple[str, str], list[str]]


@contextmanager
def dns_server(zone: Zone, address: str = "127.0.0.1", port: int = 0) -> Iterator[int]:
    """Answers from the zone over UDP; the port it listens on."""

    class Answering(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            octets, socket = self.request
            query = dns.message.from_wire(octets)
            response = dns.message.make_response(query)
            [question] = query.question
            kind = "SRV" if question.rdtype == 33 else "A"
            values = zone.get((question.name.to_text().lower(), kind))
            if values is None:
                response.set_rcode(dns.rcode.NXDOMAIN)
            else:
                response.answer.append(dns.rrset.from_text_list(question.name, 60, "IN", kind, values))
            socket.sendto(response.to_wire(), self.client_address)

    with socketserver.ThreadingUDPServer((address, port), Answering) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield server.server_address[1]
        finally:
            server.shutdown()
            thread.join()


def found(zone: Zone) -> list[tuple[str, str]]:
    with dns_server(zone) as port:
        endpoints = domain_controllers("corp.example.com", ["127.0.0.1"], seconds=2, port=port)
    return [(one.host, one.address) for one in endpoints]


def test_preferred_ones_come_first_and_each_has_its_address() -> None:
    zone = {
        (SRV, "SRV"): [
            "10 100 389 dc3.corp.example.com.",
            "0 10 389 dc2.corp.example.com.",
            "0 100 389 dc1.corp.example.com.",
            "0 100 389 silent.corp.example.com.",
        ],
        ("dc1.corp.example.com.", "A"): ["10.0.0.1"],
        ("dc2.corp.example.com.", "A"): ["10.0.0.2"],
        ("dc3.corp.example.com.", "A"): ["10.0.0.3"],
    }
    assert found(zone) == [
        ("dc1.corp.example.com", "10.0.0.1"),
        ("dc2.corp.example.com", "10.0.0.2"),
        ("dc3.corp.example.com", "10.0.0.3"),
    ]


@pytest.mark.parametrize("host", ["evil.example.org.", "corp.example.com.evil.org.", "notcorp.example.com."])
def test_a_host_outside_the_domain_is_never_dialled(host: str) -> None:
    zone = {(SRV, "SRV"): [f"0 100 389 {host}"], (host, "A"): ["10.0.0.9"]}
    with pytest.raises(DirectoryUnavailable, match=r"none of the domain controllers .* is in corp"):
        found(zone)


def test_a_domain_that_dns_does_not_know_is_named() -> None:
    with pytest.raises(DirectoryUnavailable, match="name no domain controller"):
        found({})


def test_the_name_is_verified_and_the_address_dialled(controller: DomainController, tmp_path: Path) -> None:
    """The certificate bears the name alone."""
    controller.stop()
    controller.certify(for_address=False)
    controller.start()
    guid = SambaGarden(controller).plant(Plant("D-1"))
    zone = {
        (SRV, "SRV"): [f"0 100 389 {controller.host}."],
        (f"{controller.host}.", "A"): [controller.address],
    }
    with (
        dns_server(zone, controller.address, 53),
        clean_up_bench(controller, tmp_path, endpoints=None, dnsServers=[controller.address]) as bench,
    ):
        bench.open_run("run-1")
        bench.failed("run-1", "D-1")
        assert bench.run("run-1")["D-1"]["result"] == "deleted"
    assert not SambaGarden(controller).exists(guid)
