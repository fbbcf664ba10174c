"""Sobol indices: the Ishigami and G functions in closed form, and SciPy on the same runs."""

from __future__ import annotations

import numpy as np
import pytest

from zhiheng.index.sobol import bootstrap, first_and_total

A, B = 7.0, 0.1


def ishigami(u: np.ndarray) -> np.ndarray:
    x = np.pi * (2 * u - 1)
    return np.asarray(np.sin(x[:, 0]) + A * np.sin(x[:, 1]) ** 2 + B * x[:, 2] ** 4 * np.sin(x[:, 0]))


def ishigami_exact() -> tuple[np.ndarray, np.ndarray]:
    """Homma and Saltelli (1996), Reliability Engineering and System Safety 52, 1-17."""
    v1 = 0.5 * (1 + B * np.pi**4 / 5) ** 2
    v2 = A**2 / 8
    v13 = B**2 * np.pi**8 * (1 / 18 - 1 / 50)
    v = v1 + v2 + v13
    return np.array([v1, v2, 0]) / v, np.array([v1 + v13, v2, v13]) / v


WEIGHT = np.array([0.0, 1.0, 4.5, 9.0])


def g_function(u: np.ndarray) -> np.ndarray:
    return np.asarray(np.prod((np.abs(4 * u - 2) + WEIGHT) / (1 + WEIGHT), axis=1))


def g_exact() -> tuple[np.ndarray, np.ndarray]:
    """Saltelli and Sobol (1995): partial variances 1/(3 (1 + a)^2)."""
    part = 1 / (3 * (1 + WEIGHT) ** 2)
    v = np.prod(1 + part) - 1
    total = part * np.prod(1 + part) / (1 + part)
    return part / v, total / v


def runs(function, dimensions: int, power: int):  # type: ignore[no-untyped-def]
    from scipy.stats import qmc

    both = qmc.Sobol(2 * dimensions, rng=np.random.default_rng(3)).random_base2(power)
    a, b = both[:, :dimensions], both[:, dimensions:]
    f_ab = []
    for i in range(dimensions):
        mixed = a.copy()
        mixed[:, i] = b[:, i]
        f_ab.append(function(mixed))
    return function(a)[:, None], function(b)[:, None], np.array(f_ab)[..., None]


CASES = {"ishigami": (ishigami, 3, ishigami_exact), "g": (g_function, 4, g_exact)}
MONTE_CARLO = 0.01  # 16,384 quasi-random draws of these functions come within this of the truth


@pytest.mark.parametrize("case", CASES)
def test_closed_forms(case: str) -> None:
    function, dimensions, exact = CASES[case]
    first, total = first_and_total(*runs(function, dimensions, 14))
    np.testing.assert_allclose(first[:, 0], exact()[0], atol=MONTE_CARLO)
    np.testing.assert_allclose(total[:, 0], exact()[1], atol=MONTE_CARLO)


@pytest.mark.parametrize("case", CASES)
def test_scipy_on_the_same_runs(case: str) -> None:
    from scipy.stats import sobol_indices

    function, dimensions, _ = CASES[case]
    f_a, f_b, f_ab = runs(function, dimensions, 8)
    theirs = sobol_indices(func={"f_A": f_a.T, "f_B": f_b.T, "f_AB": np.swapaxes(f_ab, 1, 2)}, n=256)
    first, total = first_and_total(f_a, f_b, f_ab)
    np.testing.assert_allclose(first[:, 0], theirs.first_order.ravel(), rtol=1e-8)
    np.testing.assert_allclose(total[:, 0], theirs.total_order.ravel(), rtol=1e-8)


def test_a_resample_is_the_indices_of_its_draws() -> None:
    f_a, f_b, f_ab = runs(ishigami, 3, 6)
    first, total = bootstrap(f_a, f_b, f_ab, 5, np.random.default_rng(9))
    rng = np.random.default_rng(9)
    for b in range(5):
        picked = rng.integers(0, 64, 64)
        again = first_and_total(f_a[picked], f_b[picked], f_ab[:, picked])
        np.testing.assert_allclose(first[b], again[0], rtol=1e-9)
        np.testing.assert_allclose(total[b], again[1], rtol=1e-9)


def test_what_does_not_vary_has_no_indices() -> None:
    first, total = first_and_total(np.ones((8, 1)), np.ones((8, 1)), np.ones((2, 8, 1)))
    assert np.isnan(first).all()
    assert np.isnan(total).all()
