"""The checkerboard: area, colour of squares, draws that never leave them."""

from __future__ import annotations

import math

import pytest
import torch

import toy_distributions as td


@pytest.mark.parametrize(("side", "dark"), [(2, 2), (3, 5), (4, 8), (5, 13)])
def test_density_is_one_over_the_dark_area(side, dark):
    board = td.checkerboard(side=side, width=3.0)
    centres = (torch.arange(side, dtype=torch.float64) + 0.5) * 3 / side - 1.5
    log_density = board.log_prob(torch.cartesian_prod(centres, centres))
    inside = log_density > -math.inf
    assert inside.sum().item() == dark
    assert log_density[inside].unique().item() == pytest.approx(-math.log(dark * (3 / side) ** 2), abs=1e-15)
    assert log_density.exp().sum().item() * (3 / side) ** 2 == pytest.approx(1, abs=1e-14)


def test_colours_of_the_default_board():
    x = torch.tensor(
        [[-1.5, -1.5], [-0.5, -1.5], [-0.5, -0.5], [0.5, 0.5], [0.5, -0.5], [2.5, 0.5], [-2.5, -2.5]]
    )
    expected = [True, False, True, True, False, False, False]
    assert (td.checkerboard().log_prob(x) > -math.inf).tolist() == expected


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize(("side", "width"), [(4, 4.0), (7, 3.3), (10, 1e-3)])
def test_every_draw_lies_on_a_dark_square(side, width, dtype):
    board = td.checkerboard(side=side, width=width)
    x = board.sample(50_000, torch.Generator().manual_seed(0), dtype=dtype)
    assert torch.isfinite(board.log_prob(x)).all()


def test_the_last_number_below_one_stays_on_its_square(monkeypatch):
    # The largest draw of a uniform generator is the one that rounding carries over the edge.
    last = 1 - 2.0**-24
    monkeypatch.setattr(torch, "rand", lambda *shape, **options: torch.full(shape, last))
    board = td.checkerboard()
    assert torch.isfinite(board.log_prob(board.sample(200, torch.Generator().manual_seed(0)))).all()


def test_edges_belong_to_the_square_on_their_right():
    x = torch.tensor([[-2.0, -2.0], [-1.0, -1.5], [0.0, 0.0], [2.0, 1.5]], dtype=torch.float64)
    assert (td.checkerboard().log_prob(x) > -math.inf).tolist() == [True, False, True, False]


def test_nan_stays_nan():
    assert torch.isnan(td.checkerboard().log_prob(torch.tensor([[math.nan, 0.0]]))).all()
