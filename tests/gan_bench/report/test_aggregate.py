"""All data sets together on the page: multiples, statements, the profile; infinity keeps its place."""

import math
import re

import numpy as np
import pandas as pd
import pytest
from scipy.stats import trim_mean

from gan_bench.analysis.cells import cells_of
from gan_bench.report.aggregate import all_together, together
from gan_bench.report.numbers import p_value
from gan_bench.report.profile_figure import BOTTOM, HEIGHT, RIGHT, TOP, WIDTH, Shares, profile_figure


def means(**centres):
    """Frames as `analysis.aggregates` gives them; an interval of +-.1 around each finite centre."""
    rows = []
    for method, centre in centres.items():
        finite = math.isfinite(centre)
        ends = (centre - 0.1, centre + 0.1) if finite else (math.nan, math.nan)
        rows.append((method, "iqm", centre, *ends, 16, "" if finite else "not finite"))
        rows.append((method, "optimality_gap", max(0.0, -centre), math.nan, math.nan, 16, ""))
    return pd.DataFrame(rows, columns=["method", "measure", "centre", "low", "high", "n", "note"])


def duels(*rows):
    columns = ["method", "other", "probability", "low", "high", "p", "better"]
    return pd.DataFrame(rows, columns=columns)


def profile(*rows):
    return pd.DataFrame(rows, columns=["method", "tau", "share", "low", "high"])


NONE = profile()
APART = duels(("near", "far", 0.9, 0.75, 1.0, 0.0004, True), ("far", "near", 0.1, 0.0, 0.25, 0.0004, False))
ALIKE = duels(("near", "far", 0.6, 0.4, 0.8, 0.23, False), ("far", "near", 0.4, 0.2, 0.6, 0.23, False))
SETS = ("ring8", "grid25")


def test_scores_become_multiples_nearest_first():
    found = together("W1", SETS, (), means(far=-math.log(3.5), near=-math.log(2.5)), ALIKE, NONE)
    near, far = found.means
    assert (near.label, near.value, far.value) == ("near", "2.50", "3.50")
    assert near.ends == f"[{2.5 * math.exp(-0.1):.2f}, {2.5 * math.exp(0.1):.2f}]"
    # A lower score is a larger multiple: the ends change places, and stand in order on the axis.
    assert near.low < near.times < near.high
    assert found.one < near.start < near.centre < near.stop
    assert near.gap.value == pytest.approx(2.5)


def test_a_method_nearer_than_a_perfect_sampler_has_no_gap():
    (line,) = together("W1", SETS, (), means(copy=0.5), duels(), NONE).means
    assert line.times == pytest.approx(math.exp(-0.5))
    assert line.gap.value == 1.0


def test_a_lost_method_is_infinitely_far_and_stands_last():
    found = together("W1", SETS, (), means(lost=-math.inf, near=-1.0), duels(), NONE)
    lost = found.means[-1]
    assert (lost.label, lost.value, lost.ends, lost.centre) == ("lost", "∞", "not finite", 100.0)
    assert lost.gap.text == "∞"


def test_conclusion_and_statements_speak_by_the_test_alone():
    numbers = means(near=-math.log(2.5), far=-math.log(3.5))
    apart = together("W1", SETS, (), numbers, APART, NONE)
    assert apart.conclusion == (
        "Over 2 data sets near ends nearest, 2.50 times as far as a perfect sampler [2.26, 2.76]; "
        "it is better than far."
    )
    assert apart.statements == (
        "near is better than far (nearer in 90 % of pairs of seeds [75, 100], p < .001).",
    )
    alike = together("W1", SETS, (), numbers, ALIKE, NONE)
    assert alike.conclusion.endswith("but it is not shown to be better than any other method.")
    assert alike.statements == ()


def test_duels_are_a_square_in_the_order_of_the_means():
    found = together("W1", SETS, (), means(far=-2.0, near=-1.0), APART, NONE)
    assert [label for label, _ in found.duels] == ["near", "far"]
    assert [[duel and duel.better for duel in line] for _, line in found.duels] == [
        [None, True],
        [False, None],
    ]


