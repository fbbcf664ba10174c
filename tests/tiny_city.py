"""The smallest city folder that has a bit of everything; for tests of every stage.

Two areas of which one took the other's place, one dimension, a table of dated records with
personal fields, and published figures with their sources.  It has no records.
"""

from __future__ import annotations

from pathlib import Path

FILES = {
    "city.yaml": """
format: 2
city: tiny
name: {zh: 小城, en: Tiny}
ref_area: "450200"
languages: [zh, en]
time_zone: Asia/Shanghai
geography: current
assessment_year_starts: 1
publication: {confidence_level: confidence_level, minimum_cases: minimum_cases, as_of: 2018-12-31}
""",
    "framework/areas.yaml": """
reference: GB/T 2260
areas:
  - {ref_area: "450200", name: {zh: 柳州市, en: Liuzhou}, code_system: GB/T 2260}
  - {ref_area: "450221", name: {zh: 柳江县, en: Liujiang County}, parent: "450200", code_system: GB/T 2260,
     valid_to: 2016, successor: "450206"}
  - {ref_area: "450206", name: {zh: 柳江区, en: Liujiang District}, parent: "450200", code_system: GB/T 2260,
     valid_from: 2016}
""",
    "framework/organisations.yaml": """
organisations:
  - {organisation: office, name: {zh: 质量强市办, en: Quality office}, kind: quality_office}
  - {organisation: lab, name: {zh: 质检所, en: Laboratory}, kind: laboratory, parent: office}
  - {organisation: county, name: {zh: 柳江区, en: Liujiang}, kind: county, parent: office, ref_area: "450206"}
""",
    "framework/dimensions.yaml": """
dimensions:
  - dimension: channel
    name: {zh: 抽样渠道, en: Channel}
    codes:
      - {code: shop, name: {zh: 流通领域, en: Shops}}
      - {code: online, name: {zh: 网络, en: Online}}
""",
    "framework/units.yaml": """
units:
  - {unit_measure: percent, name: {zh: 百分数, en: Per cent}, symbol: {zh: "%", en: "%"}}
  - {unit_measure: count, name: {zh: 个数, en: Count}, symbol: {zh: 个, en: ""}}
themes:
  - {theme: product, name: {zh: 产品质量, en: Products}}
""",
    "framework/indicators/product.yaml": """
indicators:
  - indicator: pass_rate
    name: {zh: 抽查合格率, en: Pass rate}
    definition: {zh: 合格批次占抽查批次, en: Conforming batches of those inspected}
    theme: product
    unit_measure: percent
    direction: higher
    responsible: lab
    dimensions: [channel]
    decimals: 1
    headline: published
    measures:
      - {kind: figure, series: published, table: figures}
      - {kind: rate, series: computed, table: inspections, by: [channel], margin: model_based,
         interval: wilson, numerator: {count: verdict = 'conforming'}, denominator: {count: "true"}}
  - indicator: batches
    name: {zh: 抽查批次, en: Batches inspected}
    definition: {zh: 抽查的批次数, en: Number of batches inspected}
    theme: product
    unit_measure: count
    direction: none
    responsible: lab
    decimals: 0
    headline: computed
    measures:
      - {kind: count, series: computed, table: inspections}
""",
    "framework/parameters.yaml": """
parameters:
  - parameter: confidence_level
    name: {zh: 置信水平, en: Confidence level}
    unit_measure: percent
    values: [{value: 95, status: assumed, reason: {zh: 惯例, en: Custom}}]
  - parameter: minimum_cases
    name: {zh: 最少记录数, en: Minimum cases}
    unit_measure: count
    values: [{value: 5, status: assumed, reason: {zh: 惯例, en: Custom}}]
""",
    "framework/contracts/inspections.yaml": """
contract: inspections
version: "1.2"
title: {zh: 监督抽查批次, en: Inspected batches}
description: {zh: 一行是一个批次, en: One row is one batch}
basis: targeted
series: computed
time_period: {field: sampled_on, frequency: year}
organisations: [lab, county]
missingValues: ["", "未报"]
fields:
  - {name: batch_id, type: string, title: {zh: 批次号, en: Batch}, constraints: {required: true}}
  - {name: sampled_on, type: date, title: {zh: 抽样日期, en: Sampled on},
     constraints: {required: true, minimum: 2012-01-01, maximum: 2018-12-31}}
  - {name: ref_area, type: string, title: {zh: 地区, en: Area}, codes: areas, constraints: {required: true}}
  - {name: channel, type: string, title: {zh: 渠道, en: Channel}, codes: "dimension:channel",
     constraints: {required: true}}
  - {name: n_tested, type: integer, title: {zh: 检验件数, en: Items tested},
     constraints: {required: true, minimum: 1, maximum: 10000}}
  - {name: n_bad, type: integer, title: {zh: 不合格件数, en: Items nonconforming}, constraints: {minimum: 0}}
  - {name: value, type: number, title: {zh: 货值, en: Value}, constraints: {minimum: 0}}
  - {name: announced, type: boolean, title: {zh: 已公告, en: Announced}}
  - {name: verdict, type: string, title: {zh: 判定, en: Verdict},
     constraints: {required: true, enum: [conforming, nonconforming]}}
  - {name: serial, type: string, title: {zh: 流水号, en: Serial},
     constraints: {unique: true, pattern: "[A-Z]{2}[0-9]{3}"}}
  - {name: inspector, type: string, title: {zh: 抽样人, en: Inspector}, personal: key,
     constraints: {minLength: 2, maxLength: 20}}
  - {name: phone, type: string, title: {zh: 电话, en: Telephone}, personal: drop}
primaryKey: [batch_id]
rules:
  - rule: bad_within_tested
    condition: n_bad <= n_tested
    message: {zh: 不合格件数多于检验件数, en: More items nonconforming than tested}
    fix: {zh: 请核对两个件数, en: Check both numbers}
  - rule: few_items
    condition: n_tested >= 5
    severity: warning
    message: {zh: 检验件数很少, en: Very few items were tested}
    fix: {zh: 请确认, en: Confirm it}
""",
    "framework/contracts/sources.yaml": """
contract: sources
version: "1"
title: {zh: 出处, en: Sources}
description: {zh: 一行是一个出处, en: One row is one source}
basis: declared
series: published
organisations: [office]
fields:
  - {name: source, type: string, title: {zh: 来源, en: Source}, constraints: {required: true}}
  - {name: issuer, type: string, title: {zh: 机关, en: Issuer}, constraints: {required: true}}
primaryKey: [source]
""",
    "framework/contracts/figures.yaml": """
contract: figures
version: "1"
title: {zh: 公布数, en: Published figures}
description: {zh: 一行是一个公布的数, en: One row is one published figure}
basis: declared
series: published
time_period: {field: time_period}
organisations: [office]
fields:
  - {name: ref_area, type: string, title: {zh: 地区, en: Area}, codes: areas, constraints: {required: true}}
  - {name: time_period, type: string, format: period, title: {zh: 时期, en: Period}}
  - {name: indicator, type: string, title: {zh: 指标, en: Indicator}, codes: indicators,
     constraints: {required: true}}
  - {name: channel, type: string, title: {zh: 渠道, en: Channel}, codes: "dimension:channel", default: _T}
  - {name: obs_value, type: number, title: {zh: 值, en: Value}, decimals_in: decimals,
     constraints: {required: true}}
  - {name: decimals, type: integer, title: {zh: 小数位, en: Decimals}}
  - {name: unit_measure, type: string, title: {zh: 单位, en: Unit}, codes: units,
     constraints: {required: true}}
  - {name: obs_status, type: string, title: {zh: 状态, en: Status},
     constraints: {required: true, enum: [published, target]}}
  - {name: bound, type: string, title: {zh: 界, en: Bound}, constraints: {enum: [">", ">="]}}
  - {name: release_date, type: date, title: {zh: 发布日期, en: Released on}}
  - {name: source, type: string, title: {zh: 来源, en: Source}, constraints: {required: true}}
primaryKey: [ref_area, time_period, indicator, channel, source]
foreignKeys:
  - {fields: [source], reference: {resource: sources, fields: [source]}}
""",
}
"""Every file of the folder, by its path."""


def write(folder: Path) -> None:
    """Write the city folder.

    Parameters
    ----------
    folder : Path
        Made where it is not there.
    """
    for name, text in FILES.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text.lstrip(), encoding="utf-8")
