"""The reference pages that the program writes of itself: the format of a city folder, and the rules.

Run `python -m zhiheng.framework.reference docs` after changing a model, a description or a
message; a test fails while the committed pages differ.  To change what a page says, change the
description of the field, the docstring of the model, or the message.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin, get_type_hints

from pydantic import BaseModel, StringConstraints
from pydantic.fields import FieldInfo

from zhiheng.errors import catalogue_files
from zhiheng.framework import base, contracts, measures
from zhiheng.framework.areas import AreaCode, AreasFile, YearText
from zhiheng.framework.city import CityFile
from zhiheng.framework.dimensions import DimensionCode, DimensionsFile
from zhiheng.framework.indicators import IndicatorsFile, UnitsFile
from zhiheng.framework.organisations import OrganisationsFile
from zhiheng.framework.outline import OutlineFile
from zhiheng.framework.parameters import ParametersFile
from zhiheng.framework.report import ReportFile

FILES: tuple[tuple[str, str, type[BaseModel]], ...] = (
    ("city.yaml", "城市", CityFile),
    ("framework/areas.yaml", "地区", AreasFile),
    ("framework/organisations.yaml", "单位", OrganisationsFile),
    ("framework/dimensions.yaml", "维度", DimensionsFile),
    ("framework/units.yaml", "计量单位与分组", UnitsFile),
    ("framework/indicators/*.yaml", "指标", IndicatorsFile),
    ("framework/parameters.yaml", "参数", ParametersFile),
    ("framework/outline.yaml", "大纲", OutlineFile),
    ("framework/report.yaml", "报告", ReportFile),
    ("framework/contracts/*.yaml", "契约", contracts.Contract),
)
"""The files of a city folder, their names, and the models that read them."""

_PLAIN: tuple[tuple[Any, str], ...] = (
    (base.Code, "代码<br>code"),
    (DimensionCode, "代码（可以数字开头）<br>code (may begin with a digit)"),
    (AreaCode, "地区代码<br>area code"),
    (YearText, "年份，四位数字<br>year of four digits"),
    (base.PeriodText, "时期<br>period"),
    (contracts.CodeList, "代码表<br>code list"),
    (contracts.Bound, "数或日期<br>number or day"),
    (measures.Condition, "条件<br>condition"),
    (Any, "值、列表或映射<br>a value, list or mapping"),
    (base.Flag, "`true`、`false`"),
    (base.Day, "日期<br>day"),
    (int, "整数<br>whole number"),
    (float, "数<br>number"),
    (str, "文字<br>text"),
)
"""What may stand for a value that is not itself keys and values, in plain words."""

_NAMES = {
    "Text": "中英文",
    "Publication": "发布规则",
    "Area": "地区",
    "Organisation": "单位",
    "Dimension": "维度",
    "DimensionItem": "维度的代码",
    "Unit": "计量单位",
    "Symbol": "符号",
    "Scale": "英文的数量级",
    "Theme": "分组",
    "Indicator": "指标",
    "FigureMeasure": "原样收集",
    "CountMeasure": "计数",
    "TotalMeasure": "总和",
    "MeanMeasure": "平均",
    "RateMeasure": "率",
    "Amount": "量",
    "RatioMeasure": "比",
    "WeightedRateMeasure": "加权率",
    "StratumWeights": "层的权数",
    "GivenWeights": "写明的权数",
    "GivenWeight": "一层的权数",
    "Stock": "期末在册",
    "PlanPeriod": "规划期",
    "ShareMeasure": "份额",
    "IndexMeasure": "指数",
    "Robustness": "名次的检验",
    "Variation": "变动的选择",
    "ChangeMeasure": "变化",
    "AttainmentMeasure": "达成度",
    "Target": "目标",
    "Light": "亮灯",
    "Break": "序列中断",
    "Parameter": "参数",
    "ParameterValue": "参数的值",
    "QualitySet": "一个时段的各方面质量",
    "Quality": "一方面质量",
    "PillarSet": "一个时段的支柱产业",
    "Pillar": "支柱产业",
    "Flagship": "拳头产品",
    "IndexOutline": "指数的页面",
    "GradeEdition": "一版等级",
    "Register": "名录",
    "ValueName": "值的名称",
    "Tile": "地图的一格",
    "Form": "法定报表",
    "Aggregates": "合计行",
    "Division": "拆分",
    "AreaPart": "拆分后的一份",
    "FootCell": "表尾的格子",
    "TimePeriod": "时期",
    "FieldSpec": "字段",
    "Constraints": "要求",
    "ForeignKey": "外键",
    "TableReference": "所指的表",
    "Rule": "规则",
    "Chapter": "报告的一章",
    "CircularHead": "通报的版头版记",
}
"""Chinese names of the models that stand within files."""

_LIMITS = {"ge": "≥ {}", "gt": "> {}", "le": "≤ {}", "lt": "< {}"}
_PACKAGES = {
    "framework": "城市文件夹的 YAML",
    "collect": "采集与冻结",
    "reduce": "汇总",
    "index": "合成指数",
    "inspection": "抽样检验",
    "compute": "计算",
    "explain": "追溯",
    "publish": "发布",
    "simulate": "模拟",
    "pipeline": "运行",
    "folder": "文件夹的建立、升级与发布版",
    "usage": "命令行的用法",
    "cli": "命令行",
    "store": "磁盘与锁",
}


def format_reference() -> str:
    """Return the page on the format of a city folder, in Markdown.

    Returns
    -------
    str
        Every file with its model's keys, and every model within it once, where it is first used.
    """
    shown: set[type[BaseModel]] = set()
    forms = [f"| {name} | {zh}<br>{en} |" for name, zh, en in _FORMS]
    parts = [_FORMAT_HEAD, "\n".join(["| 类型 Type | 写法 Form |", "|---|---|", *forms])]
    for file, name, model in FILES:
        parts.append(f"## {name} `{file}` {{ #{_anchor(model)} }}\n\n{_table(model)}")
        shown.add(model)
        for part in _models_within(model):
            if part not in shown:
                shown.add(part)
                parts.append(
                    f"### {_name(part)} {{ #{_anchor(part)} }}\n\n{_summary(part)}\n\n{_table(part)}"
                )
    return "\n\n".join(parts) + "\n"


def rules_reference() -> str:
    """Return the page on every rule of the message catalogue, in Markdown.

    Returns
    -------
    str
        By package, in the order of the catalogue: what is wrong and what to do, Chinese and English.
    """
    parts = [_RULES_HEAD]
    for package, rules in catalogue_files().items():
        rows = [
            f"| `{rule}` | {_both(words['rule'])} | {_both(words['fix'])} |" for rule, words in rules.items()
        ]
        heading = f"## {_PACKAGES.get(package, package)} `{package}` {{ #{package} }}"
        parts.append(
            "\n".join([heading, "", "| 规则 Rule | 意思 Meaning | 怎么改 Fix |", "|---|---|---|", *rows])
        )
    return "\n\n".join(parts) + "\n"


def write(docs: Path) -> None:
    """Write the pages into the documentation's folder.

    Parameters
    ----------
    docs : Path
        The folder that holds `reference/`.
    """
    for name, page in PAGES.items():
        (docs / "reference" / name).write_text(page(), encoding="utf-8", newline="\n")


PAGES: dict[str, Callable[[], str]] = {"format.md": format_reference, "rules.md": rules_reference}
"""Every page that is written here, by its file's name."""

