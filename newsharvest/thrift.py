"""Thrift's compact protocol as far as the footers of Parquet files use it: read into plain values and written again.

What is read is written byte for byte as it was, whatever its fields mean: a struct is field number → (type, value).
Source: https://github.com/apache/thrift/blob/master/doc/specs/thrift-compact-protocol.md
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

STOP, TRUE, FALSE, BYTE, I16, I32, I64, DOUBLE, BINARY, LIST, SET, _, STRUCT = range(13)
_BOOLEANS, _NUMBERS, _LISTS = frozenset({TRUE, FALSE}), frozenset({I16, I32, I64}), frozenset({LIST, SET})
_FIXED = {BYTE: 1, DOUBLE: 8}
_LONG = 15
"""From so many elements on a list's length stands behind its head; a field whose number is further from the last one's, too."""

Struct = dict[int, tuple[int, Any]]


class ThriftError(ValueError):
    """Bytes that are no struct of the types known here."""


def parsed(data: bytes) -> Struct:
    """A struct from its bytes. ThriftError where they are none.

    >>> parsed(bytes.fromhex("150428026162" "00"))
    {1: (5, 2), 3: (8, b'ab')}
    """
    reader = _Reader(data)
    try:
        found = reader.struct()
    except IndexError as error:
        raise ThriftError("the bytes end within a struct") from error
    if reader.at != len(data):
        raise ThriftError(f"{len(data) - reader.at} bytes behind the struct")
    return found


@dataclass(slots=True)
class _Reader:
    data: bytes
    at: int = 0

    def take(self, size: int) -> bytes:
        self.at += size
        if self.at > len(self.data):
            raise IndexError(self.at)
        return self.data[self.at - size : self.at]

    def byte(self) -> int:
        self.at += 1
        return self.data[self.at - 1]

    def size(self) -> int:
        value = shift = 0
        while (byte := self.byte()) > 0x7F:
            value |= (byte & 0x7F) << shift
            shift += 7
        return value | byte << shift

    def number(self) -> int:
        value = self.size()
        return (value >> 1) ^ -(value & 1)

    def value(self, kind: int) -> Any:  # noqa: ANN401 - of whatever type stands there
        if kind in _NUMBERS:
            return self.number()
        if kind == BINARY:
            return self.take(self.size())
        if kind == STRUCT:
            return self.struct()
        if kind in _LISTS:
            return self.list()
        if kind in _FIXED:
            return self.take(_FIXED[kind])
        raise ThriftError(f"a value of type {kind}")

    def list(self) -> tuple[int, list[Any]]:
        head = self.byte()
        kind, size = head & 15, head >> 4
        size = self.size() if size == _LONG else size
        return kind, list(self.take(size)) if kind in _BOOLEANS else [self.value(kind) for _ in range(size)]

    def struct(self) -> Struct:
        found: Struct = {}
        name = 0
        while (head := self.byte()) != STOP:
            kind, step = head & 15, head >> 4
            name = name + step if step else self.number()
            found[name] = (kind, kind == TRUE if kind in _BOOLEANS else self.value(kind))
        return found


def packed(struct: Struct) -> bytes:
    """The bytes of a struct.

    >>> packed({1: (5, 2), 3: (8, b"ab")}).hex()
    '15042802616200'
    """
    made = bytearray()
    before = 0
    for name, (kind, value) in struct.items():
        step = name - before
        made += bytes([step << 4 | kind]) if 0 < step <= _LONG else bytes([kind]) + _number(name)
        made += b"" if kind in _BOOLEANS else _value(kind, value)
        before = name
    return bytes(made) + bytes([STOP])


def _value(kind: int, value: Any) -> bytes:  # noqa: ANN401 - of whatever type stands there
    if kind in _NUMBERS:
        return _number(value)
    if kind == BINARY:
        return _size(len(value)) + bytes(value)
    if kind == STRUCT:
        return packed(value)
    return _list(*value) if kind in _LISTS else bytes(value)


def _list(kind: int, values: list[Any]) -> bytes:
    head = bytes([len(values) << 4 | kind]) if len(values) < _LONG else bytes([_LONG << 4 | kind]) + _size(len(values))
    return head + (bytes(values) if kind in _BOOLEANS else b"".join(_value(kind, value) for value in values))


def _number(value: int) -> bytes:
    return _size((value << 1) ^ (value >> 63))


def _size(value: int) -> bytes:
    made = bytearray()
    while value > 0x7F:
        made.append(value & 0x7F | 0x80)
        value >>= 7
    made.append(value)
    return bytes(made)
