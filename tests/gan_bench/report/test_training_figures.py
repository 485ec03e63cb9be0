"""The training experiment's pictures: what is in them, from which numbers, what odd runs leave of them."""

import dataclasses
import math

import numpy as np
import pytest

from gan_bench.analysis.cells import cells_of
from gan_bench.experiments import figures as draw
from gan_bench.experiments.training.figures import figures
from gan_bench.harness.outcome import Row, SeedStatus, Status, frame_from_rows


@pytest.fixture(scope="module")
def made(synthetic):
    outcomes = [synthetic.trained("gan", "ring8", 3), synthetic.trained("wgan-clip", "ring8", 3, {1: 300})]
    run = synthetic.run_of([*outcomes, synthetic.failed("nsgan", "ring8"), synthetic.perfect("ring8")])
    return run, {figure.name: figure for figure in figures(run)}


def test_five_figures_a_data_set_with_words(made):
    _, found = made
    assert list(found) == ["w1-ring8", "shape-ring8", "forces-ring8", "critic-ring8", "clouds-ring8"]
    assert all(figure.caption and figure.title and figure.group == "ring8" for figure in found.values())
    assert all(panel.alt for figure in found.values() for panel in figure.panels)


def test_table_of_w1_holds_the_medians_at_the_curves_sample_size(made):
    run, found = made
    rows = run.outcomes[0].rows
    rows = rows[(rows["metric"] == "w1") & (rows["at"] == 256)]
    expected = rows.groupby("step")["value"].median()
    table = found["w1-ring8"].table
    assert table["step"].tolist() == expected.index.tolist()
    assert table["gan"].tolist() == pytest.approx(expected.tolist())


def test_every_method_has_a_strip_also_without_samples(made):
    _, found = made
    panels = {panel.label: panel for panel in found["clouds-ring8"].panels}
    assert list(panels) == ["gan", "wgan-clip", "nsgan"]
    assert panels["nsgan"].draw is None
    assert panels["nsgan"].alt == "no samples (error)"
    assert "at steps 0, " in panels["gan"].alt
    assert panels["gan"].alt.endswith(", 2000.")


def test_a_strip_runs_over_the_methods_own_steps(synthetic):
    """Two methods with different budgets: neither strip has squares that the other's steps left empty."""
    from gan_bench.experiments.training.figures.clouds import COLUMNS, _strip

    (cell,) = cells_of([synthetic.trained("gan", "ring8", 1)])
    strip = _strip(cell)
    assert (strip[0][0], strip[-1][0], len(strip)) == (0, 2000, COLUMNS)
    assert all(cloud is not None for _, cloud in strip)


def test_panel_of_a_method_draws_seeds_median_band_and_break(made):
    _, found = made
    panel = next(panel for panel in found["w1-ring8"].panels if panel.label == "wgan-clip")
    (axes,) = panel.draw().axes
    assert (axes.get_yscale(), axes.get_xscale()) == ("log", "symlog")
    assert (axes.get_xlabel(), axes.get_ylabel()) == ("generator step", "W1 [data units]")
    assert len(axes.patches) == 1
    assert [line.get_marker() for line in axes.lines].count("x") == 1
    assert "1 seeds diverged" not in panel.alt
    assert "1 seed diverged" in panel.alt


def with_rows(synthetic, rows, status=None):
    outcome = synthetic.trained("gan", "ring8", 2)
    status = status or {seed: SeedStatus(Status.COMPLETED) for seed in (0, 1)}
    return dataclasses.replace(outcome, rows=frame_from_rows(outcome.job, rows), status=status)


@pytest.mark.parametrize("value", [0.0, -1.0, math.nan, math.inf, 1e300])
def test_values_that_no_log_axis_holds_still_give_panels(synthetic, value):
    names = ("w1", "critic_gap", "critic_gradient_norm", "lipschitz_upper", "lipschitz_lower", "critic_loss")
    rows = [Row(seed, step, name, value) for seed in (0, 1) for step in (0, 5) for name in names]
    rows += [Row(0, 5, "critic_gradient", value, axis="layer", at=0)]
    made = figures(synthetic.run_of([with_rows(synthetic, rows)]))
    assert made
    for panel in (panel for figure in made for panel in figure.panels):
        panel.draw().canvas.draw()


def test_losses_that_explode_do_not_flatten_the_others():
    _, axes = draw.canvas("x", "y")
    draw.loss_axis(axes.yaxis, np.array([0.5, -0.7, 0.6, 1e9]))
    assert axes.get_yscale() == "symlog"
    _, axes = draw.canvas("x", "y")
    draw.loss_axis(axes.yaxis, np.array([0.5, -0.7, 0.6, 9.0]))
    assert axes.get_yscale() == "linear"


def test_a_sample_that_flies_off_does_not_shrink_the_clouds(synthetic):
    from gan_bench.experiments.training.figures.clouds import _bounds, _strip

    outcome = synthetic.trained("gan", "ring8", 1)
    (cell,) = cells_of([outcome])
    data = outcome.samples["reference"]
    calm = _bounds([_strip(cell)], data)
    outcome.samples["step-2000"][:] += 1e6
    wild = _bounds([_strip(cell)], outcome.samples["reference"])
    assert calm[2] <= wild[2] < 2 * calm[2]
    # The data fill their squares wherever samples start.
    assert np.ptp(data, axis=0).max() > calm[2] / 2
    outcome.samples["step-0"][:] += 50
    assert _bounds([_strip(cell)], data) == wild


@pytest.mark.parametrize(
    ("value", "text"),
    [(0, "0"), (0.02, "0.02"), (2000.0, "2000"), (1e-4, "10⁻⁴"), (-1e6, "-10⁶"), (2e-5, "2·10⁻⁵")],
)
def test_ticks_are_plain(value, text):
    assert draw.plain(value) == text
