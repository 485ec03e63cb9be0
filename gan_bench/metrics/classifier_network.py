"""The network of a data set's own classifier, and how it is trained."""

from __future__ import annotations

from dataclasses import dataclass

from torch import Tensor, nn


@dataclass(frozen=True)
class Recipe:
    """Every number that makes the weights: part of the cache's key, as the text of this file is.

    steps are at least those, and passes over the training images at least epochs.
    """

    widths: tuple[int, int] = (32, 64)
    features: int = 64
    batch: int = 128
    steps: int = 300
    epochs: int = 2
    learning_rate: float = 6e-3
    weight_decay: float = 1e-2


RECIPE = Recipe()


class Network(nn.Module):
    """Convolutions of stride 2 down to 4 x 4 pixels, one more, then 64 features and the classes.

    Smooth activations after normalisation: a unit that is always off would make the features' covariance
    singular, and with it FID inexact.
    """

    def __init__(self, channels: int, size: int, classes: int, recipe: Recipe = RECIPE) -> None:
        super().__init__()
        narrow, wide = recipe.widths
        blocks, size = [_block(channels, narrow, stride=2)], (size + 1) // 2
        inside = narrow
        while size > 4:
            blocks.append(_block(inside, wide, stride=2))
            inside, size = wide, (size + 1) // 2
        blocks.append(_block(inside, wide, stride=1))
        self.convolutions = nn.Sequential(*blocks, nn.Flatten())
        self.penultimate = nn.Sequential(
            nn.Linear(wide * size * size, recipe.features), nn.BatchNorm1d(recipe.features), nn.SiLU()
        )
        self.head = nn.Linear(recipe.features, classes)

    def forward(self, images: Tensor) -> tuple[Tensor, Tensor]:
        """Map uint8 images (n, C, H, W) to features (n, 64) and logits (n, classes)."""
        values = self.penultimate(self.convolutions(images.float() / 127.5 - 1.0))
        return values, self.head(values)


def _block(inside: int, outside: int, stride: int) -> nn.Module:
    return nn.Sequential(
        nn.Conv2d(inside, outside, 3, stride, 1, bias=False), nn.BatchNorm2d(outside), nn.SiLU()
    )
