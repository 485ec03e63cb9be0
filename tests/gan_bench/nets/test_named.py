"""How many arguments a user's callable takes; `build_module` is tested where networks are built with it."""

import functools
import math

import pytest
from torch import nn

from gan_bench.nets.named import positional


class Mine(nn.Module):
    def __init__(self, latent, shape=(1, 8, 8)):
        super().__init__()


@pytest.mark.parametrize(
    ("called", "places"),
    [
        (lambda: 0, (0, 0)),
        (lambda z: 0, (1, 1)),
        (lambda latent, shape: 0, (2, 2)),
        (lambda z, noise=0.0: 0, (1, 2)),
        (lambda *sizes: 0, (0, math.inf)),
        (lambda *, width: 0, (0, 0)),
        (Mine, (1, 2)),
        (functools.partial(Mine, 64), (0, 1)),
        (nn.Linear(2, 2), (0, math.inf)),  # its __call__ says nothing of forward
        (dict, (0, math.inf)),  # no signature
    ],
)
def test_positional_arguments(called, places):
    assert positional(called) == places
