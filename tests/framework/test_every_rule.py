"""Every rule of `messages/framework.yaml`, broken once: a table of mistakes and what is said of them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from conftest import CityFolder
from pydantic import Field

from zhiheng.errors import ZhihengError, catalogue_files
from zhiheng.framework import yamlfile
from zhiheng.framework.base import Model

Break = Callable[[CityFolder], object]
CITY = "city.yaml"
AREAS = "framework/areas.yaml"
ORGANISATIONS = "framework/organisations.yaml"
DIMENSIONS = "framework/dimensions.yaml"
INDICATORS = "framework/indicators.yaml"
PARAMETERS = "framework/parameters.yaml"
FIGURES = "framework/contracts/figures.yaml"
FIRMS = "framework/contracts/firms.yaml"
INSPECTIONS = "framework/contracts/inspections.yaml"


def edit(file: str, old: str, new: str) -> Break:
    return lambda folder: folder.edit(file, old, new)


def put(file: str, content: bytes) -> Break:
    return lambda folder: (folder.path / file).write_bytes(content)


def remove(file: str) -> Break:
    return lambda folder: (folder.path / file).unlink()


def folder_instead(file: str) -> Break:
    def make(folder: CityFolder) -> None:
        (folder.path / file).unlink()
        (folder.path / file).mkdir()

    return make


def condition(text: str) -> Break:
    return edit(INSPECTIONS, "condition: n_failed <= n_tested", f"condition: >-\n      {text}")


CASES: list[tuple[str, Break, str]] = [
    # rule, what is done to the sample, where the message points
    ("not_a_city", remove(CITY), "/city"),
    ("file_missing", remove(AREAS), AREAS),
    ("file_missing", lambda f: [p.unlink() for p in f.path.glob("framework/contracts/*")], "framework/contracts"),
    ("file_unreadable", folder_instead(AREAS), AREAS),
    ("yaml_too_large", put(AREAS, b"#" * 4_000_001), AREAS),
    ("yaml_not_utf8", put(AREAS, "reference: x\n# 国家标准\n".encode("gbk")), f"{AREAS}:2"),
    ("yaml_syntax", put(AREAS, b"reference: x\nareas: [\n"), f"{AREAS}:3:1"),
    ("yaml_syntax", put(AREAS, b"reference: x\nareas: \x07\n"), f"{AREAS}:2"),
    ("yaml_empty", put(AREAS, b"# nothing yet\n"), AREAS),
    ("yaml_empty", put(AREAS, b"---\n"), AREAS),
    ("yaml_alias", edit(AREAS, "reference: GB/T 2260", "reference: &ref GB/T 2260"), f"{AREAS}:1"),
    ("yaml_alias", edit(AREAS, "reference: GB/T 2260", "reference: *ref"), f"{AREAS}:1"),
    ("yaml_tag", edit(AREAS, "reference: GB", "reference: !!str GB"), f"{AREAS}:1"),
    ("yaml_tag", edit(AREAS, "areas:", "areas: !!python/tuple"), f"{AREAS}:2"),
    ("yaml_documents", put(AREAS, b"reference: x\n---\nareas: []\n"), f"{AREAS}:2"),
    ("yaml_too_deep", put(AREAS, b"areas: " + b"[" * 100_000), f"{AREAS}:1"),
    ("yaml_key_not_text", edit(AREAS, "reference:", "[a, b]: c\nreference:"), f"{AREAS}:1"),
    ("yaml_duplicate_key", edit(AREAS, "areas:", "reference: again\nareas:"), f"{AREAS}:2"),
    ("yaml_key_missing", edit(AREAS, "reference: GB/T 2260\n", ""), f"{AREAS}:1"),
    ("yaml_key_missing", edit(INDICATORS, "kind: figure, ", ""), f"{INDICATORS}:19 indicators[1].measures[1]"),
    ("yaml_no_value", edit(AREAS, "reference: GB/T 2260", "reference:"), f"{AREAS}:1 reference"),
    ("yaml_key_unknown", edit(AREAS, "successor:", "sucessor:"), f"{AREAS}:11 areas[4].sucessor"),
    ("yaml_choice", edit(AREAS, "code_system: project", "code_system: mine"), f"{AREAS}:3 areas[1].code_system"),
    ("yaml_choice", edit(INDICATORS, "kind: rate", "kind: rat"), f"{INDICATORS}:20 indicators[1].measures[2].kind"),
    ("yaml_not_text", edit(AREAS, "reference: GB/T 2260", "reference: [GB]"), f"{AREAS}:1 reference"),
    ("yaml_not_integer", edit(CITY, "format: 1", "format: one"), f"{CITY}:1 format"),
    ("yaml_not_number", edit(PARAMETERS, "value: 95,", "value: 九十五,"), f"{PARAMETERS}:6 "),
    ("yaml_not_number", edit(PARAMETERS, "value: 95,", "value: nan,"), f"{PARAMETERS}:6 "),
    ("yaml_not_flag", edit(FIRMS, "required: true", "required: yes"), f"{FIRMS}:8 "),
    ("yaml_not_flag", edit(FIRMS, "required: true", "required: [true]"), f"{FIRMS}:8 "),
    ("yaml_not_date", edit(CITY, "as_of: 2018-12-31", "as_of: 2018-02-30"), f"{CITY}:12 publication.as_of"),
    ("yaml_not_date", edit(CITY, "as_of: 2018-12-31", "as_of: 0"), f"{CITY}:12 publication.as_of"),
    ("yaml_not_date", edit(CITY, "as_of: 2018-12-31", "as_of: [1]"), f"{CITY}:12 publication.as_of"),
    ("yaml_not_bound", edit(INSPECTIONS, "minimum: 2012-01-01", "minimum: early"), f"{INSPECTIONS}:11 "),
    ("yaml_not_bound", edit(INSPECTIONS, "minimum: 1,", "minimum: -inf,"), f"{INSPECTIONS}:15 "),
    ("yaml_not_list", edit(CITY, "languages: [zh, en]", "languages: zh"), f"{CITY}:5 languages"),
    ("yaml_not_mapping", edit(CITY, "name: {zh: 样市, en: Sample}", "name: 样市"), f"{CITY}:3 name"),
    ("yaml_pattern", edit(CITY, 'ref_area: "450200"', "ref_area: Liuzhou"), f"{CITY}:4 ref_area"),
    ("yaml_too_short", edit(CITY, "zh: 样市", 'zh: ""'), f"{CITY}:3 name.zh"),
    ("yaml_too_short", edit(CITY, "languages: [zh, en]", "languages: []"), f"{CITY}:5 languages"),
    ("yaml_too_long", edit(FIRMS, "contract: firms", f"contract: {'f' * 65}"), f"{FIRMS}:1 contract"),
    ("yaml_below", edit(CITY, "assessment_year_starts: 1", "assessment_year_starts: 0"), f"{CITY}:8 "),
    ("yaml_above", edit(CITY, "assessment_year_starts: 1", "assessment_year_starts: 13"), f"{CITY}:8 "),
    (
        "yaml_not_above",
        edit(INDICATORS, "kind: total, series: computed, table: inspections, field: value}",
             'kind: ratio, series: computed, table: inspections, per: 0, numerator: {count: "true"}, '
             'denominator: {count: "true"}}'),
        f"{INDICATORS}:76 indicators[4].measures[1].per",
    ),
    ("format_version", edit(CITY, "format: 1", "format: 2"), f"{CITY}:1 format"),
    ("reference_missing", edit(PARAMETERS, ", reference: 办法第三条", ""), f"{PARAMETERS}:11 "),
    ("reason_missing", edit(PARAMETERS, ", reason: {zh: 惯例, en: custom}", ""), f"{PARAMETERS}:6 "),
    ("values_overlap", edit(PARAMETERS, "valid_to: 2016-12-31", "valid_to: 2017-06-30"), f"{PARAMETERS}:7 "),
    ("values_overlap", edit(PARAMETERS, "valid_to: 2016-12-31, ", ""), f"{PARAMETERS}:7 "),
    ("period_malformed", edit(INDICATORS, "time_period: 2021", "time_period: 2021年"), f"{INDICATORS}:37 "),
    ("validity_backwards", edit(PARAMETERS, "valid_to: 2016", "valid_from: 2017-01-01, valid_to: 2016"), f"{PARAMETERS}:11 "),
    ("validity_backwards", edit(AREAS, "valid_to: 2016", "valid_from: 2017\n    valid_to: 2016"), f"{AREAS}:11 areas.450221.valid_to"),
    ("target_one_of", edit(INDICATORS, "value: 90\n", "value: 90\n        figure: pass_rate\n"), f"{INDICATORS}:29 "),
    ("target_one_of", edit(INDICATORS, "        value: 90\n", ""), f"{INDICATORS}:29 "),
    (
        "target_repeated",
        edit(INDICATORS, "    targets:\n",
             "    targets:\n      - {edition: plan_2015, name: {zh: 目标, en: Target}, ref_area: '450200', "
             "time_period: 2015, value: 91, reference: x}\n"),
        f"{INDICATORS}:8 indicators[1]",
    ),
    ("series_repeated", edit(INDICATORS, "kind: figure, series: published, table: figures}",
                             "kind: count, series: computed, table: inspections}"), f"{INDICATORS}:8 "),
    ("headline_missing", edit(INDICATORS, "headline: published", "headline: simulated"), f"{INDICATORS}:8 "),
    ("amount_one_of", edit(INDICATORS, '{count: "true"}', '{count: "true", sum: value}'), f"{INDICATORS}:25 "),
    ("amount_where", edit(INDICATORS, '{count: "true"}', '{count: "true", where: n_tested > 1}'), f"{INDICATORS}:25 "),
    ("interval_without_margin", edit(INDICATORS, "        interval: wilson\n", ""), f"{INDICATORS}:20 "),
    ("interval_without_margin", edit(INDICATORS, "        margin: model_based\n", ""), f"{INDICATORS}:20 "),
    (
        "headline_simulated",
        lambda f: [
            f.edit(INDICATORS, "headline: published", "headline: simulated"),
            f.edit(INDICATORS, "        series: computed\n", "        series: simulated\n"),
        ],
        f"{INDICATORS}:8 ",
    ),
    ("field_text_only", edit(INSPECTIONS, "minimum: 0", "pattern: a"), f"{INSPECTIONS}:16 "),
    ("field_text_only", edit(INSPECTIONS, "minimum: 0", "maxLength: 5"), f"{INSPECTIONS}:16 "),
    ("bounds_type", edit(INSPECTIONS, "minimum: 2012-01-01", "minimum: 2012"), f"{INSPECTIONS}:11 "),
    ("bounds_type", edit(INSPECTIONS, "minimum: 0", "minimum: 2012-01-01"), f"{INSPECTIONS}:16 "),
    ("bounds_type", edit(INSPECTIONS, "enum: [conforming, nonconforming]", "minimum: 0"), f"{INSPECTIONS}:19 "),
    ("bounds_backwards", edit(INSPECTIONS, "minimum: 1,", "minimum: 2000,"), f"{INSPECTIONS}:15 "),
    ("pattern_malformed", edit(FIRMS, "unique: true", 'pattern: "[a"'), f"{FIRMS}:8 "),
    ("decimals_in_type", edit(FIGURES, "decimals_in: decimals", "decimals_in: source"), f"{FIGURES}:1"),
    ("decimals_in_type", edit(FIGURES, "codes: units", "decimals_in: decimals"), f"{FIGURES}:14 "),
    ("default_not_optional", edit(FIRMS, "constraints:", "default: x, constraints:"), f"{FIRMS}:8 "),
    ("field_repeated", edit(INSPECTIONS, "name: checked", "name: VERDICT"), f"{INSPECTIONS}:1"),
    ("field_reserved", edit(INSPECTIONS, "name: checked", "name: source_line"), f"{INSPECTIONS}:1"),
    ("field_missing", edit(INSPECTIONS, "primaryKey: [batch]", "primaryKey: [bach]"), f"{INSPECTIONS}:1"),
    ("time_period_frequency", edit(INSPECTIONS, ", frequency: quarter", ""), f"{INSPECTIONS}:1"),
    ("time_period_type", edit(FIGURES, "format: period, ", ""), f"{FIGURES}:1"),
    # what one file says of another
    ("code_repeated", edit(AREAS, 'ref_area: "450221"', 'ref_area: "450206"'), f"{AREAS}:12 areas[5]"),
    ("code_repeated", edit(DIMENSIONS, "code: C3610", "code: C36"), f"{DIMENSIONS}:7 dimensions.industry.codes[2]"),
    ("code_repeated", edit(INDICATORS, "unit_measure: points, n", "unit_measure: number, n"), f"{INDICATORS}:4 units[3]"),
    ("code_unknown", edit(AREAS, "parent: CN", "parent: CX"), f"{AREAS}:4 areas.450000.parent"),
    ("code_unknown", edit(AREAS, 'successor: "450206"', 'successor: "450299"'), f"{AREAS}:11 areas.450221.successor"),
    ("code_unknown", edit(ORGANISATIONS, "parent: office", "parent: ofice"), f"{ORGANISATIONS}:3 "),
    ("code_unknown", edit(ORGANISATIONS, 'ref_area: "450200"', 'ref_area: "450201"'), f"{ORGANISATIONS}:2 "),
    ("code_unknown", edit(DIMENSIONS, "parent: C36", "parent: C37"), f"{DIMENSIONS}:7 "),
    ("code_unknown", edit(CITY, 'ref_area: "450200"', 'ref_area: "450201"'), f"{CITY}:4 ref_area"),
    ("code_unknown", edit(CITY, "[CN]", "[CN-EAST]"), f"{CITY}:11 publication.comparators[1]"),
    ("code_unknown", edit(CITY, "minimum_cases: minimum_cases", "minimum_cases: minimum"), f"{CITY}:10 "),
    ("code_unknown", edit(PARAMETERS, "unit_measure: percent", "unit_measure: per_cent"), f"{PARAMETERS}:4 "),
    ("code_unknown", edit(FIGURES, "codes: units", "codes: dimension:unit"), f"{FIGURES}:14 fields.unit_measure.codes"),
    ("code_unknown", edit(INSPECTIONS, "organisations: [market]", "organisations: [markt]"), f"{INSPECTIONS}:8 "),
    ("code_unknown", edit(INSPECTIONS, "resource: firms", "resource: firm"), f"{INSPECTIONS}:22 "),
    ("code_unknown", edit(INSPECTIONS, "resource: firms, fields: [firm]", "resource: firms, fields: [name]"), f"{INSPECTIONS}:22 "),
    ("code_unknown", edit(INDICATORS, "theme: product\n", "theme: products\n"), f"{INDICATORS}:11 indicators.pass_rate.theme"),
    ("code_unknown", edit(INDICATORS, "unit_measure: percent\n", "unit_measure: pct\n"), f"{INDICATORS}:12 "),
    ("code_unknown", edit(INDICATORS, "responsible: market", "responsible: markets"), f"{INDICATORS}:14 "),
    ("code_unknown", edit(INDICATORS, "dimensions: [industry]", "dimensions: [industry, size]"), f"{INDICATORS}:15 "),
    ("code_unknown", edit(INDICATORS, 'ref_area: "450200"\n        time', 'ref_area: "450201"\n        time'), f"{INDICATORS}:31 "),
    ("code_unknown", edit(INDICATORS, "value: 90", "figure: target_rate"), f"{INDICATORS}:33 "),
    ("code_unknown", edit(INDICATORS, 'ref_area: "450200", time_period: 2021', "ref_area: CX, time_period: 2021").__call__
     if False else edit(INDICATORS, 'ref_area: "450200", time_period: 2021', 'ref_area: "450201", time_period: 2021'), f"{INDICATORS}:37 "),
    ("code_unknown", edit(INDICATORS, "table: figures", "table: figure"), f"{INDICATORS}:19 indicators.pass_rate.measures.published.table"),
    ("code_unknown", edit(INDICATORS, "table: figures", "table: firms"), f"{INDICATORS}:19 "),
    ("code_unknown", edit(INDICATORS, "by: [industry]", "by: [firm]"), f"{INDICATORS}:24 "),
    ("code_unknown", edit(INDICATORS, "field: value", "field: verdict"), f"{INDICATORS}:76 "),
    ("code_unknown", edit(INDICATORS, "of: pass_rate, of_series: computed, form", "of: pass, of_series: computed, form"), f"{INDICATORS}:49 "),
    ("code_unknown", edit(INDICATORS, "of_series: computed, form", "of_series: simulated, form"), f"{INDICATORS}:49 "),
    ("code_unknown", edit(INDICATORS, "edition: plan_2015}", "edition: plan_2020}"), f"{INDICATORS}:62 "),
    ("code_circle", edit(AREAS, "code_system: project", "code_system: project, parent: CN"), f"{AREAS}:3 areas.CN.parent"),
    ("code_circle", edit(ORGANISATIONS, "kind: quality_office,", "kind: quality_office, parent: market,"), f"{ORGANISATIONS}:2 "),
    ("code_circle", edit(DIMENSIONS, "en: Motor vehicles}", "en: Motor vehicles}, parent: C3610"), f"{DIMENSIONS}:6 "),
    ("contract_name", edit(FIRMS, "contract: firms", "contract: companies"), f"{FIRMS}:1 contract"),
    ("parameter_not_dated", edit(CITY, "as_of: 2018", "as_of: 2008").__call__, "")
    if False
    else ("parameter_not_dated", edit(PARAMETERS, "valid_from: 2017-01-01", "valid_from: 2019-01-01"), f"{PARAMETERS}:10 parameters.minimum_cases.values"),
    ("confidence_level_range", edit(PARAMETERS, "value: 95", "value: 0.95"), f"{PARAMETERS}:5 "),
    ("foreign_key_width", edit(INSPECTIONS, "fields: [firm], reference", "fields: [firm, batch], reference"), f"{INSPECTIONS}:22 "),
]
