"""Every rule of `messages/framework.yaml`, broken at least once.

Each row names the rule, the file of the sample city, what stands there, what is written instead,
and, where it is not the changed line itself, a text on the line that the message must name.
"""

from __future__ import annotations

from collections.abc import Callable

import pytest
from cityfolder import CityFolder

from zhiheng.errors import ZhihengError, catalogue_files
from zhiheng.framework import conditions, yamlfile
from zhiheng.framework.base import Model
from zhiheng.framework.contracts import Contract

CITY = "city.yaml"
AREAS = "framework/areas.yaml"
ORGANISATIONS = "framework/organisations.yaml"
DIMENSIONS = "framework/dimensions.yaml"
UNITS = "framework/units.yaml"
INDICATORS = "framework/indicators/product.yaml"
PARAMETERS = "framework/parameters.yaml"
OUTLINE = "framework/outline.yaml"
FIGURES = "framework/contracts/figures.yaml"
FIRMS = "framework/contracts/firms.yaml"
INSPECTIONS = "framework/contracts/inspections.yaml"
INDEX = "framework/indices/works.yaml"

RATE = "- kind: rate"
TARGET = "- edition: plan_2015"
CHANGE = "headline: computed\n    measures:\n      - {kind: change, series: computed"
PASS_RATE = "- indicator: pass_rate"
TOTAL = "{kind: total, series: computed, table: inspections, field: value}"
VALID, SUCCESSOR = "    valid_from: 2016", '    successor: "450206"'
DIVISION = (
    '{by: population, parts: [{ref_area: "450221", share: 0.6, status: official, reference: x}, '
    '{ref_area: "450200", share: 0.4, status: official, reference: x}]}'
)
DIVIDED = f"    divided: [{DIVISION}]"
TWICE = f"    divided: [{DIVISION}, {DIVISION}]"
TESTED = (
    "robustness: {seed: 1, runs: 100, draws: 16, resamples: 0, interval: 90,"
    " vary: [{address: weights, noise: 0.25}], status: official, reference: x}"
)
MADE = "{kind: index, series: computed, index: works, of_series: computed}"
STOCK = "stock: {begins: sampled_on, first: 2012}"
WEIGHTED = (
    "{kind: weighted_rate, series: computed, table: inspections, strata: industry, areas: pooled, "
    "numerator: {count: checked}, denominator: {count: 'true'}, without_sample: fail, "
    "weights: {table: inspections, amount: {sum: value}, lag: 1}}"
)
GIVEN = WEIGHTED.replace(
    "table: inspections, amount: {sum: value}, lag: 1",
    "given: [{status: official, reference: x, weights: [{code: C36, value: 1}]}]",
)
DESIGN_BASED = "margin: design_based, interval: wilson, areas:"
ALIKE = "{status: official, reference: y, weights: [{code: C36, value: 2}]}"
RATIO = (
    '{kind: ratio, series: computed, table: inspections, per: 0, numerator: {count: "true"}, '
    'denominator: {count: "true"}}'
)
SECOND_TARGET = (
    "    targets:\n      - {edition: plan_2015, name: {zh: 目标, en: Target}, ref_area: '450200', "
    "time_period: 2015, value: 91, reference: x}\n"
)
FORM = (
    "form: {number: Z1, issuer: {zh: 统计局, en: Bureau}, approval: x, valid_until: 2018-12-31,\n"
    "  foot: [{name: reviewer, title: {zh: 审核人, en: Reviewed by}},"
    " {name: filler, title: {zh: NAME, en: Filled in by}}]}\norganisations: [market]"
)

