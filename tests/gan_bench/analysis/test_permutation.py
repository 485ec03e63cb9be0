"""The exact distribution of U against SciPy and against enumeration, ties, infinities and strata included."""

import itertools
import math

import numpy as np
import pytest
from scipy import stats

from gan_bench.analysis.permutation import Stratum, exact_p, null, smallest_p

INF = math.inf


def enumerated(pairs):
    """Two-sided p over all ways to share out every stratum's pool, by brute force."""

    def share(x, y):
        return np.mean([(a > b) + 0.5 * (a == b) for a in x for b in y])

    places = []
    for x, y in pairs:
        pool = [*x, *y]
        ways = itertools.combinations(range(len(pool)), len(x))
        places.append(
            [share([pool[k] for k in way], [v for k, v in enumerate(pool) if k not in way]) for way in ways]
        )
    far = [abs(np.mean(each) - 0.5) for each in itertools.product(*places)]
    mine = abs(np.mean([share(x, y) for x, y in pairs]) - 0.5)
    return np.mean(np.array(far) >= mine - 1e-12)


def p_of(*pairs):
    return exact_p([Stratum.of(np.array(x), np.array(y)) for x, y in pairs])


@pytest.mark.parametrize("sizes", [(3, 3), (4, 4), (5, 8), (8, 8), (12, 15)])
def test_one_stratum_without_ties_is_scipys_exact_test(sizes):
    rng = np.random.default_rng(sum(sizes))
    for shift in (0.0, 0.8, -3.0):
        x, y = rng.normal(shift, 1, sizes[0]), rng.normal(0, 1, sizes[1])
        assert p_of((x, y)) == pytest.approx(stats.mannwhitneyu(x, y, method="exact").pvalue, rel=1e-9)


@pytest.mark.parametrize(
    "pairs",
    [
        [([1.0, 2, 2, 5], [2.0, 3, -INF])],
        [([-INF, -INF, 1.0], [-INF, 2.0, 3.0])],
        [([1.0, 4, 6], [2.0, 3]), ([0.0, 1], [1.0, 2])],
        [([5.0, 6, 7], [1.0, 2, 3]), ([5.0, 6], [1.0, 2, 6]), ([1.0], [0.0, 0.0])],
    ],
)
def test_ties_infinities_and_strata_as_enumerated(pairs):
    assert p_of(*pairs) == pytest.approx(enumerated(pairs), rel=1e-12)


def test_nothing_but_ties_says_nothing():
    assert p_of(([-INF] * 5, [-INF] * 5)) == 1.0


def test_the_distribution_has_the_known_moments():
    stratum = Stratum.of(np.array([1.0, 2, 2, 5, 7]), np.array([2.0, 3, 5, 5]))
    law = null(stratum.n, stratum.m, stratum.ties)
    share = np.arange(law.size) / (2 * stratum.n * stratum.m)
    assert law.sum() == pytest.approx(1, rel=1e-12)
    assert law @ share == pytest.approx(0.5, rel=1e-12)
    assert law @ (share - 0.5) ** 2 == pytest.approx(stratum.null_variance, rel=1e-12)


def test_the_normal_approximation_takes_over_smoothly():
    rng = np.random.default_rng(4)
    x, y = rng.normal(0.35, 1, 51), rng.normal(0, 1, 51)
    # SciPy's exact value; at 51 a side the approximation is off by far less than 2 %.
    assert p_of((x, y)) == pytest.approx(stats.mannwhitneyu(x, y, method="exact").pvalue, rel=0.02)
    alike = np.zeros(51)
    assert p_of((alike, alike)) == 1.0


def test_the_smallest_p():
    # Two of C(2n, n) orders: .10, .029 and .0079 at 3, 4 and 5 a side.
    found = [smallest_p([(n, n)]) for n in (3, 4, 5)]
    assert found == pytest.approx([0.1, 2 / 70, 2 / 252], rel=1e-12)
    assert smallest_p([(2, 2)] * 4) == pytest.approx(2 / 6**4)
    assert p_of(([3.0, 4], [1.0, 2]), ([3.0, 4], [1.0, 2])) == pytest.approx(smallest_p([(2, 2)] * 2))


def test_the_p_value_holds_its_level():
    # Over all 70 equally likely orders of 4 and 4 values, p <= .05 in at most 5 %.
    ps = []
    for way in itertools.combinations(range(8), 4):
        x = np.array(way, dtype=float)
        y = np.array([k for k in range(8) if k not in way], dtype=float)
        ps.append(p_of((x, y)))
    for level in (0.03, 0.05, 0.1, 0.5):
        assert np.mean(np.array(ps) <= level) <= level


@pytest.mark.parametrize("bad", [([], [1.0]), ([math.nan], [1.0])])
def test_refuses_what_cannot_be_compared(bad):
    with pytest.raises(ValueError, match="values on both sides"):
        Stratum.of(*(np.array(side, dtype=float) for side in bad))
