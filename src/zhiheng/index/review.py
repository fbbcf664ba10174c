"""An index looked over: statistics, correlations, alpha, components, effective weights, profiles."""

from __future__ import annotations

import numpy as np
import polars as pl
from numpy.typing import NDArray

from zhiheng.errors import Problem, ZhihengError
from zhiheng.index import analysis
from zhiheng.index.attribution import row_of
from zhiheng.index.result import Result
from zhiheng.index.spec import unknown
from zhiheng.index.treat import skew_kurtosis
from zhiheng.index.tree import UndefinedError

Floats = NDArray[np.float64]


def statistics(result: Result, stage: str = "data") -> pl.DataFrame:
    """Return the statistics of every indicator at a stage.

    Returns
    -------
    DataFrame
        indicator, n, missing, zeros, min, q25, median, mean, q75, max, sd (n - 1), skew, kurtosis
        (bias-corrected), unique (how many different values).
    """
    state = result.states[result.place(stage)]
    x = state.x
    skew, kurtosis = skew_kurtosis(x)
    columns = []
    for j in range(x.shape[1]):
        known = x[~np.isnan(x[:, j]), j]
        quarter = np.quantile(known, [0, 0.25, 0.5, 0.75, 1]) if len(known) else np.full(5, np.nan)
        mean = known.mean() if len(known) else np.nan
        sd = known.std(ddof=1) if len(known) > 1 else np.nan
        columns.append(
            (len(known), len(x) - len(known), int((known == 0).sum()), *quarter[:3], mean, *quarter[3:], sd)
        )
    names = ["n", "missing", "zeros", "min", "q25", "median", "mean", "q75", "max", "sd"]
    frame = pl.DataFrame(columns, schema=names, orient="row", strict=False)
    codes = result.spec.arrays.codes[: x.shape[1]]
    return frame.select(pl.Series("indicator", codes), pl.all()).with_columns(
        skew=pl.Series(skew[0]), kurtosis=pl.Series(kurtosis[0]),
        unique=pl.Series([len(np.unique(x[~np.isnan(x[:, j]), j])) for j in range(x.shape[1])]),
    ).fill_nan(None)  # fmt: skip


def correlations(
    result: Result, *, collinear: float = 0.92, negative: float = -0.4, weak: float = 0.3
) -> pl.DataFrame:
    """Return the correlations of siblings with one another and of every part with its parents.

    Parameters
    ----------
    result : Result
    collinear, negative, weak : float
        From and above `collinear` two siblings say the same; at and below `negative` two parts go
        against each other; below `weak` (and not negative) a part hardly moves its parent.

    Returns
    -------
    DataFrame
        code, other, relation (`sibling`, `parent`, `ancestor`), correlation, flag (`collinear`,
        `negative`, `weak` or null).

    References
    ----------
    OECD/JRC (2008), Handbook, step 2; the JRC's audits of composite indicators use such limits,
    which are arguments here.
    """
    tree = result.spec.arrays
    r = analysis.correlations(result.node_values)
    rows = []
    for place in range(len(tree.codes) - 1):
        parent = int(tree.parents[place])
        for other in tree.below(parent):
            if other > place:
                value = r[place, other]
                flag = "collinear" if value >= collinear else "negative" if value <= negative else None
                rows.append((tree.codes[place], tree.codes[other], "sibling", value, flag))
        for step, above in enumerate(tree.path(place, len(tree.codes) - 1)[1:]):
            value = r[place, above]
            flag = "negative" if value <= negative else "weak" if value < weak else None
            relation = "ancestor" if step else "parent"
            rows.append((tree.codes[place], tree.codes[above], relation, value, flag))
    names = {
        "code": pl.String,
        "other": pl.String,
        "relation": pl.String,
        "correlation": pl.Float64,
        "flag": pl.String,
    }
    return pl.DataFrame(rows, schema=names, orient="row").fill_nan(None)


def reliability(result: Result) -> pl.DataFrame:
    """Return for every node Cronbach's alpha of its parts and the first component's share.

    Returns
    -------
    DataFrame
        node, parts, alpha, explained (share of the variance by the first component), components
        (eigenvalues of at least 1).
    """
    tree = result.spec.arrays
    rows: list[tuple[object, ...]] = []
    for node in tree.nodes:
        x = result.node_values[:, tree.below(node)]
        alpha = analysis.cronbach_alpha(x)
        try:
            values = analysis.principal_components(x).eigenvalues
            rows.append(
                (
                    tree.codes[node],
                    x.shape[1],
                    alpha,
                    values[0] / values.sum(),
                    int((values >= 1 - 1e-9).sum()),
                )
            )
        except UndefinedError:  # a part without spread has no components; alpha says so too
            rows.append((tree.codes[node], x.shape[1], alpha, np.nan, None))
    names = ["node", "parts", "alpha", "explained", "components"]
    return pl.DataFrame(rows, schema=names, orient="row", strict=False).fill_nan(None)