EDITS: list[tuple[str, ...]] = [
    # the YAML itself
    ("yaml_alias", AREAS, "reference: GB/T 2260", "reference: &ref GB/T 2260"),
    ("yaml_alias", AREAS, "reference: GB/T 2260", "reference: *ref"),
    ("yaml_tag", AREAS, "reference: GB", "reference: !!str GB"),
    ("yaml_tag", AREAS, "areas:", "areas: !!python/tuple"),
    ("yaml_tag", AREAS, "reference: GB", "!mine reference: GB"),
    ("yaml_key_not_text", AREAS, "areas:", "[a, b]: c\nareas:"),
    ("yaml_duplicate_key", AREAS, "areas:", "reference: again\nareas:"),
    ("yaml_documents", AREAS, "areas:", "---\nareas:"),
    # keys
    ("yaml_key_missing", AREAS, "reference: GB/T 2260\n", "", "areas:"),
    ("yaml_key_missing", INDICATORS, "kind: figure, ", "", "series: published, table: figures"),
    ("yaml_no_value", AREAS, "reference: GB/T 2260", "reference:"),
    ("yaml_key_unknown", AREAS, "successor:", "sucessor:"),
    ("dimension_reserved", DIMENSIONS, "dimension: industry", "dimension: series"),
    ("personal_needed", FIRMS, "{name: firm, ", "{name: firm, personal: drop, ", "contract: firms"),
    # values
    ("yaml_choice", AREAS, "code_system: project", "code_system: mine"),
    ("yaml_choice", INDICATORS, "kind: rate", "kind: rat"),
    ("yaml_not_text", AREAS, "reference: GB/T 2260", "reference: [GB]"),
    ("yaml_not_integer", CITY, "format: 2", "format: two"),
    ("yaml_not_number", PARAMETERS, "value: 95,", "value: 九十五,"),
    ("yaml_not_number", PARAMETERS, "value: 95,", "value: nan,"),
    ("yaml_not_flag", FIRMS, "required: true", "required: yes"),
    ("yaml_not_flag", FIRMS, "required: true", "required: [true]"),
    ("yaml_not_flag", INDICATORS, "headline: published\n", "headline: published\n    scorecard: on\n",
     "scorecard: on"),
    ("yaml_not_date", CITY, "as_of: 2018-12-31", "as_of: 2018-02-30"),
    ("yaml_not_date", CITY, "as_of: 2018-12-31", "as_of: 0"),
    ("yaml_not_date", CITY, "as_of: 2018-12-31", "as_of: 2018-12-31T00:00:00"),
    ("yaml_not_date", CITY, "as_of: 2018-12-31", "as_of: [1]"),
    ("yaml_not_bound", INSPECTIONS, "minimum: 2012-01-01", "minimum: early"),
    ("yaml_not_bound", INSPECTIONS, "minimum: 1,", "minimum: -inf,"),
    ("yaml_not_list", CITY, "languages: [zh, en]", "languages: zh"),
    ("yaml_not_mapping", CITY, "name: {zh: 样市, en: Sample}", "name: 样市"),
    ("yaml_pattern", CITY, 'ref_area: "450200"', "ref_area: Liuzhou"),
    ("yaml_too_short", CITY, "zh: 样市", 'zh: ""'),
    ("yaml_too_short", CITY, "languages: [zh, en]", "languages: []"),
    ("yaml_too_long", FIRMS, "contract: firms", f"contract: {'f' * 65}"),
    ("yaml_below", CITY, "assessment_year_starts: 1", "assessment_year_starts: 0"),
    ("yaml_above", CITY, "assessment_year_starts: 1", "assessment_year_starts: 13"),
    ("yaml_not_above", INDICATORS, TOTAL, RATIO),
    ("format_older", CITY, "format: 2", "format: 1"),
    ("format_newer", CITY, "format: 2", "format: 3"),
    ("yaml_not_period", INDICATORS, "time_period: 2021", "time_period: 2021年"),
    # what a part of one file says within itself
    ("official_without_reference", PARAMETERS, "2017-01-01, status: official, reference: 办法第三条",
     "2017-01-01, status: official"),
    ("assumed_without_reason", PARAMETERS, ", reason: {zh: 惯例, en: custom}", "", "value: 95"),
    ("values_overlap", PARAMETERS, "valid_to: 2016-12-31", "valid_to: 2017-06-30", "parameter: min"),
    ("values_overlap", PARAMETERS, "valid_to: 2016-12-31, ", "", "parameter: min"),
    ("validity_backwards", PARAMETERS, "valid_to: 2016", "valid_from: 2017-01-01, valid_to: 2016"),
    ("validity_backwards", AREAS, "valid_from: 2016", "valid_from: 2016\n    valid_to: 2015", "to: 2015"),
    ("target_one_of", INDICATORS, "value: 90\n", "value: 90\n        figure: pass_rate\n", TARGET),
    ("target_one_of", INDICATORS, "        value: 90\n", "", TARGET),
    ("comparable_without_reason", INDICATORS, "    targets:\n", "    comparable: false\n    targets:\n",
     PASS_RATE),
    ("target_repeated", INDICATORS, "    targets:\n", SECOND_TARGET, PASS_RATE),
    ("series_repeated", INDICATORS, "kind: figure, series: published, table: figures",
     "kind: count, series: computed, table: inspections", PASS_RATE),
    ("headline_missing", INDICATORS, "headline: published", "headline: simulated", PASS_RATE),
    ("amount_one_of", INDICATORS, '{count: "true"}', '{count: "true", sum: value}'),
    ("amount_one_of", INDICATORS, '{count: "true"}', "{where: n_tested > 1}"),
    ("amount_where", INDICATORS, '{count: "true"}', '{count: "true", where: n_tested > 1}'),
    ("interval_without_margin", INDICATORS, "        interval: wilson\n", "", RATE),
    ("interval_without_margin", INDICATORS, "        margin: model_based\n", "", RATE),
    ("field_text_only", INSPECTIONS, "minimum: 0", "pattern: a"),
    ("field_text_only", INSPECTIONS, "minimum: 0", "maxLength: 5"),
    ("bounds_type", INSPECTIONS, "minimum: 2012-01-01", "minimum: 2012"),
    ("bounds_type", INSPECTIONS, "minimum: 0", "minimum: 2012-01-01"),
    ("bounds_type", INSPECTIONS, "enum: [conforming, nonconforming]", "minimum: 5"),
    ("bounds_backwards", INSPECTIONS, "minimum: 1,", "minimum: 2000,"),
    ("pattern_malformed", FIRMS, "unique: true", 'pattern: "[a"'),
    ("decimals_in_type", FIGURES, "decimals_in: decimals", "decimals_in: source", "contract: figures"),
    ("decimals_in_type", FIGURES, "codes: units", "decimals_in: decimals}  # a text", "a text"),
    ("default_not_optional", FIRMS, "constraints:", "default: x, constraints:"),
    ("field_repeated", INSPECTIONS, "name: checked", "name: VERDICT", "contract: inspections"),
    ("field_reserved", INSPECTIONS, "name: checked", "name: source_line", "contract: inspections"),
    ("foot_repeated", INSPECTIONS, "organisations: [market]", FORM.replace("NAME", "审核人"),
     "number: Z1"),
    ("foot_repeated", INSPECTIONS, "organisations: [market]", FORM.replace("NAME", "地区"),
     "contract: inspections"),
    ("field_missing", INSPECTIONS, "primaryKey: [batch]", "primaryKey: [bach]", "contract: inspections"),
    ("time_period_frequency", INSPECTIONS, ", frequency: quarter", "", "contract: inspections"),
    ("time_period_type", FIGURES, "format: period, ", "", "contract: figures"),
    # what one part says of another
    ("code_repeated", AREAS, 'ref_area: "450206"', 'ref_area: "450000"'),
    ("code_repeated", ORGANISATIONS, "organisation: market", "organisation: office"),
    ("code_repeated", DIMENSIONS, "code: C3610", "code: C36"),
    ("code_repeated", UNITS, "unit_measure: points, n", "unit_measure: number, n"),
    ("code_unknown", AREAS, "parent: CN", "parent: CN-X"),
    ("code_unknown", AREAS, 'successor: "450206"', 'successor: "450299"'),
    ("code_unknown", ORGANISATIONS, "parent: office", "parent: ofice"),
    ("code_unknown", ORGANISATIONS, 'ref_area: "450200"', 'ref_area: "450201"'),
    ("code_unknown", DIMENSIONS, "parent: C36", "parent: C37"),
    ("code_unknown", CITY, 'ref_area: "450200"', 'ref_area: "450201"'),
    ("code_unknown", CITY, "comparators: [CN]", "comparators: [CN-EAST]"),
    ("code_unknown", CITY, "minimum_cases: minimum_cases", "minimum_cases: minimum"),
    ("code_unknown", PARAMETERS, "unit_measure: percent", "unit_measure: per_cent"),
    ("code_unknown", FIGURES, "codes: units", "codes: dimension:unit"),
    ("code_unknown", INSPECTIONS, "organisations: [market]", "organisations: [markt]"),
    ("code_unknown", INSPECTIONS, "resource: firms", "resource: firm"),
    ("code_unknown", INSPECTIONS, "resource: firms, fields: [firm]", "resource: firms, fields: [name]"),
    ("code_unknown", INDICATORS, "theme: product\n", "theme: products\n"),
    ("code_unknown", INDICATORS, "unit_measure: percent\n", "unit_measure: pct\n"),
    ("code_unknown", INDICATORS, "responsible: market", "responsible: markets"),
    ("code_unknown", INDICATORS, "dimensions: [industry]", "dimensions: [industry, size]"),
    ("code_unknown", INDICATORS, "value: 90", "figure: aim"),
    ("code_unknown", INDICATORS, '"450200", time_period: 2021', '"450201", time_period: 2021'),
    ("code_unknown", INDICATORS, 'ref_area: "450200"\n', 'ref_area: "450201"\n'),
    ("code_unknown", INDICATORS, "table: figures", "table: figure"),
    ("code_unknown", INDICATORS, "table: figures", "table: firms"),
    ("code_unknown", INDICATORS, "by: [industry]", "by: [firm]"),
    ("code_unknown", INDICATORS, "field: value", "field: verdict"),
    ("code_unknown", INDICATORS, "of: pass_rate, of_series: computed, f", "of: pass, of_series: computed, f"),
    ("code_unknown", INDICATORS, "of_series: computed, form", "of_series: simulated, form"),
    ("code_unknown", INDICATORS, "edition: plan_2015}", "edition: plan_2020}"),
    ("code_circle", AREAS, "code_system: project", "code_system: project, parent: CN"),
    ("code_circle", AREAS, "valid_from: 2016", 'successor: "450221"', "successor:"),
    ("code_circle", ORGANISATIONS, "kind: quality_office,", "kind: quality_office, parent: market,"),
    ("code_circle", DIMENSIONS, "en: Motor vehicles}", "en: Motor vehicles}, parent: C3610"),
    ("contract_name", FIRMS, "contract: firms", "contract: companies"),
    ("parameter_not_dated", PARAMETERS, "valid_from: 2017-01-01", "valid_from: 2019-01-01", "# cases"),
    ("confidence_level_range", PARAMETERS, "value: 95", "value: 0.95", "    values:"),
    ("foreign_key_width", INSPECTIONS, "fields: [firm], reference", "fields: [firm, batch], reference"),
    ("measure_of_derived", INDICATORS, "of: pass_rate, of_series: computed, edition",
     "of: pass_rate_change, of_series: computed, edition"),
    ("measure_simulated", INSPECTIONS, "series: computed", "series: simulated", "series: computed"),
    ("measure_simulated", INDICATORS, CHANGE, CHANGE.replace("computed", "simulated"), "kind: change"),
    ("measure_needs_date", INDICATORS, TOTAL, "{kind: count, series: computed, table: firms}"),
    ("attainment_direction", INDICATORS, "direction: higher", "direction: none", "kind: attainment"),
    ("dimension_not_coded", INSPECTIONS, ", codes: dimension:industry", "", "by: [industry]"),
    ("key_not_required", INSPECTIONS, "codes: areas, constraints: {required: true}", "codes: areas",
     "table: inspections"),
    ("margin_basis", INSPECTIONS, "basis: targeted", "basis: census", "margin: model_based"),
    ("code_repeated", OUTLINE, "quality: service", "quality: goods"),
    ("code_repeated", OUTLINE, "fields: [batch, verdict]", "fields: [batch, verdict, batch]"),
    ("grade_limits_order", OUTLINE, "statistics: [pass_rate_change]",
     "statistics: [pass_rate_change], grades: [{edition: a, name: {zh: 甲, en: A}, limits: [80, 75],"
     " status: official, reference: x}]"),
    ("code_unknown", OUTLINE, "themes: [product]", "themes: [products]"),
    ("code_unknown", OUTLINE, "[goods_value, pass_rate]", "[goods_value, passrate]"),
    ("code_unknown", OUTLINE, "industries: [C36, C3610]", "industries: [C36, C3611]"),
    ("code_unknown", OUTLINE, "reference: 办法第二条", "reference: x\n    dimension: size", "n: size"),
    ("code_unknown", OUTLINE, "Small cars}, indicators: [goods_value]", "Small cars}, indicators: [goods]"),
    ("code_unknown", OUTLINE, "Noodles}, indicators: [pass_rate]", "Noodles}, indicators: [rate]"),
    ("code_unknown", OUTLINE, "scores: goods_value", "scores: goods"),
    ("code_unknown", OUTLINE, "component: industry", "component: size"),
    ("code_unknown", OUTLINE, "statistics: [pass_rate_change]", "statistics: [change]"),
    ("code_unknown", OUTLINE, "contract: inspections", "contract: inspection"),
    ("code_unknown", OUTLINE, "fields: [batch, verdict]", "fields: [batch, result, verdict]"),
    ("code_unknown", OUTLINE, "filters: [verdict]", "filters: [industry]"),
    ("code_unknown", OUTLINE, '"450206", row', "CN, row"),
    ("values_overlap", OUTLINE, "valid_to: 2016-12-31", "valid_to: 2017-06-30", "qualities:"),
    ("register_personal", INSPECTIONS, "{name: verdict, ", "{name: verdict, personal: key, ",
     "contract: inspections"),
    ("tile_taken", OUTLINE, "tiles:", "tiles:\n  - {ref_area: CN, row: 1, column: 1}", '"450206", row'),
    ("tile_missing", OUTLINE, '"450206", row', "CN, row", "tiles:"),
    ("weights_one_of", INDICATORS, TOTAL, WEIGHTED.replace("amount: {sum: value}, ", "")),
    ("weights_one_of", INDICATORS, TOTAL, WEIGHTED.replace("table: inspections, amount", "amount")),
    ("weights_one_of", INDICATORS, TOTAL, GIVEN.replace("given:", "lag: 1, given:")),
    ("values_overlap", INDICATORS, TOTAL, GIVEN.replace("]}]}", f"]}}, {ALIKE}]}}")),
    ("weights_combined", INDICATORS, TOTAL, GIVEN.replace("pooled", "combined")),
    ("code_unknown", INDICATORS, TOTAL, GIVEN.replace("code: C36", "code: C37")),
    ("code_repeated", INDICATORS, TOTAL, GIVEN.replace("[{code", "[{code: C36, value: 2}, {code")),
    ("code_unknown", INDICATORS, TOTAL, WEIGHTED.replace("strata: industry", "strata: size")),
    ("code_unknown", INDICATORS, TOTAL, WEIGHTED.replace("sum: value", "sum: verdict")),
    ("margin_basis", INDICATORS, TOTAL, WEIGHTED.replace("areas:", DESIGN_BASED)),
    ("interval_without_margin", INDICATORS, TOTAL, WEIGHTED.replace("areas:", "interval: wilson, areas:")),
    ("span_missing", INDICATORS, TOTAL, TOTAL.replace("field", "frequency: span, field")),
    ("span_form", INDICATORS, TOTAL, TOTAL.replace("field", "spans: [2015], field")),
    ("span_form", INDICATORS, TOTAL, TOTAL.replace("field", "spans: [2015-01-01/2015-01-05], field")),
    ("code_repeated", INDICATORS, TOTAL, TOTAL.replace("field", "spans: [2011/2015, 2011/2015], field")),
    ("code_unknown", INDICATORS, TOTAL, TOTAL.replace("field", "spans: [fyp_99], field")),
    ("code_unknown", INDICATORS, TOTAL, TOTAL.replace("field", "stock: {begins: x, first: 2012}, field")),
    ("key_not_required", INDICATORS, TOTAL, TOTAL.replace("field", f"{STOCK}, field")),
    ("validity_backwards", INDICATORS, TOTAL,
     TOTAL.replace("field", f"{STOCK}, field").replace("first: 2012", "first: 2012, last: 2011")),
    ("index_file_name", INDEX, "index: works", "index: work"),
    ("index_direction", INDEX, "direction: 1", "direction: -1", "code: pass_rate"),
    ("code_unknown", INDEX, "code: pass_rate", "code: pass_rat"),
    ("code_unknown", INDICATORS, TOTAL, MADE.replace("index: works", "index: work")),
    ("robustness_of_scores", INDICATORS, TOTAL,
     MADE.replace("of_series", f"scores: industry, {TESTED}, of_series")),
    ("code_unknown", INDICATORS, TOTAL, MADE.replace("of_series: computed", "of_series: simulated")),
    ("code_unknown", INDICATORS, TOTAL, MADE.replace("of_s", "by: [industry], of_s")),
    ("code_unknown", INDICATORS, TOTAL, MADE.replace("of_s", "scores: industry, of_s")),
    ("shares_not_one", AREAS, VALID, DIVIDED.replace("0.6", "0.5")),
    ("divisions_differ", AREAS, VALID, TWICE, 'ref_area: "450206"'),
    ("successor_and_divided", AREAS, SUCCESSOR, f"{SUCCESSOR}\n{DIVIDED}", 'ref_area: "450221"'),
    ("code_unknown", AREAS, VALID, DIVIDED.replace("450221", "450299")),
    ("code_circle", AREAS, VALID, DIVIDED),
    ("code_unknown", INDICATORS, TOTAL, TOTAL.replace("field", "divided: population, field")),
    ("zero_basis", INDICATORS, TOTAL, TOTAL.replace("field", "where_none: zero, field")),
    ("total_of_percent", INDICATORS, "unit_measure: number\n", "unit_measure: percent\n", TOTAL),
]  # fmt: skip

