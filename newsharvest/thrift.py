"""Thrift's compact protocol as far as the footers of Parquet files need it: a struct's fields, opened no deeper than is asked for.

A field is field number → (type, value): numbers are numbers, booleans stand in their type, a list of structs is the bytes of each,
all else stays the bytes it is. So what nobody looks at is passed on as it came.
Source: https://github.com/apache/thrift/blob/master/doc/specs/thrift-compact-protocol.md
"""

from __future__ import annotations

from collections.abc import Sequence

STOP, TRUE, FALSE, BYTE, I16, I32, I64, DOUBLE, BINARY, LIST, SET, MAP, STRUCT = range(13)
_BOOLEANS, _NUMBERS, _LISTS = (TRUE, FALSE), (I16, I32, I64), (LIST, SET)
_LONG = 15
"""From so many elements on a list's length stands behind its head; a field whose number is further from the last one's, too."""

Value = int | bytes | list[bytes]
Struct = dict[int, tuple[int, Value]]


class ThriftError(ValueError):
    """Bytes that are no value of the types known here."""


def struct(data: bytes) -> Struct:
    """The fields of a struct. ThriftError where the bytes are none, or more.

    >>> struct(bytes.fromhex("150428026162" "00"))
    {1: (5, 2), 3: (8, b'\\x02ab')}
    """
    found: Struct = {}
    try:
        at = name = 0
        while (head := data[at]) != STOP:
            kind, step, at = head & 15, head >> 4, at + 1
            name, at = (name + step, at) if step else _number(data, at)
            value, at = _value(data, at, kind)
            found[name] = (kind, value)
    except IndexError as error:
        raise ThriftError("the bytes end within a struct") from error
    if at + 1 != len(data):
        raise ThriftError(f"{len(data)} bytes for a struct of {at + 1}")
    return found


def _value(data: bytes, at: int, kind: int) -> tuple[Value, int]:
    if kind in _NUMBERS:
        return _number(data, at)
    if kind == LIST and data[at] & 15 == STRUCT:
        return _structs(data, at)
    end = _behind(data, at, kind)
    return data[at:end], end


def _structs(data: bytes, at: int) -> tuple[list[bytes], int]:
    _, size, at = _head(data, at)
    found = []
    for _ in range(size):
        end = _behind_struct(data, at)
        found.append(data[at:end])
        at = end
    return found, at


def _behind(data: bytes, at: int, kind: int) -> int:
    """Where a value that begins at ``at`` ends."""
    if kind in _NUMBERS:
        while data[at] > 0x7F:
            at += 1
        return at + 1
    if kind == STRUCT:
        return _behind_struct(data, at)
    if kind == BINARY:
        size, at = _size(data, at)
        return _within(data, at + size)
    if kind in _LISTS:
        inner, size, at = _head(data, at)
        if inner in _BOOLEANS:
            return _within(data, at + size)
        for _ in range(size):
            at = _behind(data, at, inner)
        return at
    if kind in _BOOLEANS:
        return at
    if kind in {BYTE, DOUBLE}:
        return _within(data, at + (1 if kind == BYTE else 8))
    raise ThriftError(f"a value of type {kind}")


def _behind_struct(data: bytes, at: int) -> int:
    """Where a struct ends: most of a footer's fields are numbers and short texts."""
    while (head := data[at]) != STOP:
        at, kind = at + 1, head & 15
        if head < 1 << 4:  # the field's number follows
            at = _behind(data, at, I16)
        if kind in _NUMBERS:
            while data[at] > 0x7F:
                at += 1
            at += 1
        elif kind == BINARY and data[at] < 0x80:
            at += 1 + data[at]
        elif kind not in _BOOLEANS:
            at = _behind(data, at, kind)
    return at + 1


def _within(data: bytes, at: int) -> int:
    if at > len(data):
        raise IndexError(at)
    return at


def _head(data: bytes, at: int) -> tuple[int, int, int]:
    """Type and number of a list's elements, and where they begin."""
    kind, size = data[at] & 15, data[at] >> 4
    size, at = _size(data, at + 1) if size == _LONG else (size, at + 1)
    return kind, size, at


def _size(data: bytes, at: int) -> tuple[int, int]:
    value = shift = 0
    while (byte := data[at]) > 0x7F:
        value |= (byte & 0x7F) << shift
        shift, at = shift + 7, at + 1
    return value | byte << shift, at + 1


def _number(data: bytes, at: int) -> tuple[int, int]:
    value, at = _size(data, at)
    return (value >> 1) ^ -(value & 1), at


def packed(fields: Struct) -> bytes:
    """The bytes of a struct.

    >>> packed({1: (5, 2), 3: (8, b"\\x02ab")}).hex()
    '15042802616200'
    """
    made = bytearray()
    before = 0
    for name, (kind, value) in fields.items():
        step = name - before
        made += bytes([step << 4 | kind]) if 0 < step <= _LONG else bytes([kind]) + _packed_number(name)
        made += (
            _packed_number(value)
            if isinstance(value, int)
            else value
            if isinstance(value, bytes)
            else _packed_list(value)
        )
        before = name
    return bytes(made) + bytes([STOP])


def _packed_list(structs: Sequence[bytes]) -> bytes:
    count = len(structs)
    head = bytes([count << 4 | STRUCT]) if count < _LONG else bytes([_LONG << 4 | STRUCT]) + _packed_size(count)
    return head + b"".join(structs)


def _packed_number(value: int) -> bytes:
    return _packed_size((value << 1) ^ (value >> 63))


def _packed_size(value: int) -> bytes:
    made = bytearray()
    while value > 0x7F:
        made.append(value & 0x7F | 0x80)
        value >>= 7
    made.append(value)
    return bytes(made)
