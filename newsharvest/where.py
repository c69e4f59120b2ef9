"""A small language of conditions on columns: comparisons, ``in``, ``is None``, ``and``, ``or``, ``not``, parentheses.

    outlet_id == 'demo_haeram' and fetched_at >= '2026-01-01'
    stn_id in [90, 108] and temperature_c < -10 or 'no_body' in flags
    '태풍' in title and modified_at > published_at and not subtitle is None

It is read by Python's own grammar and nothing of it is ever executed: what is not listed here is refused. Times and dates
are written as text, of Korea where they state no zone. A missing value fulfils no comparison but ``!=`` and ``not in``.
"""

from __future__ import annotations

import ast
import difflib
import operator
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.dataset as ds

from newsharvest.errors import RefusedError
from newsharvest.load import moment

Types = Mapping[str, pa.DataType]
_BETWEEN = "\n"


class WhereError(RefusedError):
    """A condition that cannot be understood, told in one line."""


@dataclass(frozen=True, slots=True)
class Where:
    """A condition that was read, and the columns it names."""

    text: str
    tree: ast.expr
    columns: frozenset[str]


def parsed(text: str) -> Where:
    """Read a condition. WhereError with the place for what is no condition.

    >>> sorted(parsed("outlet_id == 'x' and fetched_at >= '2026-01-01'").columns)
    ['fetched_at', 'outlet_id']
    """
    try:
        tree = ast.parse(text.strip(), mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        place = f" at character {error.offset}" if isinstance(error, SyntaxError) and error.offset else ""
        raise WhereError(
            f"cannot read {text!r}{place}: write for example outlet_id == 'x' and stn_id in [90]"
        ) from error
    return Where(text, tree, frozenset(node.id for node in ast.walk(tree) if isinstance(node, ast.Name)))


def check_columns(where: Where, known: Mapping[str, Types]) -> list[str]:
    """The datasets that have all columns of a condition; WhereError with near matches where none has."""
    found = [name for name, types in known.items() if where.columns <= types.keys()]
    if found and where.columns:
        return found
    every = sorted({column for types in known.values() for column in types})
    for column in sorted(where.columns - set(every)):
        near = difflib.get_close_matches(column, every, n=3)
        hint = f"; did you mean {' or '.join(near)}?" if near else f"; there are {', '.join(every)}"
        raise WhereError(f"no column {column!r} in {', '.join(known)}{hint}")
    places = [f"{c} is in {', '.join(n for n, t in known.items() if c in t)}" for c in sorted(where.columns)]
    raise WhereError("; ".join(places) + ": no dataset has them all" if places else "the condition names no column")


def expression(where: Where, types: Types) -> ds.Expression:
    """A condition as an Arrow expression over columns of these types. WhereError for a value that fits no column."""
    try:
        return _of(where.tree, types, negated=False)
    except RecursionError as error:
        raise WhereError("the condition is nested too deeply") from error


def _of(node: ast.expr, types: Types, *, negated: bool) -> ds.Expression:
    """``not`` is carried inwards, so that what is missing stays out on both sides and files are still pruned."""
    match node:
        case ast.BoolOp(op=op, values=values):
            parts = [_of(value, types, negated=negated) for value in values]
            every = isinstance(op, ast.And) is not negated
            return _joined(operator.and_ if every else operator.or_, parts)
        case ast.UnaryOp(op=ast.Not(), operand=operand):
            return _of(operand, types, negated=not negated)
        case ast.Compare():
            pairs = [_compared(*triple, types, negated=negated) for triple in _triples(node)]
            return _joined(operator.or_ if negated else operator.and_, pairs)
        case ast.Name(id=column) if types.get(column) == pa.bool_():
            return _missing(ds.field(column) == (not negated), column, holds=negated)
    raise WhereError(
        f"{ast.unparse(node)!r} is no condition: compare a column with ==, !=, <, <=, >, >=, in or is None"
    )


def _joined(how: Callable[[ds.Expression, ds.Expression], ds.Expression], parts: list[ds.Expression]) -> ds.Expression:
    total = parts[0]
    for part in parts[1:]:
        total = how(total, part)
    return total


def _triples(node: ast.Compare) -> Iterator[tuple[ast.expr, ast.cmpop, ast.expr]]:
    """``a < b < c`` is ``a < b`` and ``b < c``."""
    sides = [node.left, *node.comparators]
    yield from zip(sides, node.ops, sides[1:], strict=False)


_Compare = Callable[[Any, Any], Any]
# What a comparison is, what it is turned round, and what it is not.
_MIRRORED: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Lt: ast.Gt, ast.LtE: ast.GtE, ast.Gt: ast.Lt, ast.GtE: ast.LtE, ast.Eq: ast.Eq, ast.NotEq: ast.NotEq,
}  # fmt: skip
_OPPOSITE: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Lt: ast.GtE, ast.LtE: ast.Gt, ast.Gt: ast.LtE, ast.GtE: ast.Lt, ast.Eq: ast.NotEq, ast.NotEq: ast.Eq,
    ast.In: ast.NotIn, ast.NotIn: ast.In, ast.Is: ast.IsNot, ast.IsNot: ast.Is,
}  # fmt: skip
_OPERATORS: dict[type[ast.cmpop], _Compare] = {
    ast.Lt: operator.lt, ast.LtE: operator.le, ast.Gt: operator.gt, ast.GtE: operator.ge, ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
}  # fmt: skip
_POSITIVE_ON_NULL = (ast.NotEq, ast.NotIn)


