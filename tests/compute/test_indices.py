"""An index of a city: on paper, by area and by industry, with what is missing and what was assumed."""

from __future__ import annotations

import json

import polars as pl
import pytest

from tests.measures_city import LIUNAN, LIUZHOU, YUFENG, city, goods, output, run
from zhiheng.compute.indices import BASELINE, read_indices
from zhiheng.errors import ZhihengError

INPUT = """
  - indicator: {code}
    name: {{zh: 投入, en: {name}}}
    definition: {{zh: 试验, en: A trial}}
    theme: product
    unit_measure: {unit}
    direction: {direction}
    responsible: office
    dimensions: [industry]
    decimals: 2
    headline: computed
    measures: [{measure}]
"""
RATE = "{kind: rate, series: computed, table: goods, by: [industry], numerator: {count: good}, "
RATE += 'denominator: {count: "true"}}'
BOTH = INPUT.format(code="good_rate", name="Good", unit="percent", direction="higher", measure=RATE)
BOTH += INPUT.format(
    code="output_value", name="Output", unit="count", direction="lower",
    measure="{kind: total, series: computed, table: output, field: value, by: [industry]}",
)  # fmt: skip
SPEC = """
index: trial
levels: [indicator, part, index]
tree:
  code: trial
  parts:
    - code: quality
      importance_weight: 3
      status: official
      reference: a document
      parts:
        - {code: good_rate, direction: 1, goalposts: {lower: 50, upper: 100, status: official, reference: it}}
    - code: volume
      name: {zh: 数量, en: Volume}
      importance_weight: 1
      status: {status}
      parts:
        - {code: output_value, direction: -1,
           goalposts: {lower: 0, upper: 40, status: official, reference: x}}
steps:
  - normalise: {method: efficacy, range: [60, 100], outside: fail}
  - aggregate: {method: arithmetic}
"""
ASSUMED = SPEC.replace("{status}", "assumed\n      reason: {zh: 试, en: trial}")
OFFICIAL = SPEC.replace("{status}", "official\n      reference: a document")
LINE = "{kind: index, series: computed, index: trial, of_series: computed, by: [industry]}"
SAMPLE = [
    goods(YUFENG, "C31", "2015-03-02", 90, 10),  # 90%: 60 + 40 x 40/50 = 92
    goods(YUFENG, "C3610", "2015-03-02", 60, 40),
    goods(LIUNAN, "C31", "2015-03-02", 80, 20),
]
OUTPUT = [output((YUFENG, "C31", "2015", 10.0), (YUFENG, "C3610", "2015", 10.0))]


def made(folder, *, spec=ASSUMED, line=LINE, sample=SAMPLE, amounts=OUTPUT, more=BOTH):
    there = city(folder, line, more=more, files={"framework/indices/trial.yaml": spec})
    return run(there, goods=sample, output=amounts)


def test_an_index_on_paper(tmp_path):
    """Yufeng: 150 of 200 good: 60 + 40 x 25/50 = 80. Output 20 of 40, less is better: 80. Index 80.

    Its steel: 92 and, with an output of 10, 60 + 40 x 30/40 = 90: 0.75 x 92 + 0.25 x 90 = 91.5.
    """
    result = made(tmp_path)
    assert result.value(YUFENG, "2015") == pytest.approx(80, rel=1e-14)
    assert result.value(YUFENG, "2015", industry="C31") == pytest.approx(91.5, rel=1e-14)
    assert result.value(LIUZHOU, "2015") == pytest.approx(0.75 * (60 + 40 * (230 / 3 - 50) / 50) + 0.25 * 80)


def test_an_index_has_the_weakest_basis_of_its_inputs(tmp_path):
    """Goods are a probability sample, output a census."""
    assert made(tmp_path).value(YUFENG, "2015", "basis") == "probability"


def test_an_area_is_computed_from_its_own_figures_not_from_its_parts(tmp_path):
    result = made(tmp_path, amounts=[*OUTPUT, output((LIUNAN, "C31", "2015", 4.0))])
    parts = [result.value(area, "2015") for area in (YUFENG, LIUNAN)]
    assert result.value(LIUZHOU, "2015") != pytest.approx(sum(parts) / 2)


def test_a_missing_indicator_gives_no_figure_and_is_named(tmp_path):
    result = made(tmp_path)
    row = {c: result.value(LIUNAN, "2015", c) for c in ("obs_value", "obs_status", "note")}
    assert row == {"obs_value": None, "obs_status": "missing_input", "note": "投入 Output"}
    step = result.explain(LIUNAN, "2015")
    assert [inner.kind for inner in step.inputs] == ["figure"], "what there was of it"


def test_a_missing_indicator_may_stop_the_path(tmp_path):
    with pytest.raises(ZhihengError) as error:
        made(tmp_path, line=LINE.replace("by:", "missing_input: fail, by:"))
    assert ("index_input_missing", "output_value") in {(p.rule, p.found) for p in error.value.problems}


def test_a_period_in_which_no_unit_is_complete_has_no_index(tmp_path):
    result = made(tmp_path, sample=[*SAMPLE, goods(YUFENG, "C31", "2014-03-02", 90, 10)])
    assert result.periods(YUFENG) == ["2015"]


