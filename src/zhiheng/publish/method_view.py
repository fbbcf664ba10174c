"""How figures are made, in words: measures, their conditions, the parameters behind them."""

from __future__ import annotations

from typing import Any

from zhiheng.compute.measures import NEEDS_CASES
from zhiheng.framework.index_check import leaves as index_leaves
from zhiheng.framework.indicators import Indicator
from zhiheng.framework.measures import Amount, WeightedRateMeasure
from zhiheng.publish import numbers
from zhiheng.publish.shown import Voice
from zhiheng.publish.words import Words

FROM_RECORDS = ("count", "total", "mean", "rate", "ratio", "share", "weighted_rate")


def method(voice: Voice, measure: Any) -> dict[str, Any]:
    """Return how one series is made, with its conditions as they are written in the framework."""
    words = voice.words
    rules: list[tuple[str, str]] = []
    for role in ("numerator", "denominator"):
        if (amount := getattr(measure, role, None)) is not None:
            rules.append((words(role), amount_text(words, amount)))
    if getattr(measure, "where", None):
        rules.append((words("where"), measure.where))
    if getattr(measure, "field", None):
        rules.append((words("field"), measure.field))
    return {
        "series": words(f"series_{measure.series}"),
        "simulated": measure.series == "simulated",
        "kind": words(f"measure_{measure.kind}"),
        "sentence": words(f"measure_{measure.kind}_is"),
        "rules": rules,
        "facts": _facts(voice, measure),
    }


def _facts(voice: Voice, measure: Any) -> list[tuple[str, str]]:
    words, city = voice.words, voice.city
    facts: list[tuple[str, str]] = []
    if table := getattr(measure, "table", None):
        contract = city.contracts[table]
        facts.append((words("table"), f"{voice(contract.title)} · {table} · v{contract.version}"))
        facts.append((words("basis"), words(f"basis_{contract.basis}")))
    if measure.kind in FROM_RECORDS:
        facts.append((words("frequency"), words(f"frequency_{measure.frequency}")))
        by = [voice(city.dimensions[name].name) for name in measure.by]
        facts.append((words("broken_down_by"), words("list_comma").join(by) or words("none")))
        facts += _period_facts(voice, measure)
    if measure.kind == "weighted_rate":
        facts += _weighted_facts(voice, measure)
    margin = getattr(measure, "margin", "none")
    if margin != "none":
        interval = getattr(measure, "interval", None) or "t"
        facts.append((words("margin"), f"{words(f'interval_{interval}')} · {words(f'margin_{margin}')}"))
    if measure.kind == "index":
        leaves = [voice(city.indicators[c].name) for c in index_leaves(city.indices[measure.index].value)]
        facts.append((words("index_inputs"), words("list_comma").join(leaves)))
        facts.append((words("index_missing"), words(f"missing_input_{measure.missing_input}")))
    if measure.kind in ("change", "attainment"):
        facts.append((words("of_indicator"), voice(city.indicators[measure.of].name)))
    if measure.kind == "attainment" and measure.since:
        facts.append((words("from_period"), voice.period(measure.since)))
    if measure.kind == "attainment" and measure.areas:
        facts.append((words("only_areas"), words("list_comma").join(map(voice.area, measure.areas))))
    return facts


def _period_facts(voice: Voice, measure: Any) -> list[tuple[str, str]]:
    """Return the spans a figure is also made for, and the validity of a stock."""
    words, city = voice.words, voice.city
    facts = []
    if spans := getattr(measure, "spans", []):
        named = [
            f"{voice(city.plan_periods[s].name)} {voice.period(city.span(s))}"
            if s in city.plan_periods
            else voice.period(s)
            for s in spans
        ]
        facts.append((words("spans"), words("list_comma").join(named)))
    if (stock := getattr(measure, "stock", None)) is not None:
        name = "stock_between" if stock.ends else "stock_from"
        facts.append((words("stock"), words(name, begins=stock.begins, ends=stock.ends or "")))
    return facts


def _weighted_facts(voice: Voice, measure: WeightedRateMeasure) -> list[tuple[str, str]]:
    """Return what the strata are, what they weigh, and what is done where there is no sample."""
    words, city, weights = voice.words, voice.city, measure.weights
    by = words("weights_given")
    if weights.table is not None and weights.amount is not None:
        table = voice(city.contracts[weights.table].title)
        by = words("weights_of", table=table, amount=amount_text(words, weights.amount))
    elif any(given.status == "assumed" for given in weights.given):
        by = f"{by} · {words('parameter_assumed')}"
    return [
        (words("strata"), voice(city.dimensions[measure.strata].name)),
        (words("weights"), by),
        (words("higher_areas"), words(f"areas_{measure.areas}")),
        (words("without_sample"), words(f"without_sample_{measure.without_sample}")),
    ]


def parameters(voice: Voice, indicator: Indicator) -> list[dict[str, Any]]:
    """Return the parameters that decide how the figures are shown, as they hold on the day."""
    publication = voice.city.settings.publication
    names = []
    if any(getattr(measure, "margin", "none") != "none" for measure in indicator.measures):
        names.append(publication.confidence_level)
    if any(measure.kind in NEEDS_CASES for measure in indicator.measures):
        names.append(publication.minimum_cases)
    return [_parameter(voice, name) for name in dict.fromkeys(names)]


def _parameter(voice: Voice, name: str) -> dict[str, Any]:
    """Return a parameter as it holds on the publication date."""
    parameter = voice.city.parameters[name]
    value = parameter.on(voice.city.settings.publication.as_of)
    return {
        "name": voice(parameter.name),
        "code": name,
        "value": voice.with_unit(numbers.printed(value.value, None), parameter.unit_measure),
        "status": voice.words(f"parameter_{value.status}"),
        "assumed": value.status == "assumed",
        "reason": voice(value.reason) if value.reason else value.reference,
        "reason_lang": None if value.reason else voice.foreign(value.reference),
    }


def amount_text(words: Words, amount: Amount) -> str:
    """Return an amount as it is written in the framework."""
    if amount.count is not None:
        return f"{words('count_of')} {amount.count}"
    text = f"{words('sum_of')} {amount.sum}"
    return f"{text} {words('where_code')} {amount.where}" if amount.where else text
