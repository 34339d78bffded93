"""The text of expressions as tokens, and what conditions and updates have in common: paths and values."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache

from moto.dynamodb.parsing.reserved_keywords import ReservedKeywords

from rehearsal.dynamodb.paths import Path, found
from rehearsal.dynamodb.values import Item, Value

_TOKEN = re.compile(
    r"\s*(?:(?P<name>[A-Za-z_][A-Za-z0-9_]*)|(?P<alias>#[A-Za-z0-9_]+)|(?P<value>:[A-Za-z0-9_]+)"
    r"|(?P<number>\d+)|(?P<sign><>|<=|>=|[=<>(),.\[\]+-]))"
)


class ExpressionFault(Exception):
    """What is wrong with an expression, as the message of a ValidationException ends."""


@dataclass(frozen=True, slots=True)
class Given:
    """What an expression is evaluated with."""

    names: Mapping[str, str]
    values: Mapping[str, Value]


Operand = Callable[[Item, Given], Value | None]
PathOf = Callable[[Given], Path]


@cache
def _reserved() -> frozenset[str]:
    return frozenset(ReservedKeywords.get_reserved_keywords())


@dataclass
class Reader:
    """The tokens of one expression, from left to right, and which placeholders it used."""

    text: str
    names: set[str] = field(default_factory=set)
    values: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        self._tokens: list[tuple[str, str]] = []
        self._at = 0
        place, text = 0, self.text.rstrip()
        if not text:
            raise ExpressionFault("The expression can not be empty;")
        while place < len(text):
            match = _TOKEN.match(text, place)
            if match is None or match.lastgroup is None:
                raise ExpressionFault(f'Syntax error; token: "{text[place:].strip()[:1]}"')
            self._tokens.append((match.lastgroup, match[match.lastgroup]))
            place = match.end()

    @property
    def done(self) -> bool:
        return self._at >= len(self._tokens)

    def peek(self, ahead: int = 0) -> tuple[str, str]:
        """The next token's kind and text; two empty texts at the end."""
        index = self._at + ahead
        return self._tokens[index] if index < len(self._tokens) else ("", "")

    def next(self) -> tuple[str, str]:
        token = self.peek()
        self._at += 1
        return token

    def keyword(self, *words: str) -> bool:
        """Takes the next token if it is one of these words, in any case."""
        kind, text = self.peek()
        if kind == "name" and text.upper() in words:
            self._at += 1
            return True
        return False

    def sign(self, *signs: str) -> str | None:
        """Takes the next token if it is one of these signs."""
        kind, text = self.peek()
        if kind == "sign" and text in signs:
            self._at += 1
            return text
        return None

    def expect(self, sign: str) -> None:
        if not self.sign(sign):
            raise self.fault()

    def fault(self) -> ExpressionFault:
        """Nothing fits here."""
        return ExpressionFault(f'Syntax error; token: "{self.peek()[1] or "<EOF>"}"')

    def called(self) -> str | None:
        """The function that is called next, its parenthesis taken too."""
        kind, text = self.peek()
        if kind == "name" and self.peek(1) == ("sign", "("):
            self._at += 2
            return text
        return None

    def path(self) -> PathOf:
        """A document path. Raises ExpressionFault for a reserved word."""
        steps: list[tuple[bool, str | int]] = [self._name()]
        while True:
            if self.sign("."):
                steps.append(self._name())
            elif self.sign("["):
                kind, text = self.next()
                if kind != "number":
                    raise self.fault()
                self.expect("]")
                steps.append((False, int(text)))
            else:
                break
        if not any(alias for alias, _ in steps):
            fixed: Path = tuple(step for _, step in steps)
            return lambda _: fixed
        return lambda given: tuple(
            given.names[step] if alias and isinstance(step, str) else step for alias, step in steps
        )

    def _name(self) -> tuple[bool, str | int]:
        kind, text = self.next()
        if kind == "alias":
            self.names.add(text)
            return True, text
        if kind != "name":
            self._at -= 1
            raise self.fault()
        if text.upper() in _reserved():
            raise ExpressionFault(f"Attribute name is a reserved keyword; reserved keyword: {text}")
        return False, text

    def value(self) -> Operand:
        """A value's placeholder."""
        kind, text = self.next()
        if kind != "value":
            self._at -= 1
            raise self.fault()
        self.values.add(text)
        return lambda _, given: given.values[text]

    def path_or_value(self) -> Operand:
        if self.peek()[0] == "value":
            return self.value()
        return at(self.path())


def at(path: PathOf) -> Operand:
    """The operand that is at a path of the item."""
    return lambda item, given: found(item, path(given))