CONDITIONS: list[tuple[str, str]] = [
    ("condition_syntax", "n_failed <= AND"),
    ("condition_too_long", "n_failed <= 1 OR " * 200 + "checked"),
    ("condition_too_deep", "(" * 17 + "checked" + ")" * 17),
    ("condition_not_allowed", "abs(n_failed) <= n_tested"),
    ("condition_field_unknown", "n_fail <= n_tested"),
    ("condition_type", "n_failed + verdict > 1"),
    ("condition_compare", "n_failed = verdict"),
    ("condition_date", "sampled_on > '2016-13-01'"),
    ("condition_code_unknown", "verdict = 'confirming'"),
]


def spoil(file: str, content: bytes) -> Callable[[CityFolder], object]:
    return lambda folder: (folder.path / file).write_bytes(content)


def make_folder(file: str) -> Callable[[CityFolder], object]:
    def make(folder: CityFolder) -> None:
        (folder.path / file).unlink()
        (folder.path / file).mkdir()

    return make


def headline_simulated(folder: CityFolder) -> None:
    folder.edit(INDICATORS, "headline: published", "headline: simulated")
    folder.edit(INDICATORS, "        series: computed\n", "        series: simulated\n")


def of_sums(measure: str) -> Callable[[CityFolder], object]:
    def make(folder: CityFolder) -> None:
        folder.edit(INSPECTIONS, "fields:", "aggregates: {whole_and_parts: parts}\nfields:")
        folder.edit(INDICATORS, TOTAL, measure)

    return make