_FORMAT_HEAD = """# 城市文件夹的格式

!!! abstract "In English"
    The keys of every YAML file in a city folder, generated from the models that read them. A key that
    is not listed here is an error. Values are typed by the key they stand under, not by how they look:
    `450200`, `no` and `12:30` stay text where text is expected. Anchors, aliases, tags and several
    documents in one file are not allowed.

本页由程序根据 `framework` 中的模型写成，不要手改。没有列在这里的键是错误。值的类型由键决定，不由写法决定：
该是文字的地方，`450200`、`no`、`12:30` 都是文字。不允许锚点、别名、标签，一个文件只有一份文档。
文件用 UTF-8。"""

_FORMS = (
    ("代码 code", "字母开头，只含字母、数字和 `_`", "a letter, then letters, digits and `_`; 64 at most"),
    ("地区代码 area code", "六位数字，或 `CN`、`CN-` 加大写字母", "six digits, or `CN`, `CN-` and capitals"),
    ("时期 period", "`2015`、`2015-Q3`、`2015-07`、`2015-07-01`", "spans such as `2012/2017`"),
    ("日期 day", "`2016-07-01`", "and no other form"),
    ("代码表 code list", "`areas`、`organisations`、`indicators`、`units`", "or `dimension:` and its code"),
    ("条件 condition", "字段、比较、`AND` `OR` `NOT`、`IN`、`BETWEEN`、`IS NULL`、四则运算",
     "such as `verdict = 'conforming' AND n_tested >= 5`"),
)  # fmt: skip
"""How values are written that the tables name in a word."""

