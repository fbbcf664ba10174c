"""The specification of an index: a tree and steps, the same from YAML and from Python."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from functools import cached_property
from pathlib import Path
from typing import Any, Literal

import numpy as np
from pydantic import Field, ValidationError, field_validator, model_validator

from zhiheng.errors import Problem, ZhihengError
from zhiheng.framework import mistakes, yamlfile
from zhiheng.framework.base import Assumable, Code, Model, RuleError, Text
from zhiheng.index import options
from zhiheng.index.tree import Tree


class Origin(Model):
    """Where a weight or a bound is from: a document, or an assumption with its reason."""

    status: Literal["official", "assumed"] | None = Field(
        default=None,
        description="`official` 或 `assumed`；自己研究用时可不写 · May be left out in one's own study.",
    )
    reference: str | None = Field(
        default=None, description="发布机关、文号、页 · Issuing body, document, page."
    )
    reason: Text | None = Field(default=None, description="为什么这样假定 · Why this was assumed.")

    @model_validator(mode="after")
    def _says_where_from(self) -> Origin:
        if self.status is not None:
            Assumable(status=self.status, reference=self.reference, reason=self.reason)
        return self


class Goalposts(Origin):
    """The fixed raw values between which an indicator is normalised."""

    lower: float = Field(description="下界，原单位 · Lower bound in the raw unit.")
    upper: float = Field(description="上界，原单位 · Upper bound in the raw unit.")

    @model_validator(mode="after")
    def _in_order(self) -> Goalposts:
        if not self.lower < self.upper:
            raise RuleError(rule="index_goalposts_order", found=f"{self.lower:g}, {self.upper:g}")
        return self


class Node(Origin):
    """An indicator, or a node with the parts below it."""

    code: Code = Field(description="代码；指标的代码即数据的列名 · For an indicator, the data's column.")
    name: str | Text | None = Field(default=None, description="名称 · Name.")
    importance_weight: float | None = Field(
        default=None,
        gt=0,
        description="在同级中的权重；同级都不写则相等"
        " · Weight among its siblings; if none has one they are equal.",
    )
    parts: list[Node] = Field(
        default_factory=list, description="下级；指标没有 · What it is made of; an indicator has none."
    )
    level: Code | None = Field(default=None, description="层级；不写则按深度 · Level; by depth if left out.")
    direction: int | None = Field(
        default=None,
        description="指标：1 越大越好（默认），-1 越小越好"
        " · Indicator: 1 more is better (default), -1 less is.",
    )
    denominator: str | None = Field(
        default=None, description="指标：分母所在的列 · Indicator: its denominator's column."
    )
    target: float | None = Field(default=None, description="指标：目标值 · Indicator: its target.")
    goalposts: Goalposts | None = Field(
        default=None, description="指标：固定上下界 · Indicator: fixed bounds."
    )
    unit_measure: str | None = Field(default=None, description="指标：计量单位 · Indicator: its unit.")

    @field_validator("direction")
    @classmethod
    def _one_or_minus_one(cls, value: int | None) -> int | None:
        if value not in (None, 1, -1):
            raise RuleError(rule="yaml_choice", found=str(value), expected="1, -1")
        return value

    @model_validator(mode="after")
    def _fits_its_kind(self) -> Node:
        if not self.parts:
            return self
        for name in ("direction", "denominator", "target", "goalposts", "unit_measure"):
            if getattr(self, name) is not None:
                raise RuleError(rule="index_only_indicators", found=name, node=self.code)
        weighted = [part.importance_weight is not None for part in self.parts]
        if any(weighted) and not all(weighted):
            lacking = [p.code for p in self.parts if p.importance_weight is None]
            raise RuleError(rule="index_some_weights", found=", ".join(lacking), node=self.code)
        return self

    def walk(self) -> Iterator[Node]:
        """Give this node and all under it, parents first."""
        yield self
        for part in self.parts:
            yield from part.walk()

    @property
    def is_indicator(self) -> bool:
        """Whether nothing is below."""
        return not self.parts


class Step(Model):
    """One step: exactly one of these."""

    denominate: options.Denominate | None = Field(
        default=None, description="除以分母 · Divide by denominators."
    )
    screen: options.Screen | None = Field(default=None, description="去掉数据太少的单位 · Leave out units.")
    impute: options.Impute | None = Field(default=None, description="补缺 · Fill gaps.")
    treat: options.Treat | None = Field(default=None, description="处理离群值 · Treat outliers.")
    normalise: options.Normalise | None = Field(default=None, description="归一 · Normalise.")
    weight: options.Weight | None = Field(default=None, description="定权重 · Find weights.")
    aggregate: options.Aggregate | None = Field(default=None, description="合成 · Aggregate.")

    @model_validator(mode="after")
    def _exactly_one(self) -> Step:
        given = [name for name in type(self).model_fields if getattr(self, name) is not None]
        if len(given) != 1:
            known = ", ".join(type(self).model_fields)
            raise RuleError(rule="index_one_step", found=", ".join(given) or "-", known=known)
        return self

    @property
    def kind(self) -> str:
        """The step's name."""
        return next(name for name in type(self).model_fields if getattr(self, name) is not None)

    @property
    def body(self) -> options.Options:
        """What the step says."""
        return getattr(self, self.kind)  # type: ignore[no-any-return]