MEAN = TOTAL.replace("total", "mean")
FILES: list[tuple[str, Callable[[CityFolder], object], str]] = [
    ("not_a_city", lambda f: (f.path / CITY).unlink(), "city"),
    ("file_missing", lambda f: (f.path / AREAS).unlink(), AREAS),
    (
        "file_missing",
        lambda f: [p.unlink() for p in f.path.glob("framework/contracts/*")],
        "framework/contracts",
    ),
    ("file_missing", lambda f: (f.path / INDICATORS).unlink(), "framework/indicators"),
    ("file_unreadable", make_folder(AREAS), AREAS),
    ("yaml_too_large", spoil(AREAS, b"#" * 4_000_001), AREAS),
    ("yaml_not_utf8", spoil(AREAS, "reference: x\n# 国家标准\n".encode("gbk")), f"{AREAS}:2"),
    ("yaml_syntax", spoil(AREAS, b"reference: x\nareas: [\n"), f"{AREAS}:3:1"),
    ("yaml_syntax", spoil(AREAS, "reference: 国标\nareas: \x07\n".encode()), f"{AREAS}:2"),
    ("yaml_empty", spoil(AREAS, b""), AREAS),
    ("yaml_empty", spoil(AREAS, b"# nothing yet\n"), AREAS),
    ("yaml_empty", spoil(AREAS, b"---\n"), AREAS),
    ("yaml_too_deep", spoil(AREAS, b"areas: " + b"[" * 1_000_000), f"{AREAS}:1"),
    ("yaml_too_deep", spoil(AREAS, b"- " * 1_000_000), f"{AREAS}:1"),
    ("mean_of_aggregates", of_sums(MEAN), ":65 indicators.goods_value.measures.computed.kind"),
    ("strata_of_aggregates", of_sums(GIVEN), ":65 indicators.goods_value.measures.computed.table"),
    ("headline_simulated", headline_simulated, f"{INDICATORS}:2 indicators[1]"),
]