_RULES_HEAD = """# 规则与提示

!!! abstract "In English"
    Every rule that Zhiheng checks and the words it says, generated from the message catalogue. Words
    in `code` are filled in with what was found. With `--json` the rule's name is given as `rule`.

本页由程序根据提示目录 `messages/*.yaml` 写成，不要手改。`代码体`的词在提示里换成当时的内容；`--json` 输出里的
`rule` 就是规则的名字。"""


def _table(model: type[BaseModel]) -> str:
    hints = get_type_hints(model, include_extras=True)
    rows = ["| 键 Key | 类型 Type | 缺省 Default | 说明 Description |", "|---|---|---|---|"]
    for key, field in model.model_fields.items():
        cells = (f"`{key}`", _type(hints[key], field), _default(field), _description(field))
        rows.append("| " + " | ".join(cells) + " |")
    return "\n".join(rows)


def _type(annotation: Any, field: FieldInfo | None = None) -> str:
    """Say a type in plain words, with the values and limits it allows."""
    annotation = _without_none(annotation)
    for known, words in _PLAIN:
        if annotation == known:
            return "<br>".join([words, *_limits(field.metadata if field else [], "字 · character(s)")])
    origin, args = get_origin(annotation), get_args(annotation)
    if origin is list:
        limits = _limits(field.metadata if field else [], "项 · item(s)")
        return "<br>".join(["列表 list", _type(args[0]), *limits])
    if origin is Literal:
        return "、".join(f"`{value}`" for value in args)
    if origin is Annotated:
        return "<br>".join([_type(args[0]), *_limits(args[1:], "字 · character(s)", pattern=True)])
    if origin in (Union, UnionType):
        return "、".join(_type(arg) for arg in args)
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return f"[{_name(annotation)}](#{_anchor(annotation)})"
    raise TypeError(f"no words for {annotation}")  # a new type needs its words above


def _without_none(annotation: Any) -> Any:
    if get_origin(annotation) in (Union, UnionType):
        rest = tuple(arg for arg in get_args(annotation) if arg is not NoneType)
        return Union[rest]  # noqa: UP007 - built from a tuple
    return annotation


def _limits(metadata: Iterable[Any], counted: str, *, pattern: bool = False) -> Iterator[str]:
    """Say the limits in a field's metadata; a pattern only where no name of ours says it in words."""
    for item in metadata:
        if isinstance(item, FieldInfo):
            yield from _limits(item.metadata, counted)
        if isinstance(item, StringConstraints):
            if pattern and item.pattern:
                yield f"`{item.pattern}`"
            continue
        for name, words in _LIMITS.items():
            if (value := getattr(item, name, None)) is not None:
                yield words.format(value)
        if (least := getattr(item, "min_length", None)) is not None:
            yield f"≥ {least} {counted}"


def _default(field: FieldInfo) -> str:
    if field.is_required():
        return "**必填 required**"
    value = field.get_default(call_default_factory=True)
    if value is None or value in ([], "") or isinstance(value, BaseModel):
        return "—"
    return f"`{value if isinstance(value, str) else json.dumps(value)}`"


def _description(field: FieldInfo) -> str:
    return (field.description or "").replace(" · ", "<br>")


def _models_within(model: type[BaseModel]) -> Iterator[type[BaseModel]]:
    """Return the models below a model, each after the one that names it."""
    for field in model.model_fields.values():
        for part in _models_of(field.annotation):
            yield part
            yield from _models_within(part)


def _models_of(annotation: Any) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    else:
        for arg in get_args(annotation):
            yield from _models_of(arg)


def _summary(model: type[BaseModel]) -> str:
    return " ".join((model.__doc__ or "").split("\n\n", maxsplit=1)[0].split())


def _name(model: type[BaseModel]) -> str:
    return f"{_NAMES[model.__name__]} {model.__name__}"


def _anchor(model: type[BaseModel]) -> str:
    return model.__name__.lower()


def _both(words: dict[str, str]) -> str:
    return f"{_filled(words['zh'])}<br>{_filled(words['en'])}"


class _Facts(dict[str, str]):
    """Fills a message's facts in with their own names."""

    def __missing__(self, key: str) -> str:
        return f"`{key}`"


def _filled(words: str) -> str:
    """Return words with facts as code, and without signs that Markdown would take for its own."""
    said = words.format_map(_Facts())
    for sign, entity in (("<", "&lt;"), ("{", "&#123;"), ("}", "&#125;"), ("|", "&#124;")):
        said = said.replace(sign, entity)
    return said


if __name__ == "__main__":
    write(Path(sys.argv[1] if len(sys.argv) > 1 else "docs"))