def components(result: Result, node: str) -> pl.DataFrame:
    """Return the principal components of a node's parts.

    Returns
    -------
    DataFrame
        component (from 1), eigenvalue, explained, then the loading of every part.

    Raises
    ------
    ZhihengError
        When there is no such node, or a part does not vary.
    """
    tree = result.spec.arrays
    if node not in tree.codes[tree.n_indicators :]:
        raise unknown("node", node, list(tree.codes[tree.n_indicators :]))
    below = tree.below(tree.place(node))
    try:
        made = analysis.principal_components(result.node_values[:, below])
    except UndefinedError as error:
        where = tree.codes[below[error.column]] if error.column >= 0 else node
        raise ZhihengError(
            [Problem(where=where, rule=error.rule, found=error.found, args=dict(error.facts))]
        ) from None
    frame = pl.DataFrame(
        {
            "component": np.arange(1, len(below) + 1),
            "eigenvalue": made.eigenvalues,
            "explained": made.eigenvalues / made.eigenvalues.sum(),
        }
    )
    return frame.with_columns(pl.Series(tree.codes[p], made.loadings[j]) for j, p in enumerate(below))


def effective_weights(result: Result) -> pl.DataFrame:
    """Return nominal weights beside what the parts really count for in their node's differences.

    Returns
    -------
    DataFrame
        code, parent, importance_weight, effective (share of the parent's variance), correlation
        with the parent.
    """
    tree = result.spec.arrays
    rows = []
    for node in tree.nodes:
        below = tree.below(node)
        x, v = result.node_values[:, below], result.node_values[:, node]
        counts = analysis.effective_weights(x, v, result.shares[below])
        for j, place in enumerate(below):
            r = analysis.correlations(np.column_stack([x[:, j], v]))[0, 1]
            rows.append((tree.codes[place], tree.codes[node], result.shares[place], counts[j], r))
    names = ["code", "parent", "importance_weight", "effective", "correlation"]
    return pl.DataFrame(rows, schema=names, orient="row").fill_nan(None)


def strengths(result: Result, unit: str, *, count: int = 5, period: str | None = None) -> pl.DataFrame:
    """Return the indicators in which a unit ranks best and worst.

    Returns
    -------
    DataFrame
        kind (`strength`, `weakness`), indicator, value (normalised), rank, of (units ranked),
        mean (of the period's units), raw; strengths from the best, weaknesses from the worst.
    """
    row = row_of(result, unit, period)
    tree = result.spec.arrays
    codes = result.inputs.period_codes(result.rows)
    same = codes == codes[row]
    k = tree.n_indicators
    ranks, values = result.node_ranks[row, :k], result.node_values[row, :k]
    known = np.flatnonzero(~np.isnan(ranks))
    order = known[
        np.lexsort((-(values - np.nanmean(result.node_values[same, :k], axis=0))[known], ranks[known]))
    ]
    best, worst = order[:count], order[::-1][: min(count, max(0, len(order) - count))]
    picked = np.concatenate([best, worst]).astype(np.intp)
    return pl.DataFrame(
        {
            "kind": ["strength"] * len(best) + ["weakness"] * len(worst),
            "indicator": [tree.codes[j] for j in picked],
            "value": values[picked],
            "rank": ranks[picked].astype(np.int64),
            "of": (~np.isnan(result.node_values[same][:, picked])).sum(axis=0),
            "mean": np.nanmean(result.node_values[same][:, picked], axis=0),
            "raw": result.inputs.x[result.rows[row], picked],
        }
    ).fill_nan(None)


def peers(
    result: Result, unit: str, *, count: int = 5, period: str | None = None, node: str | None = None
) -> pl.DataFrame:
    """Return the units whose profile is nearest, by the indicators' weights in a node.

    Returns
    -------
    DataFrame
        unit, distance (root mean square difference of normalised indicators), value of the node.
    """
    row = row_of(result, unit, period)
    tree = result.spec.arrays
    top = node or result.root
    if top not in tree.codes:
        raise unknown("node", top, list(tree.codes))
    codes = result.inputs.period_codes(result.rows)
    members = np.flatnonzero(codes == codes[row])
    weights = tree.effective(tree.place(top), result.shares)
    x = result.node_values[members, : tree.n_indicators]
    found, far = analysis.nearest(x, int(np.flatnonzero(members == row)[0]), count, weights)
    return pl.DataFrame(
        {
            "unit": [result.units[members[i]] for i in found],
            "distance": far,
            "value": result.node_values[members[found], tree.place(top)],
        }
    )
