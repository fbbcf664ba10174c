"""Facts that stand beside the steps of an explanation."""

from __future__ import annotations

from collections.abc import Iterable

from zhiheng.collect.rounds import Round
from zhiheng.explain.steps import Fact, Row
from zhiheng.framework.base import Text

ASSUMED = Text(
    zh="参数为假定，与官方值不可比", en="assumed parameters: not comparable with the official values"
)
"""What is said of every figure that rests on assumed weights, bounds or shares."""

NODE_DECIMALS = 2
STATUS = {
    "official": Text(zh="有文件规定", en="set by a document"),
    "assumed": Text(zh="假定", en="assumed"),
}
ROLES = {
    "count": Text(zh="计数条件", en="counts"),
    "total": Text(zh="求和", en="adds up"),
    "moments": Text(zh="求均值", en="averages"),
    "numerator": Text(zh="分子", en="numerator"),
    "denominator": Text(zh="分母", en="denominator"),
    "weight": Text(zh="权数", en="weight"),
}
GIVEN = {
    "n": Text(zh="记录数", en="n"),
    "count": Text(zh="计数", en="count"),
    "total": Text(zh="合计", en="total"),
    "moments_n": Text(zh="有值的记录数", en="moments_n"),
    "moments_mean": Text(zh="均值", en="moments_mean"),
    "numerator": Text(zh="分子", en="numerator"),
    "denominator": Text(zh="分母", en="denominator"),
    "weight": Text(zh="权数", en="weight"),
    "weight_n": Text(zh="权数的记录数", en="weight_n"),
}
"""What a file gave to a figure, by role; the English words are the keys that programs read."""
OPTIONAL = {
    "numerator": Text(zh="分子", en="numerator"),
    "denominator": Text(zh="分母", en="denominator"),
    "coverage": Text(zh="有样本的权数（%）", en="weight with a sample, per cent"),
    "range_low": Text(zh="无样本的若为 0", en="if what has no sample were 0"),
    "range_high": Text(zh="无样本的若为 100", en="if what has no sample were 100"),
    "n_obs": Text(zh="记录数", en="records"),
    "source": Text(zh="来源", en="source"),
    "release_date": Text(zh="发布日期", en="released"),
    "derivation": Text(zh="推算", en="derivation"),
    "note": Text(zh="注", en="note"),
    "series_break": Text(zh="测算批次起于", en="measurement run from"),
    "conflict_group": Text(zh="冲突组", en="conflict group"),
    "method_version": Text(zh="方法版本", en="method version"),
}


def stratum_facts(line: Row) -> tuple[Fact, ...]:
    """Return what a stratum brought to a weighted rate, or that it has no sample or no weight."""
    sampled = line["denominator"] > 0
    return (
        (ROLES["numerator"], f"{line['numerator']:g}"),
        (ROLES["denominator"], f"{line['denominator']:g}"),
        (ROLES["weight"], f"{line['weight']:g}"),
        (Text(zh="占权数", en="share of the weight"), f"{line['share']:.2f}%")
        if sampled and line["weight"] > 0
        else (Text(zh="无样本", en="no sample"), Text(zh="去掉", en="dropped"))
        if not sampled
        else (Text(zh="无权数", en="no weight"), Text(zh="不计", en="not counted")),
    )


def node_facts(node: Row) -> Iterable[Fact]:
    """Yield a node's weights, and for an indicator its value at every stage, bounds and contribution."""
    if node["parent"] is not None:
        yield Text(zh="同级权数", en="weight among siblings"), f"{100 * node['importance_weight']:.4g}%"
        yield Text(zh="在指数中的权数", en="weight in the index"), f"{100 * node['effective_weight']:.4g}%"
    if node["raw"] is not None:
        yield Text(zh="原值", en="raw value"), f"{node['raw']:.6g}"
        if node["treated"] is not None and node["treated"] != node["raw"]:
            yield Text(zh="处理后", en="treated"), f"{node['treated']:.6g}"
    if node["lower"] is not None:
        yield Text(zh="界限", en="bounds"), f"{node['lower']:g} – {node['upper']:g}"
    if node["contribution"] is not None:
        yield Text(zh="对指数的贡献", en="contribution to the index"), f"{node['contribution']:.4f}"
    if node["status"] is not None:
        yield Text(zh="参数", en="parameters"), STATUS[node["status"]]


def given_facts(weights: Row) -> tuple[Fact, ...]:
    """Return weights that were written down, with their document or reason."""
    facts: list[Fact] = [(Text(zh="状态", en="status"), STATUS[weights["status"]])]
    if weights["reference"]:
        facts.append((Text(zh="出处", en="reference"), weights["reference"]))
    if weights["reason"]:
        facts.append((Text(zh="理由", en="reason"), Text(**weights["reason"])))
    facts += [(same(line["stratum"]), f"{line['weight']:g}") for line in weights["given"]]
    return tuple(facts)


def round_facts(made: Round) -> tuple[Fact, ...]:
    """Return what the log says of a frozen file."""
    return (
        (Text(zh="校验和", en="sha256"), made.sha256),
        (Text(zh="轮次", en="round"), f"{made.round} (v{made.version:04d}, {made.at})"),
        (Text(zh="来自", en="collected as"), f"{_source(made)} (sha256 {made.source_sha256})"),
        (Text(zh="契约版本", en="contract version"), made.contract_version),
    )


def _source(made: Round) -> str:
    return f"{made.source}!{made.sheet}" if made.sheet else made.source


def same(text: str) -> Text:
    """Return a text that is the same in both languages."""
    return Text(zh=text, en=text)
