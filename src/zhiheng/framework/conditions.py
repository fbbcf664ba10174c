"""The condition language: `verdict = 'conforming' AND n_tested >= 5`.

A small part of SQL: comparisons, AND OR NOT, IN, BETWEEN, IS NULL, arithmetic, the fields of
one contract, numbers, texts in single quotes, true and false.  A condition is parsed, held to
that part and to the contract's fields, types and codes, and only then turned into SQL
(`reduce`) or a Polars expression (`collect`).  As in SQL, a comparison with an empty field is
neither true nor false: such a record is not counted, and does not break a rule.
"""

from __future__ import annotations

import datetime as dt
import difflib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import sqlglot
from sqlglot import TokenType, exp
from sqlglot.errors import SqlglotError

from zhiheng.errors import Problem
from zhiheng.framework.base import Text
from zhiheng.framework.contracts import Contract, FieldSpec
from zhiheng.framework.dimensions import TOTAL

DIALECT = "duckdb"
_LOGIC = (exp.And, exp.Or, exp.Not)
_COMPARE = (exp.EQ, exp.NEQ, exp.GT, exp.GTE, exp.LT, exp.LTE, exp.In, exp.Between, exp.Is)
_ARITHMETIC = (exp.Add, exp.Sub, exp.Mul, exp.Div, exp.Neg)
_LEAVES = (exp.Column, exp.Identifier, exp.Literal, exp.Boolean, exp.Null, exp.Paren)
_ALLOWED = _LOGIC + _COMPARE + _ARITHMETIC + _LEAVES
_KIND = {"string": "text", "integer": "number", "number": "number", "boolean": "boolean", "date": "date"}
_MAX_LENGTH = 2000
_MAX_NESTING = 16  # brackets and prefixes within each other: the parser spends two dozen calls on each
_MAX_DEPTH = 100  # of the tree, which a chain of ANDs makes as deep as it is long
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_OPENING = {TokenType.L_PAREN, TokenType.L_BRACKET, TokenType.L_BRACE}
_CLOSING = {TokenType.R_PAREN, TokenType.R_BRACKET, TokenType.R_BRACE}
_PREFIX = {TokenType.NOT, TokenType.DASH}
_KIND_WORDS = {
    "text": Text(zh="文字", en="text"),
    "number": Text(zh="数", en="a number"),
    "boolean": Text(zh="真假", en="true or false"),
    "date": Text(zh="日期", en="a date"),
    "null": Text(zh="空值", en="an empty value"),
}


@dataclass(frozen=True, slots=True)
class ParsedCondition:
    """A condition that passed every check.

    Attributes
    ----------
    text : str
        As written.
    tree : sqlglot expression
        Only nodes of the language; dates are typed as dates.
    fields : tuple of str
        The fields it reads, in order of appearance.
    """

    text: str
    tree: exp.Expr
    fields: tuple[str, ...]

    def sql(self, dialect: str = DIALECT) -> str:
        """Return the condition in an engine's SQL."""
        return self.tree.sql(dialect=dialect)


def parse(
    text: str, contract: Contract, where: str, codes: Mapping[str, frozenset[str]] | None = None
) -> tuple[ParsedCondition | None, list[Problem]]:
    """Read a condition on a contract's records.

    Parameters
    ----------
    text : str
        The condition.
    contract : Contract
        Whose fields it may name.
    where : str
        How messages call the place.
    codes : mapping of str to frozenset of str, optional
        Code list name -> codes; with it, texts compared with a coded field must be codes.

    Returns
    -------
    condition, problems
        The condition is None when there is an error.
    """
    checker = _Checker(text, contract, where, codes or {})
    tree = checker.parse()
    if tree is not None:
        checker.kind(tree, want="boolean")
    if checker.problems or tree is None:
        return None, checker.problems
    fields = tuple(dict.fromkeys(column.name for column in tree.find_all(exp.Column, bfs=False)))
    return ParsedCondition(text, tree, fields), []