@pytest.mark.parametrize("case", EDITS, ids=lambda case: f"{case[0]}: {case[2][:40]!r}")
def test_a_mistake_is_named_with_its_line(folder: CityFolder, case: tuple[str, ...]) -> None:
    rule, file, old, new, *at = case
    line = folder.edit(file, old, new)
    named = {p.rule: p.where for p in reversed(folder.problems())}[rule]
    if at:
        file = named.partition(":")[0]
        line = folder.line(file, at[0])
    assert named.split(" ")[0] == f"{file}:{line}"


@pytest.mark.parametrize(
    ("rule", "spoiled", "where"), FILES, ids=[f"{r}-{i}" for i, (r, *_) in enumerate(FILES)]
)
def test_a_file_that_cannot_be_read(
    folder: CityFolder, rule: str, spoiled: Callable[[CityFolder], object], where: str
) -> None:
    spoiled(folder)
    problems = folder.problems()
    assert problems[0].rule == rule
    assert problems[0].where.endswith(where)


@pytest.mark.parametrize(("rule", "text"), CONDITIONS)
def test_a_condition_that_is_refused(folder: CityFolder, inspections: Contract, rule: str, text: str) -> None:
    condition, problems = conditions.parse(text, inspections, "here")
    assert condition is None
    assert rule in [p.rule for p in problems]
    folder.edit(INSPECTIONS, "condition: n_failed <= n_tested", f"condition: {text}")
    found = {p.rule: p.where for p in folder.problems()}
    assert found[rule].startswith(f"{INSPECTIONS}:{folder.line(INSPECTIONS, 'condition:')} rules[1]")


def test_an_error_of_pydantic_without_words_of_ours_is_told_in_its_own(folder: CityFolder) -> None:
    class Set(Model):
        reference: set[str]

    (folder.path / AREAS).write_text("reference: x\n", encoding="utf-8")
    with pytest.raises(ZhihengError) as raised:
        yamlfile.load(folder.path / AREAS, Set)
    (problem,) = raised.value.problems
    assert problem.rule == "yaml_type"
    assert "valid set" in problem.fix("en")


def test_every_rule_is_broken_above() -> None:
    broken = {case[0] for case in EDITS} | {case[0] for case in FILES} | {case[0] for case in CONDITIONS}
    assert broken | {"yaml_type"} == set(catalogue_files()["framework"])


@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize("case", EDITS, ids=lambda case: case[0])
def test_every_message_can_be_said(folder: CityFolder, case: tuple[str, ...], lang: str) -> None:
    folder.edit(*case[1:4])
    for problem in folder.problems():
        said = problem.to_dict(lang)  # type: ignore[arg-type]
        assert said["title"]
        assert said["fix"]
        assert "None" not in said["fix"]
