"""An experiment made of planted numbers, with two claims and a figure, as the page shows any."""

from functools import partial

import pandas as pd
from pydantic import BaseModel

from gan_bench.analysis.cells import cells_of, end_values
from gan_bench.analysis.figure import Figure, Panel
from gan_bench.analysis.palette import looks
from gan_bench.analysis.verdicts import Evidence, at_least, at_most, exactly, untested
from gan_bench.experiments import figures as draw
from gan_bench.experiments.base import Experiment


class Settings(BaseModel):
    pass


def nothing(*_):
    return []


def mine(run):
    return [cell for cell in cells_of(run.outcomes) if cell.experiment == "laboratory"]


def claims(run):
    slopes = {cell.label: end_values(cell, "slope").to_numpy() for cell in mine(run)}
    parts = [
        at_most("minimax: slope of the gradient per decade at most -1", slopes["gan"], -1, unit="decades"),
        at_least("non-saturating: slope above 0", slopes["nsgan"], 0),
        untested("penalised: slope within .2 of 0", "the method wgan-gp is not in this run"),
        exactly("closed form", 1.0, 1.0, 1e-9),
        exactly("another closed form", 1.0, 1.0, 1e-9),
    ]
    remark = "The critic was trained for 1,000 steps."
    return [
        Evidence("vanishing-gradient", tuple(parts), "slopes", remark),
        Evidence("js-is-blind", (exactly("JS", 0.693, 0.693, 1e-3),), "no-such-figure"),
    ]


def panel(run):
    fig, ax = draw.canvas("separation (data units)", "slope (decades)")
    shown = looks(cell.label for cell in cells_of(run.outcomes) if not cell.is_reference)
    draw.theory_line(ax, [0, 1, 2], [0.0, -1.0, -2.0], "theory: -s")
    for cell in mine(run):
        interval = at_least("x", end_values(cell, "slope").to_numpy(), 0).interval
        draw.estimates(ax, [1.0], [interval], shown[cell.label])
    return fig


def figures(run):
    table = pd.DataFrame({"method": ["gan", "nsgan"], "slope": [-2.0, 0.5]})
    pictures = (Panel("slope", "Slopes of two methods.", partial(panel, run)),)
    return [
        Figure("slopes", "Slopes", "See that they differ.", pictures, "results", "laboratory", table=table)
    ]


EXPERIMENT = Experiment(
    "laboratory", Settings, nothing, nothing, figures, claims, "The gradient's fate", "Does it vanish?"
)