class _Checker:
    """One walk over one condition, collecting every problem."""

    def __init__(
        self, text: str, contract: Contract, where: str, codes: Mapping[str, frozenset[str]]
    ) -> None:
        self.text = text
        self.where = where
        self.codes = codes
        self.contract = contract
        self.fields = {f.name: f for f in contract.fields}
        self.problems: list[Problem] = []

    def fail(self, rule: str, found: str, **args: object) -> str:
        self.problems.append(Problem(where=self.where, rule=rule, found=found, args=args))
        return "unknown"

    def parse(self) -> exp.Expr | None:
        """Return the tree of a text that holds nothing but the language."""
        if len(self.text) > _MAX_LENGTH:
            self.fail("condition_too_long", f"{len(self.text)}", limit=_MAX_LENGTH)
            return None
        try:
            if not self._tokens_allowed():
                return None
            tree = sqlglot.parse_one(self.text, dialect=DIALECT, into=exp.Condition)
        except SqlglotError:
            self.fail("condition_syntax", self.text)
            return None
        except RecursionError:
            self.fail("condition_too_deep", "", limit=_MAX_NESTING)
            return None
        for node, depth in _walk(tree):
            if depth > _MAX_DEPTH:
                self.fail("condition_too_deep", "", limit=_MAX_NESTING)
                return None
            if not isinstance(node, _ALLOWED) or _more_than_said(node):
                self.fail("condition_not_allowed", node.sql(dialect=DIALECT))
                return None
        return tree

    def _tokens_allowed(self) -> bool:
        """Refuse what leaves no trace in the tree, and what is too deep to be made one."""
        nesting = prefixes = 0
        for token in sqlglot.tokenize(self.text, dialect=DIALECT):
            if token.comments or token.token_type == TokenType.SEMICOLON or "\0" in token.text:
                self.fail("condition_not_allowed", "; -- /* */")
                return False
            nesting += (token.token_type in _OPENING) - (token.token_type in _CLOSING)
            prefixes = prefixes + 1 if token.token_type in _PREFIX else 0
            if nesting + prefixes > _MAX_NESTING:
                self.fail("condition_too_deep", "", limit=_MAX_NESTING)
                return False
        return True

    def kind(self, node: exp.Expr, *, want: str) -> str:
        """Check that a part has the wanted kind of value."""
        found = self._kind(node)
        if found not in (want, "unknown"):
            shown = node.sql(dialect=DIALECT)
            return self.fail("condition_type", shown, kind=_KIND_WORDS[found], want=_KIND_WORDS[want])
        return found

    def _kind(self, node: exp.Expr) -> str:
        if isinstance(node, exp.Paren):
            return self._kind(node.this)
        if isinstance(node, exp.Column):
            if node.name not in self.fields:
                close = difflib.get_close_matches(node.name, list(self.fields), n=1)
                return self.fail(
                    "condition_field_unknown",
                    node.name,
                    table=self.contract.contract,
                    close=close[0] if close else ", ".join(self.fields),
                )
            return _KIND[self.fields[node.name].type]
        if isinstance(node, exp.Literal):
            return "text" if node.is_string else "number"
        if isinstance(node, exp.Boolean):
            return "boolean"
        if isinstance(node, exp.Null):
            return "null"
        if isinstance(node, exp.Is):
            self._kind(node.this)
            if not isinstance(node.expression, exp.Null):
                self.fail("condition_not_allowed", node.sql(dialect=DIALECT))
            return "boolean"
        if isinstance(node, exp.Not):
            self.kind(node.this, want="boolean")
            return "boolean"
        if isinstance(node, _LOGIC):
            self.kind(node.this, want="boolean")
            self.kind(node.expression, want="boolean")
            return "boolean"
        if isinstance(node, exp.Neg):
            return self.kind(node.this, want="number")
        if isinstance(node, _ARITHMETIC):
            self.kind(node.this, want="number")
            self.kind(node.expression, want="number")
            return "number"
        return self._comparison(node)

    def _comparison(self, node: exp.Expr) -> str:
        sides = [side.unnest() for side in _sides(node)]
        kinds = [self._kind(side) for side in sides]
        if "date" in kinds:
            for i, side in enumerate(sides):
                if kinds[i] == "text" and isinstance(side, exp.Literal):
                    kinds[i] = self._as_date(side)
        known = {k for k in kinds if k != "unknown"}
        if len(known) > 1 or "null" in known:
            words = [_KIND_WORDS[k] for k in sorted(known)]
            shown = Text(zh="、".join(w.zh for w in words), en=", ".join(w.en for w in words))
            self.fail("condition_compare", node.sql(dialect=DIALECT), kinds=shown)
        self._check_codes(sides)
        return "boolean"

    def _as_date(self, literal: exp.Literal) -> str:
        try:
            well_formed = _DATE.fullmatch(literal.name) and dt.date.fromisoformat(literal.name)
        except ValueError:
            well_formed = None
        if not well_formed:
            return self.fail("condition_date", literal.name)
        literal.replace(exp.cast(literal.copy(), "date"))
        return "date"

    def _check_codes(self, sides: list[exp.Expr]) -> None:
        """Refuse texts that are none of the codes of the field they are compared with."""
        field = next((self.fields.get(s.name) for s in sides if isinstance(s, exp.Column)), None)
        allowed = _allowed(field, self.codes)
        if allowed is None:
            return
        for side in sides:
            if isinstance(side, exp.Literal) and side.is_string and side.name not in allowed:
                close = difflib.get_close_matches(side.name, sorted(allowed), n=1)
                self.fail("condition_code_unknown", side.name, field=field.name if field else "",
                          close=close[0] if close else "-")  # fmt: skip


def _walk(tree: exp.Expr) -> Iterator[tuple[exp.Expr, int]]:
    """Return every node with its depth, without recursion."""
    waiting = [(tree, 1)]
    while waiting:
        node, depth = waiting.pop()
        yield node, depth
        waiting.extend((child, depth + 1) for child in node.iter_expressions())


def _more_than_said(node: exp.Expr) -> bool:
    """Return whether a node of an allowed sort carries something that is not part of the language."""
    if isinstance(node, exp.Column):
        return bool(node.table)
    if isinstance(node, exp.In):
        return bool(node.args.get("query")) or not node.expressions
    return isinstance(node, exp.Between) and node.args.get("symmetric") is not None


def _sides(comparison: exp.Expr) -> list[exp.Expr]:
    if isinstance(comparison, exp.In):
        return [comparison.this, *comparison.expressions]
    if isinstance(comparison, exp.Between):
        return [comparison.this, comparison.args["low"], comparison.args["high"]]
    return [comparison.this, comparison.expression]


def _allowed(field: FieldSpec | None, codes: Mapping[str, frozenset[str]]) -> frozenset[str] | None:
    if field is None:
        return None
    if field.constraints.enum:
        return frozenset(field.constraints.enum)
    if field.codes and field.codes in codes:
        extra = {TOTAL} if field.codes.startswith("dimension:") else set()
        return codes[field.codes] | extra
    return None
