"""A contract's conditions as Polars expressions, with SQL's three-valued logic.

The tree comes checked from `framework.conditions`; only its nodes are translated here.  A
comparison with an empty field is null, and null leaves a rule open.  Division by zero is null.
Arithmetic is in double precision, exact for whole numbers below 2**53.
"""

from __future__ import annotations

import datetime as dt
import functools
import operator
from collections.abc import Callable
from typing import Any

import polars as pl

from zhiheng.framework.conditions import ParsedCondition

_BINARY: dict[str, Callable[[Any, Any], Any]] = {
    "And": operator.and_,
    "Or": operator.or_,
    "EQ": operator.eq,
    "NEQ": operator.ne,
    "GT": operator.gt,
    "GTE": operator.ge,
    "LT": operator.lt,
    "LTE": operator.le,
}
_ARITHMETIC: dict[str, Callable[[Any, Any], Any]] = {
    "Add": operator.add,
    "Sub": operator.sub,
    "Mul": operator.mul,
    "Div": operator.truediv,
}
_INT64 = 2**63


def expression(condition: ParsedCondition) -> pl.Expr:
    """Return a condition as a Boolean expression, null where it is open.

    Parameters
    ----------
    condition : ParsedCondition
    """
    return _of(condition.tree)


def _of(node: Any) -> pl.Expr:
    kind = type(node).__name__
    if kind in _BINARY:
        return _expr(_BINARY[kind](_of(node.this), _of(node.expression)))
    if kind in _ARITHMETIC:
        return _arithmetic(kind, node)
    return _SPECIAL[kind](node)


def _expr(value: Any) -> pl.Expr:
    return value if isinstance(value, pl.Expr) else pl.lit(value)


def _arithmetic(kind: str, node: Any) -> pl.Expr:
    left, right = (_of(side).cast(pl.Float64) for side in (node.this, node.expression))
    if kind == "Div":
        return pl.when(right != 0).then(left / right)
    return _expr(_ARITHMETIC[kind](left, right))


def _literal(node: Any) -> pl.Expr:
    if node.is_string:
        return pl.lit(node.name)
    try:
        whole = int(node.name)
    except ValueError:
        return pl.lit(float(node.name))
    return pl.lit(whole, dtype=pl.Int64) if whole < _INT64 else pl.lit(float(whole))


def _in(node: Any) -> pl.Expr:
    this = _of(node.this)
    return functools.reduce(operator.or_, (this == _of(item) for item in node.expressions))


def _between(node: Any) -> pl.Expr:
    this = _of(node.this)
    return (this >= _of(node.args["low"])) & (this <= _of(node.args["high"]))


_SPECIAL: dict[str, Callable[[Any], pl.Expr]] = {
    "Paren": lambda node: _of(node.this),
    "Not": lambda node: ~_of(node.this),
    "Neg": lambda node: -_of(node.this),
    "Is": lambda node: _of(node.this).is_null(),
    "In": _in,
    "Between": _between,
    "Column": lambda node: pl.col(node.name),
    "Literal": _literal,
    "Boolean": lambda node: pl.lit(bool(node.this)),
    "Null": lambda _: pl.lit(None),
    "Cast": lambda node: pl.lit(dt.date.fromisoformat(node.this.name)),
}
