"""Distinguished names as their parts (RFC 4514): what is below what is never told by a string's end."""

from __future__ import annotations

import re

Rdn = tuple[tuple[str, str], ...]
"""One step of a name: attribute and value, several where the step has several; all in lower case. No
more is folded: what might be another object is another."""

_ATTRIBUTE = re.compile(r"[A-Za-z][A-Za-z0-9-]*|\d+(\.\d+)*")
_HEX = "0123456789abcdefABCDEF"
_SPECIAL = '"+,;<>=#\\ '


class NoDistinguishedName(ValueError):
    """The text is no distinguished name; the message says where it stops being one."""


def parse_dn(text: str) -> tuple[Rdn, ...]:
    """The steps of a name, from the object up to the domain. Values are unescaped, case is folded.

    Raises NoDistinguishedName.
    """
    steps: list[Rdn] = []
    pairs: list[tuple[str, str]] = []
    position = 0
    while True:
        equals = text.find("=", position)
        attribute = text[position:equals].strip() if equals >= 0 else ""
        if not _ATTRIBUTE.fullmatch(attribute):
            raise NoDistinguishedName(f"no attribute at character {position} of {text!r}")
        value, position = _value(text, equals + 1)
        pairs.append((attribute.lower(), value.lower()))
        separator = text[position : position + 1]
        if separator != "+":
            steps.append(tuple(sorted(pairs)))
            pairs = []
        if not separator:
            return tuple(steps)
        position += 1


def strictly_below(dn: str, unit: str) -> bool:
    """Whether the object `dn` is below `unit`, at any depth, and not `unit` itself.

    Raises NoDistinguishedName for either.
    """
    above = parse_dn(unit)
    steps = parse_dn(dn)
    return len(steps) > len(above) and steps[-len(above) :] == above


def domain_of(dn: str) -> str:
    """The DN of the domain an object is in: its DC steps. Raises NoDistinguishedName where it has none."""
    labels = [pair[1] for step in parse_dn(dn) for pair in step if pair[0] == "dc"]
    if not labels:
        raise NoDistinguishedName(f"{dn!r} names no domain: it has no DC=")
    return ",".join(f"DC={label}" for label in labels)


def _value(text: str, position: int) -> tuple[str, int]:
    """The value that begins at `position`, unescaped, and where it ends."""
    octets = bytearray()
    kept = 0  # what is escaped, or is no space, stays when spaces around the value go
    while position < len(text) and text[position] == " ":
        position += 1
    while position < len(text) and text[position] not in ",+;":
        character = text[position]
        if character == "\\":
            escaped = text[position + 1 : position + 3]
            if len(escaped) == 2 and all(digit in _HEX for digit in escaped):
                octets.append(int(escaped, 16))
                position += 3
            elif escaped and escaped[0] in _SPECIAL:
                octets += escaped[0].encode()
                position += 2
            else:
                raise NoDistinguishedName(f"a stray \\ at character {position} of {text!r}")
            kept = len(octets)
            continue
        octets += character.encode()
        position += 1
        if character != " ":
            kept = len(octets)
    try:
        return bytes(octets[:kept]).decode(), position
    except UnicodeDecodeError:
        raise NoDistinguishedName(f"octets that are no UTF-8 in {text!r}") from None
