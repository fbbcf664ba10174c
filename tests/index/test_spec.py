"""The specification: one object from YAML and Python, and every mistake said with its line."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import polars as pl
import pytest

from tests.index.conftest import small, small_data
from zhiheng import index
from zhiheng.errors import ZhihengError

YAML = """\
index: small
levels: [indicator, pillar, index]
tree:
  code: all
  parts:
    - code: first
      importance_weight: 1
      parts:
        - {code: a}
        - {code: b}
    - code: second
      importance_weight: 3
      parts:
        - {code: c}
        - {code: d, direction: -1}
steps:
  - normalise: {method: min_max}
  - aggregate: {method: arithmetic}
"""


def written(tmp_path: Path, text: str) -> Path:
    (tmp_path / "index.yaml").write_text(text, encoding="utf-8")
    return tmp_path / "index.yaml"


def rules(tmp_path: Path, text: str) -> list[tuple[str, str]]:
    with pytest.raises(ZhihengError) as caught:
        index.Index.from_yaml(written(tmp_path, text), name="index.yaml")
    for problem in caught.value.problems:
        assert problem.title("zh")
        assert problem.fix("en")
    return [(p.where, p.rule) for p in caught.value.problems]


def test_yaml_and_python_give_the_same_object(tmp_path: Path) -> None:
    assert index.Index.from_yaml(written(tmp_path, YAML)) == small()


def test_it_is_frozen() -> None:
    with pytest.raises(ValueError, match="frozen"):
        small().index = "other"  # type: ignore[misc]


def test_weights_are_shares_of_their_siblings() -> None:
    tree = index.compute(small(), small_data()).tree
    shares = dict(zip(tree["code"], tree["importance_weight"], strict=True))
    assert (shares["first"], shares["second"], shares["a"]) == (0.25, 0.75, 0.5)
    effective = dict(zip(tree["code"], tree["effective_weight"], strict=True))
    assert effective["c"] == 0.375


def test_an_indicator_may_hang_high() -> None:
    tree = {"code": "all", "parts": [{"code": "a"}, {"code": "p", "parts": [{"code": "b"}, {"code": "c"}]}]}
    result = index.compute(small(tree=tree), small_data())
    assert result.tree["level"].to_list() == ["indicator"] * 3 + ["pillar", "index"]


def test_origin_of_weights_and_goalposts_is_kept(tmp_path: Path) -> None:
    text = YAML.replace(
        "{code: a}",
        "{code: a, status: official, reference: No. 1, goalposts: "
        "{lower: 0, upper: 10, status: assumed, reason: {zh: 假定, en: assumed}}}",
    )
    spec = index.Index.from_yaml(written(tmp_path, text))
    assert spec.node("a").reference == "No. 1"
    assert spec.node("a").goalposts.status == "assumed"  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("old", "new", "where", "rule"),
    [
        ("method: min_max", "method: minmax", "index.yaml:17 steps[1].normalise", "index_method_unknown"),
        (
            "method: min_max",
            "method: min_max, sd: 2",
            "index.yaml:17 steps[1].normalise",
            "index_argument_unused",
        ),
        (
            "method: min_max",
            "method: min_max, rnage: [0, 1]",
            "index.yaml:17 steps[1].normalise.rnage",
            "yaml_key_unknown",
        ),
        ("{code: b}", "{code: a}", "index.yaml:1", "index_code_twice"),
        ("{code: b}", "{code: b, importance_weight: 2}", "index.yaml:6 tree.parts[1]", "index_some_weights"),
        ("direction: -1", "direction: 2", "index.yaml:15 tree.parts[2].parts[2].direction", "yaml_choice"),
        (
            "direction: -1",
            "goalposts: {lower: 3, upper: 3}",
            "index.yaml:15 tree.parts[2].parts[2].goalposts",
            "index_goalposts_order",
        ),
        ("importance_weight: 3", "direction: 1", "index.yaml:11 tree.parts[2]", "index_only_indicators"),
        ("levels: [indicator, pillar, index]", "levels: [indicator, index]", "index.yaml:1", "index_depth"),
        ("{code: b}", "{code: b, level: pilar}", "index.yaml:1", "index_level_unknown"),
        ("  - normalise: {method: min_max}\n", "", "index.yaml:1", "index_direction_unused"),
        ("  - aggregate: {method: arithmetic}\n", "", "index.yaml:1", "index_aggregate_last"),
        ("method: arithmetic", "method: [arithmetic]", "index.yaml:1", "index_methods_per_level"),
        (
            "method: min_max",
            "method: min_max, overrides: {z: {method: z_score}}",
            "index.yaml:1",
            "index_override_unknown",
        ),
        ("  - normalise", "  - denominate: {}\n  - normalise", "index.yaml:1", "index_changes_nothing"),
        (
            "  - normalise",
            "  - screen: {rule: zeros, min_available: 0.5}\n  - normalise",
            "index.yaml:17 steps[1].screen",
            "index_argument_unused",
        ),
        (
            "  - normalise",
            "  - impute: {method: group_mean}\n  - normalise",
            "index.yaml:17 steps[1].impute",
            "yaml_key_missing",
        ),
        ("  - normalise: {method: min_max}", "  - {}", "index.yaml:17 steps[1]", "index_one_step"),
        (
            "tree:\n  code: all",
            "tree:\n  code: all\n  status: official",
            "index.yaml:3 tree",
            "official_without_reference",
        ),
    ],
)
def test_a_mistake_is_said_where_it_stands(tmp_path: Path, old: str, new: str, where: str, rule: str) -> None:
    assert (where, rule) in rules(tmp_path, YAML.replace(old, new, 1))


def test_mistakes_are_said_together(tmp_path: Path) -> None:
    text = YAML.replace("direction: -1", "direction: 2").replace("method: min_max", "method: minmax")
    assert {rule for _, rule in rules(tmp_path, text)} == {"yaml_choice", "index_method_unknown"}


COINR = """Level,iCode,Parent,Weight,Direction,Type
1,a,p,1,1,Indicator
1,b,p,1,-1,Indicator
2,p,NA,1,1,Aggregate
NA,area,NA,NA,NA,Denominator
"""


def from_table(tmp_path: Path, text: str) -> index.Index:
    (tmp_path / "imeta.csv").write_text(text, encoding="utf-8")
    steps: list[dict[str, Any]] = [
        {"normalise": {"method": "min_max"}},
        {"aggregate": {"method": "arithmetic"}},
    ]
    return index.from_coinr(tmp_path / "imeta.csv", steps=steps)


def test_a_table_in_coinrs_form(tmp_path: Path) -> None:
    spec = from_table(tmp_path, COINR)
    assert (spec.index, spec.levels) == ("p", ["level_1", "level_2"])
    assert [node.direction for node in spec.indicators] == [1, -1]
    assert spec == index.from_coinr(
        pl.read_csv(tmp_path / "imeta.csv", null_values="NA"),
        steps=[{"normalise": {"method": "min_max"}}, {"aggregate": {"method": "arithmetic"}}],
    )


@pytest.mark.parametrize(
    ("old", "new", "rule"),
    [
        ("1,b,p", "1,b,q", "index_parent"),
        ("1,b,p", "1,a,p", "index_code_twice"),
        ("2,p,NA", "1,p,NA", "index_parent"),
        ("1,b,p", "1,b,NA", "index_one_root"),
        ("Level", "Levle", "index_column_missing"),
        ("1,b,p", "one,b,p", "yaml_not_integer"),
    ],
)
def test_a_mistake_in_the_table(tmp_path: Path, old: str, new: str, rule: str) -> None:
    with pytest.raises(ZhihengError) as caught:
        from_table(tmp_path, COINR.replace(old, new, 1))
    assert rule in {p.rule for p in caught.value.problems}
    assert all(p.title("zh") and p.fix("zh") for p in caught.value.problems)


@pytest.mark.parametrize(
    ("change", "rule"),
    [
        (lambda d: d.drop("b"), "index_column_missing"),
        (lambda d: d.drop("unit"), "index_column_missing"),
        (lambda d: d.with_columns(b=pl.lit("x")), "index_not_numeric"),
        (lambda d: d.with_columns(b=pl.lit(float("inf"))), "index_not_finite"),
        (lambda d: d.with_columns(unit=pl.lit("u1")), "index_unit_twice"),
        (lambda d: d.with_columns(unit=pl.lit(None, dtype=pl.String)), "index_code_missing"),
        (lambda d: d.clear(), "index_no_units"),
        (lambda d: d.with_columns(b=pl.lit(4.0)), "index_degenerate"),
        (lambda d: d.with_columns(b=pl.lit(None, dtype=pl.Float64)), "index_degenerate"),
        (
            lambda d: d.with_columns(b=pl.when(pl.col("unit") == "u2").then(None).otherwise("b")),
            "index_value_missing",
        ),
        (
            lambda d: pl.concat([d.with_columns(time_period=pl.lit(y)) for y in ("2014", "2015")]),
            "index_fit_needed",
        ),
    ],
)
def test_bad_data_are_said(change: Any, rule: str) -> None:
    with pytest.raises(ZhihengError) as caught:
        index.compute(small(), change(small_data()))
    assert rule in {p.rule for p in caught.value.problems}
    assert all(p.title("zh") and p.fix("zh") for p in caught.value.problems)


def test_the_unit_and_indicator_are_named() -> None:
    data = small_data().with_columns(b=pl.when(pl.col("unit") == "u2").then(None).otherwise("b"))
    with pytest.raises(ZhihengError) as caught:
        index.compute(small(), data)
    assert caught.value.problems[0].where == "small.aggregate b u2"


@pytest.mark.parametrize("kind", ["pyarrow", "dict"])
def test_frames_of_other_libraries(kind: str) -> None:
    data = small_data()
    other: Any = data.to_arrow() if kind == "pyarrow" else data.to_dict(as_series=False)
    assert index.compute(small(), other).values.equals(index.compute(small(), data).values)