class Index(Model):
    """A composite index: what it is made of, and how.

    Build it from YAML with `from_yaml`, from COINr's tables with `from_coinr`, or in Python with
    the same words.  Frozen and keyword-only; every mistake is reported at once.
    """

    index: Code = Field(description="指数的代码 · The index's code.")
    name: str | Text | None = Field(default=None, description="名称 · Name.")
    levels: list[Code] = Field(
        min_length=2, description="各层名称，自下而上 · Names of the levels from the bottom."
    )
    tree: Node = Field(
        description="树：逐层写出，或 COINr 的表（.csv） · Nested nodes, or a table in COINr's form."
    )
    steps: list[Step] = Field(min_length=1, description="步骤，依次 · The steps, in order.")

    @model_validator(mode="after")
    def _tree_holds(self) -> Index:
        codes = Counter(node.code for node in self.tree.walk())
        if twice := sorted(code for code, count in codes.items() if count > 1):
            raise RuleError(rule="index_code_twice", found=", ".join(twice))
        if self.tree.is_indicator:
            raise RuleError(rule="index_tree_empty", found=self.tree.code)
        if len(set(self.levels)) != len(self.levels):
            raise RuleError(rule="index_code_twice", found=", ".join(self.levels))
        self._depths(self.tree, len(self.levels))
        return self

    def _depths(self, node: Node, highest: int) -> dict[str, int]:
        level = self._level(node, highest)
        if level > highest or (level < 2) != node.is_indicator:
            raise RuleError(rule="index_depth", found=node.code, n=len(self.levels))
        found = {node.code: level}
        for part in node.parts:
            found |= self._depths(part, level - 1)
        return found

    def _level(self, node: Node, highest: int) -> int:
        if node.level is None:
            return 1 if node.is_indicator else highest
        if node.level not in self.levels:
            raise RuleError(rule="index_level_unknown", found=node.level, known=", ".join(self.levels))
        return self.levels.index(node.level) + 1

    @model_validator(mode="after")
    def _steps_hold(self) -> Index:
        kinds = [step.kind for step in self.steps]
        if kinds.count("aggregate") != 1 or kinds[-1] != "aggregate":
            raise RuleError(rule="index_aggregate_last", found=", ".join(kinds))
        if kinds.count("weight") > 1 or ("weight" in kinds and kinds[-2] != "weight"):
            raise RuleError(rule="index_weight_before_aggregate", found=", ".join(kinds))
        if kinds.count("normalise") > 1:
            raise RuleError(rule="index_normalise_twice", found=", ".join(kinds))
        if "normalise" not in kinds and (down := [n.code for n in self.indicators if n.direction == -1]):
            raise RuleError(rule="index_direction_unused", found=", ".join(down[:5]))
        indicators = {node.code for node in self.indicators}
        nodes = {node.code for node in self.tree.walk()} - indicators
        for step in self.steps:
            self._step_holds(step, nodes if step.kind in ("weight", "aggregate") else indicators)
        return self

    def _step_holds(self, step: Step, known: set[str]) -> None:
        chosen = step.body
        overrides = getattr(chosen, "overrides", {})
        if strange := sorted(set(overrides) - known):
            raise RuleError(rule="index_override_unknown", found=", ".join(strange), step=step.kind)
        if step.denominate is not None and not any(
            n.denominator or step.denominate.chosen(n.code).get("denominator") for n in self.indicators
        ):
            raise RuleError(rule="index_changes_nothing", found="denominate")
        if step.aggregate is not None and isinstance(step.aggregate.method, tuple):
            expected = len(self.levels) - 1
            if len(step.aggregate.method) != expected:
                raise RuleError(
                    rule="index_methods_per_level", found=str(len(step.aggregate.method)), n=expected
                )

    @property
    def indicators(self) -> list[Node]:
        """The tree's indicators, in its order."""
        return [node for node in self.tree.walk() if node.is_indicator]

    @cached_property
    def arrays(self) -> Tree:
        """The tree as arrays."""
        depths = self._depths(self.tree, len(self.levels))
        parents = {part.code: node.code for node in self.tree.walk() for part in node.parts}
        nodes = [node for node in self.tree.walk() if not node.is_indicator]
        ordered = self.indicators + sorted(nodes, key=lambda node: depths[node.code])
        codes = tuple(node.code for node in ordered)
        place = {code: i for i, code in enumerate(codes)}
        return Tree(
            codes=codes,
            n_indicators=len(self.indicators),
            levels=np.array([depths[code] for code in codes], dtype=np.intp),
            parents=np.array([place[parents[c]] if c in parents else -1 for c in codes], dtype=np.intp),
            weights=np.array([node.importance_weight or 1.0 for node in ordered]),
        )

    def node(self, code: str) -> Node:
        """Return an indicator or node by its code.

        Raises
        ------
        KeyError
            When there is none.
        """
        for node in self.tree.walk():
            if node.code == code:
                return node
        raise KeyError(code)

    @classmethod
    def from_yaml(cls, path: str | Path, *, name: str | None = None) -> Index:
        """Read an index from a YAML file.

        Parameters
        ----------
        path : str or Path
            The file; a tree given as a table is looked for beside it.
        name : str, optional
            How messages call the file; the path itself by default.

        Raises
        ------
        ZhihengError
            With every mistake and its line.
        """
        path = Path(path)
        name = name or path.as_posix()
        marked = yamlfile.read(path, name)
        if isinstance(marked.value, dict) and isinstance(table := marked.value.get("tree"), str):
            from zhiheng.index.coinr import read_tree

            marked.value["tree"] = read_tree(path.parent / table, marked.value.get("levels"))
        return yamlfile.validate(marked, cls, name)

    @classmethod
    def build(cls, **words: Any) -> Index:
        """Return an index from the words of the YAML file as Python values.

        Raises
        ------
        ZhihengError
            With every mistake.
        """
        try:
            return cls.model_validate(words)
        except ValidationError as error:
            raise ZhihengError(mistakes.problems("index", words, {}, error, cls)) from None


def unknown(where: str, found: str, known: list[str]) -> ZhihengError:
    """Return the error for a name that the index does not have."""
    return ZhihengError(
        [Problem(where=where, rule="index_name_unknown", found=found, args={"known": ", ".join(known)})]
    )