def _compared(left: ast.expr, op: ast.cmpop, right: ast.expr, types: Types, *, negated: bool) -> ds.Expression:
    kind = _OPPOSITE[type(op)] if negated else type(op)
    on_null = isinstance(op, _POSITIVE_ON_NULL) is not negated
    if isinstance(right, ast.Name) and not isinstance(left, ast.Name):
        if kind in {ast.In, ast.NotIn}:
            return _held(_value(left), right.id, types, kind, on_null=on_null)
        if kind not in _MIRRORED:
            raise WhereError(f"{ast.unparse(left)!r}: write the column first")
        left, kind, right = right, _MIRRORED[kind], left
    if not isinstance(left, ast.Name):
        raise WhereError(f"{ast.unparse(left)!r} is no column")
    column = left.id
    if isinstance(right, ast.Constant) and right.value is None:
        return _null(column, kind)
    found = _plain(column, kind, right, types)
    return _missing(found, column, holds=on_null)


def _plain(column: str, kind: type[ast.cmpop], right: ast.expr, types: Types) -> ds.Expression:
    """A comparison whose result is null for a missing value."""
    field = ds.field(column)
    if kind in {ast.In, ast.NotIn}:
        if not isinstance(right, ast.List | ast.Tuple | ast.Set):
            raise WhereError(f"{column} in {ast.unparse(right)}: write a list of values in brackets")
        values = pa.array([_fitted(_value(entry), column, types) for entry in right.elts], types[column])
        found = field.isin(values)
        return ~found if kind is ast.NotIn else found
    if kind not in _OPERATORS:
        raise WhereError(f"{column} is {ast.unparse(right)}: `is` is for None alone")
    if isinstance(right, ast.Name):
        if types[right.id] != types[column]:
            raise WhereError(f"{column} holds {types[column]}, {right.id} holds {types[right.id]}")
        return _OPERATORS[kind](field, ds.field(right.id))
    return _OPERATORS[kind](field, pa.scalar(_fitted(_value(right), column, types), types[column]))


def _missing(found: ds.Expression, column: str, *, holds: bool) -> ds.Expression:
    """A comparison that is never null: for a missing value it holds, or does not."""
    return found | ds.field(column).is_null() if holds else found & ds.field(column).is_valid()


def _null(column: str, kind: type[ast.cmpop]) -> ds.Expression:
    if kind in {ast.Is, ast.Eq}:
        return ds.field(column).is_null()
    if kind in {ast.IsNot, ast.NotEq}:
        return ds.field(column).is_valid()
    raise WhereError(f"{column}: None is neither greater nor less: write {column} is None")


def _held(value: object, column: str, types: Types, kind: type[ast.cmpop], *, on_null: bool) -> ds.Expression:
    """``'태풍' in title``: the text is part of it; ``'no_body' in flags``: it is one of the list's."""
    if not isinstance(value, str):
        raise WhereError(f"{value!r} in {column}: only text is looked for in a column")
    if types[column] == pa.string():
        found = pc.match_substring(ds.field(column), value)
    elif pa.types.is_list(types[column]) and types[column].value_type == pa.string():
        edge = pc.scalar(_BETWEEN)
        joined = pc.binary_join(ds.field(column), edge)
        whole = pc.binary_join_element_wise(edge, joined, edge, pc.scalar(""))
        found = pc.match_substring(whole, f"{_BETWEEN}{value}{_BETWEEN}")
    else:
        raise WhereError(f"{value!r} in {column}: {column} holds {types[column]}, neither text nor a list of texts")
    return _missing(~found if kind is ast.NotIn else found, column, holds=on_null)


def _value(node: ast.expr) -> object:
    """A literal; a number may have a sign."""
    match node:
        case ast.Constant(value=bool() | int() | float() | str() as value):
            return value
        case ast.UnaryOp(op=ast.USub(), operand=ast.Constant(value=int() | float() as number)):
            return -number
    raise WhereError(f"{ast.unparse(node)!r} is no value: write a number, a text in quotes, True or False")


def _fitted(value: object, column: str, types: Types) -> object:
    """A literal as a value of the column's type."""
    kind = types[column]
    if isinstance(value, str) and (pa.types.is_timestamp(kind) or pa.types.is_date(kind)):
        at = _moment(value, column)
        return at.date() if pa.types.is_date(kind) else at
    fits = (
        (pa.types.is_string(kind) and isinstance(value, str))
        or (pa.types.is_boolean(kind) and isinstance(value, bool))
        or (pa.types.is_integer(kind) and isinstance(value, int) and not isinstance(value, bool))
        or (pa.types.is_floating(kind) and isinstance(value, int | float) and not isinstance(value, bool))
    )
    if not fits:
        raise WhereError(f"{column} holds {kind}, which {value!r} is not")
    return float(str(value)) if pa.types.is_floating(kind) else value


def _moment(text: str, column: str) -> datetime:
    try:
        return moment(text)
    except ValueError as error:
        raise WhereError(f"{column}: {text!r} is no time: write '2026-01-01' or '2026-01-01T09:00'") from error
