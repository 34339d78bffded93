"""JSON files that people write: read strictly, for what a parser forgives is what nobody meant.

Of a key that is there twice Python takes the last one, NaN and Infinity for numbers, and half of a surrogate
pair for a letter. RFC 8259 leaves the first open and knows none of the others.
"""

from __future__ import annotations

import codecs
import json
import math
import re
from typing import Any

_OTHER_ENCODINGS = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE, codecs.BOM_UTF32_BE)
_MOST_DIGITS = 40
"""More than any number of anybody's has, and less than Python takes long for."""
_HALF_A_PAIR = re.compile(r"[\ud800-\udfff]")


class NoDocument(ValueError):
    """The file is none; the message says why, and what to do about it."""


def document_from(content: bytes) -> Any:
    """The document in a file's content; a byte order mark of UTF-8 is none of it. Raises NoDocument."""
    if content.startswith(_OTHER_ENCODINGS) or b"\0" in content[:4]:
        raise NoDocument("it is UTF-16 or UTF-32; save it as UTF-8")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as fault:
        line = content.count(b"\n", 0, fault.start) + 1
        raise NoDocument(f"line {line} is not UTF-8; save the file as UTF-8") from None
    try:
        return json.loads(
            text,
            object_pairs_hook=_object,
            parse_constant=_no_number,
            parse_float=_float,
            parse_int=_int,
            strict=True,
        )
    except NoDocument:
        raise
    except json.JSONDecodeError as fault:
        raise NoDocument(f"{fault}; correct it there") from None
    except RecursionError:
        raise NoDocument("it is nested too deeply; nothing that is asked for here is") from None


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        keys = [key for key, _ in pairs]
        twice = next(key for key in keys if keys.count(key) > 1)
        raise NoDocument(f"{_shown(twice)} is there twice in one object; keep the one that is meant")
    for key, value in pairs:
        if _HALF_A_PAIR.search(key) or (type(value) is str and _HALF_A_PAIR.search(value)):
            raise NoDocument(f"{_shown(key)} has half of a surrogate pair; write the character itself")
    return found


def _no_number(text: str) -> Any:
    raise NoDocument(f"{text} is no number of JSON; give a number")


def _float(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise NoDocument(f"{text[:_MOST_DIGITS]} is beyond every number; give a smaller one")
    return number


def _int(text: str) -> int:
    if len(text) > _MOST_DIGITS:
        raise NoDocument(f"a number has {len(text)} digits, {text[:8]}...; give a smaller one")
    return int(text)


def _shown(key: str) -> str:
    return ascii(key if len(key) <= 60 else f"{key[:57]}...")
