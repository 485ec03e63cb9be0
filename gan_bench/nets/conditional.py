"""How class labels enter: normalisation with a gain and bias per class, and the projection discriminator."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from gan_bench.errors import UsageError


def require_labels(owner: nn.Module, classes: int, labels: Tensor | None, samples: Tensor) -> None:
    """Raise UsageError unless there is a label per sample where there are classes, and none elsewhere.

    That each lies in 0 .. classes - 1 is the data set's to keep: a look at values would stop a GPU, and
    cannot be taken inside vmap.
    """
    name = type(owner).__name__
    if not classes and labels is not None:
        raise UsageError(f"{name}: labels were given to a network without classes; build it with classes")
    if classes and labels is None:
        raise UsageError(f"{name}: a network of {classes} classes needs a label for every sample")
    if labels is not None and labels.shape != samples.shape[:1]:
        raise UsageError(
            f"{name}: {samples.shape[0]} samples need as many labels, not the shape {tuple(labels.shape)}"
        )


class BatchNorm(nn.Module):
    """Batch norm over (B, C, H, W); with classes, its gain and bias are those of each sample's class.

    (Dumoulin et al. 2017, eq. 5; Miyato & Koyama 2018, sec. 5.) Every class starts at gain 1 and bias 0.
    """

    def __init__(self, channels: int, classes: int = 0) -> None:
        super().__init__()
        # No running statistics: a generator is judged by samples made the way that it was trained on, each
        # batch with its own statistics. A running mean lags behind weights that move, by a method's learning
        # rate, and would be one more thing that differs between methods; nothing is written in place either,
        # which vmap over replicas could not take.
        self.normalise = nn.BatchNorm2d(channels, affine=not classes, track_running_stats=False)
        if classes:
            self.gain = nn.Parameter(torch.ones(classes, channels))
            self.bias = nn.Parameter(torch.zeros(classes, channels))

    def forward(self, x: Tensor, labels: Tensor | None = None) -> Tensor:
        x = self.normalise(x)
        if labels is None:
            return x
        gain, bias = self.gain[labels], self.bias[labels]
        return torch.addcmul(bias[..., None, None], gain[..., None, None], x)


class Projection(nn.Module):
    """Score of features phi: psi(phi) + <embed(y), phi>, with psi linear (Miyato & Koyama 2018, eq. 3).

    Features (B, F) and labels (B,) to scores (B,); without classes the second term is absent. The network
    that owns it initialises it.
    """

    def __init__(self, features: int, classes: int = 0) -> None:
        super().__init__()
        self.classes = classes
        self.psi = nn.Linear(features, 1)
        if classes:
            self.embed = nn.Parameter(nn.init.normal_(torch.empty(classes, features)))

    def forward(self, features: Tensor, labels: Tensor | None = None) -> Tensor:
        scores = self.psi(features).squeeze(-1)
        if labels is None:
            return scores
        return scores + (self.embed[labels] * features).sum(-1)