@pytest.mark.parametrize(("spec", "status"), [(ASSUMED, "assumed"), (OFFICIAL, "official")])
def test_one_assumed_parameter_labels_the_index(tmp_path, spec, status):
    result = made(tmp_path, spec=spec)
    assert result.value(YUFENG, "2015", "method_status") == status
    said = [str(value) for _, value in result.explain(YUFENG, "2015").facts]
    assert any("assumed parameters" in text for text in said) == (status == "assumed")


def test_values_outside_the_bounds_stop_the_path_by_the_policy(tmp_path):
    with pytest.raises(ZhihengError) as error:
        made(tmp_path, amounts=[output((YUFENG, "C31", "2015", 99.0))])
    assert all("2015" in p.where for p in error.value.problems)


def test_the_nodes_are_kept_and_contributions_add_up(tmp_path):
    result = made(tmp_path)
    nodes = pl.read_parquet(tmp_path / "4_computed/index_nodes.parquet")
    mine = nodes.filter(ref_area=YUFENG, industry="C31")
    assert dict(mine.select("node", "value").rows()) == pytest.approx(
        {"good_rate": 92, "output_value": 90, "quality": 92, "volume": 90, "trial": 91.5}
    )
    leaves = mine.filter(pl.col("raw").is_not_null())
    assert dict(leaves.select("node", "raw").rows()) == {"good_rate": 90, "output_value": 10}
    assert leaves["contribution"].sum() == pytest.approx(result.value(YUFENG, "2015", industry="C31"))
    assert BASELINE not in nodes["node"].to_list(), "a weighted mean needs none"


def test_an_explanation_walks_from_the_index_to_the_files(tmp_path):
    (root,) = made(tmp_path).explain(YUFENG, "2015").inputs
    assert [inner.title.en for inner in root.inputs] == ["quality: 80.00", "Volume: 80.00"]
    (leaf,) = root.inputs[1].inputs
    facts = {name.en: str(value) for name, value in leaf.facts}
    assert (facts["raw value"], facts["bounds"], facts["weight in the index"]) == ("20", "0 – 40", "25%")
    (figure,) = leaf.inputs
    (reduced,) = figure.inputs
    assert [part.title.en for part in reduced.inputs] == ["Frozen file output0.parquet"]


def test_scores_of_the_nodes_as_figures(tmp_path):
    parts = "\n".join(
        f"      - {{code: {c}, name: {{zh: 项, en: Part}}}}"
        for c in ("quality", "volume", "good_rate", "output_value")
    )
    component = f"  - dimension: component\n    name: {{zh: 构成, en: Component}}\n    codes:\n{parts}"
    line = "{kind: index, series: computed, index: trial, of_series: computed, scores: component}"
    edits = {
        "framework/dimensions.yaml": ("dimensions:", f"dimensions:\n{component}"),
        "framework/indicators/made.yaml": ("dimensions: [industry]", "dimensions: [industry, component]"),
    }
    there = city(tmp_path, line, more=BOTH, edits=edits, files={"framework/indices/trial.yaml": ASSUMED})
    table = run(there, goods=SAMPLE, output=OUTPUT).figures.filter(ref_area=YUFENG, time_period="2015")
    assert dict(table.select("component", "obs_value").rows()) == pytest.approx(
        {"quality": 80, "volume": 80, "good_rate": 80, "output_value": 80}
    )
    lineage = pl.read_parquet(tmp_path / "4_computed/lineage.parquet")
    (line,) = lineage.filter(figure_id=table.filter(component="volume")["figure_id"][0])["lineage"]
    assert json.loads(line)["node"] == "volume"


def test_every_mistake_of_a_specification_is_named_with_its_line(tmp_path):
    there = city(tmp_path, LINE, more=BOTH, files={
        "framework/indices/trial.yaml": ASSUMED.replace("lower: 0, upper: 40", "lower: 40, upper: 0"),
    })  # fmt: skip
    with pytest.raises(ZhihengError) as error:
        read_indices(there)
    (problem,) = error.value.problems
    assert (problem.rule, problem.where.split(" ")[0]) == (
        "index_goalposts_order", "framework/indices/trial.yaml:20",
    )  # fmt: skip


MISTAKES = [
    ("code_unknown", "trial.yaml", "code: good_rate", "code: god_rate"),
    ("index_direction", "trial.yaml", "good_rate, direction: 1", "good_rate, direction: -1"),
    ("index_file_name", "trial.yaml", "index: trial", "index: trail"),
]


@pytest.mark.parametrize(("rule", "file", "old", "new"), MISTAKES)
def test_what_the_city_does_not_have_is_named_at_load(tmp_path, rule, file, old, new):
    with pytest.raises(ZhihengError) as error:
        city(tmp_path, LINE, more=BOTH, files={f"framework/indices/{file}": ASSUMED.replace(old, new)})
    found = {p.rule: p.where for p in error.value.problems}
    line = ASSUMED[: ASSUMED.index(old)].count("\n") + 1
    assert found[rule].startswith(f"framework/indices/{file}:{line}")
