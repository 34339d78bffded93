"""The directories of a stage in cdk.json, checked before anything is synthesized."""

from __future__ import annotations

import json
import re
import ssl
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from pydantic import ValidationError

from migrator.domain.directory_access import DirectoryAccess
from migrator.domain.input_faults import faults_of


@dataclass(frozen=True)
class Directory:
    """A directory whose computer objects the stage may clean up."""

    directory_id: str
    access: DirectoryAccess


def load_directories(value: object, path: str, faults: list[str]) -> tuple[Directory, ...]:
    """The directories of a stage; whatever is wrong is added to `faults`, each with its path."""
    if not isinstance(value, Mapping):
        faults.append(f"{path}: must be an object, from a directory's id to how it is reached")
        return ()
    loaded: list[Directory] = []
    for directory_id, given in value.items():
        where = f"{path}.{directory_id}"
        if not re.fullmatch(r"(d|wsd)-[0-9a-z]{8,63}", directory_id):
            faults.append(f"{where}: a directory's id is such as d-9067b2d8e5")
        try:
            access = DirectoryAccess.model_validate_json(json.dumps(given))
        except ValidationError as error:
            faults += [f"{where}{fault.removeprefix('$')}" for fault in faults_of(error, DirectoryAccess)]
            continue
        faults += [f"{where}{fault}" for fault in _deep_faults(access)]
        loaded.append(Directory(directory_id, access))
    networks = {_network(directory) for directory in loaded}
    if len(networks) > 1:
        faults.append(
            f"{path}: one function reaches all directories of a stage: give each the same subnetIds and "
            "securityGroupIds, or deploy a stage for each network"
        )
    return tuple(loaded)


def subnets_and_groups(directories: Sequence[Directory]) -> tuple[list[str], list[str]]:
    """Where the function has its network interfaces: subnets and security groups."""
    subnets, groups = _network(directories[0])
    return list(subnets), list(groups)


def directories_file(directories: Sequence[Directory]) -> str:
    """What the function reads. No secret is in it."""
    document = {
        one.directory_id: one.access.model_dump(mode="json", by_alias=True, exclude_none=True)
        for one in directories
    }
    return json.dumps(document, indent=1, sort_keys=True)


def _network(directory: Directory) -> tuple[tuple[str, ...], tuple[str, ...]]:
    access = directory.access
    return tuple(sorted(access.subnet_ids)), tuple(sorted(access.security_group_ids))


def _deep_faults(access: DirectoryAccess) -> Iterator[str]:
    """What is of the right form and of no use all the same."""
    try:
        ssl.create_default_context(cadata=access.ca_certificate)
    except (ssl.SSLError, ValueError) as fault:
        yield f".caCertificate: is no certificate: {fault}"