@pytest.mark.parametrize(
    ("p", "text"),
    [(0.0004, "p < .001"), (0.0044, "p = .004"), (0.044, "p = .04"), (0.5, "p = .50"), (1.0, "p = 1.00")],
)
def test_p_values(p, text):
    assert p_value(p) == text


def places(path):
    """Points of a staircase path: H and V moves from its start."""
    x, y = map(float, re.match(r"M([\d.]+) ([\d.]+)", path).groups())
    found = [(x, y)]
    for move, number in re.findall(r"([HV])([\d.]+)", path):
        x, y = (float(number), y) if move == "H" else (x, float(number))
        found.append((x, y))
    return found


def test_the_profile_rises_with_the_multiple():
    rows = [("near", -math.log(t), s, s - 0.1, s + 0.05) for t, s in ((1, 0.1), (2, 0.5), (4, 0.95))]
    found = together("W1", SETS, (), means(near=-1.0), duels(), profile(*rows)).profile
    (curve,) = found.curves
    floor = HEIGHT - BOTTOM
    points = places(curve.path)
    assert [round((floor - y) / (floor - TOP), 2) for _, y in points[::2]] == [0.1, 0.5, 0.95]
    assert [x for x, _ in points] == sorted(x for x, _ in points)
    # Steps of a factor of 2 are equally wide on the logarithmic axis.
    a, b, c, end = sorted({x for x, _ in points})
    assert end == WIDTH - RIGHT
    assert b - a == pytest.approx(c - b, abs=0.2)
    # Markers lie on the line, where it first reaches three shares of its seeds.
    assert [x for x, _ in curve.marks] == [b, c, c]
    assert set(curve.marks) <= set(points)
    assert curve.band.endswith("Z")
    assert curve.band.count("H") == 4


def test_a_profile_without_intervals_has_no_band_and_one_without_numbers_is_none():
    found = profile_figure([Shares("a", (1.0, 2.0), (0.2, 0.4), (None, None), (None, None))])
    assert found.curves[0].band == ""
    assert profile_figure([Shares("a", (math.inf,), (1.0,), (None,), (None,))]) is None


def test_a_run_gives_a_section_for_measures_that_data_sets_share(synthetic):
    """From stored outcomes: the made-up sngan ends nearest, and one data set alone is no aggregate."""
    s = synthetic
    methods, sets = ("gan", "wgan-gp", "sngan"), ("ring8", "grid25", "swiss-roll")
    outcomes = [s.trained(m, d, 4) for m in methods for d in sets] + [s.perfect(d) for d in sets]
    (found,) = all_together(cells_of(outcomes))
    assert (found.label, found.datasets) == ("W1", sets)
    assert [line.label for line in found.means][-1] == "gan"
    for line in found.means:
        ends = [
            cell.of("w1", 500).groupby("seed")["value"].last().to_numpy()
            / np.median(reference.of("w1", 500)["value"])
            for cell in cells_of(outcomes)
            for reference in cells_of(outcomes)
            if cell.label == line.label and reference.is_reference and reference.dataset == cell.dataset
        ]
        assert line.times == pytest.approx(math.exp(trim_mean(np.log(np.concatenate(ends)), 0.25)))
    assert "it is better than" in found.conclusion
    assert all_together(cells_of([s.trained("gan", "ring8", 4), s.perfect("ring8")])) == []
    assert all_together([]) == []


def test_what_is_left_out_is_said(synthetic):
    s = synthetic
    outcomes = [s.trained("gan", d, 4) for d in ("ring8", "grid25")] + [s.trained("sngan", "ring8", 4)]
    (found,) = all_together(cells_of([*outcomes, s.perfect("ring8"), s.perfect("grid25")]))
    assert found.left_out == ("sngan is left out: no seed of it ended on grid25.",)
    assert found.conclusion.startswith("Over 2 data sets gan ends nearest, ")
