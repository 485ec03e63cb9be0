"""Precision and recall equal torch-fidelity's, block by block, and keep their sides."""

from __future__ import annotations

import pytest
import torch
from torch_fidelity.metric_prc import prc_features_to_metric

from gan_bench import seeds
from gan_bench.metrics import neighbours
from gan_bench.metrics.precision_recall import precision_recall, radii


def cloud(n, seed, shift=0.0):
    return torch.randn(n, 6, generator=seeds.generator(seed, "features")) + shift


@pytest.mark.parametrize("k", [1, 3])
@pytest.mark.parametrize("block", [1 << 22, 5000])
def test_both_equal_torch_fidelity(monkeypatch, k, block):
    monkeypatch.setattr(neighbours, "BLOCK", block)
    real, fake = cloud(320, 1), 0.8 * cloud(250, 2, 0.8)
    direct = prc_features_to_metric(fake.double(), real.double(), prc_neighborhood=k, verbose=False)
    precision, recall = precision_recall(real, fake, k)
    assert 0.1 < recall < precision < 0.95
    # torch-fidelity averages in float32.
    assert precision == pytest.approx(direct["precision"], abs=1e-6)
    assert recall == pytest.approx(direct["recall"], abs=1e-6)
    assert precision_recall(real, fake, k, radii(real, k)) == (precision, recall)


def test_both_are_1_of_a_set_and_itself_in_any_order():
    real = cloud(300, 1)
    assert precision_recall(real, real, 3) == (1.0, 1.0)
    assert precision_recall(real, real.flip(0), 3) == (1.0, 1.0)


def test_a_collapse_costs_recall_and_outliers_cost_precision():
    real = cloud(200, 1)
    collapsed = real[:1] + 0.01 * cloud(200, 2)
    precision, recall = precision_recall(real, collapsed, 3)
    assert precision == 1.0
    assert recall < 0.02
    precision, recall = precision_recall(collapsed, real, 3)
    assert precision < 0.02
    assert recall == 1.0
