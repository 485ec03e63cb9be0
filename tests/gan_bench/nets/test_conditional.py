"""Normalisation by class and the projection discriminator against computations by hand."""

import torch

from gan_bench.nets.conditional import BatchNorm, Projection
from gan_bench.seeds import generator


def normals(*shape, of="x"):
    return torch.randn(shape, generator=generator(0, of), dtype=torch.float64)


def test_batch_norm_uses_the_batch_and_each_samples_class():
    norm = BatchNorm(2, classes=3).double()
    with torch.no_grad():
        norm.gain.copy_(normals(3, 2, of="gain"))
        norm.bias.copy_(normals(3, 2, of="bias"))
    x, labels = 3 * normals(5, 2, 4, 4) + 1, [2, 0, 1, 2, 2]
    found = norm(x, torch.tensor(labels))
    for sample, label in enumerate(labels):
        for channel in range(2):
            values = x[:, channel]
            # torch's epsilon of 1e-5 under the root of the biased variance.
            flat = (x[sample, channel] - values.mean()) / (values.var(correction=0) + 1e-5).sqrt()
            expected = norm.gain[label, channel] * flat + norm.bias[label, channel]
            torch.testing.assert_close(found[sample, channel], expected, rtol=1e-12, atol=1e-12)


def test_classes_start_alike_and_nothing_is_remembered_between_batches():
    conditional, plain = BatchNorm(2, classes=3).double(), BatchNorm(2).double()
    x = normals(4, 2, 3, 3)
    expected = plain(x)
    for labels in ([0, 0, 0, 0], [0, 1, 2, 1]):
        torch.testing.assert_close(conditional(x, torch.tensor(labels)), expected, rtol=0, atol=1e-14)
    assert list(conditional.buffers()) == list(plain.buffers()) == []
    plain(100 * x)
    torch.testing.assert_close(plain.eval()(x), expected, rtol=0, atol=0)


def test_projection_equals_its_formula():
    head = Projection(4, classes=3).double()
    features, labels = normals(5, 4), [2, 0, 1, 1, 2]
    scores = head(features, torch.tensor(labels))
    for i, label in enumerate(labels):
        psi = sum(head.psi.weight[0, j] * features[i, j] for j in range(4)) + head.psi.bias[0]
        inner = sum(head.embed[label, j] * features[i, j] for j in range(4))
        assert abs(scores[i] - (psi + inner)) < 1e-12
    plain = Projection(4).double()
    plain.psi = head.psi
    torch.testing.assert_close(plain(features), head.psi(features)[:, 0], rtol=0, atol=0)
