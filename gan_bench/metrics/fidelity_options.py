"""What image metrics are computed with, checked before torch-fidelity sees it. Free of torch.

torch-fidelity takes its options by keyword and falls back to a default where a name is misspelt.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any

from gan_bench.errors import UsageError, unknown

# Of Inception's weights: torch-fidelity's own file bears the start of its SHA-256 in its name.
OFFICIAL_DIGEST = "6726825d"


@dataclass(frozen=True)
class FidelityOptions:
    """Options of image metrics, all whole numbers.

    kid_subsets, kid_subset_size: KID is the mean over so many subsets of so many images on each side,
    unbiased at any size. Papers take 100 of 1000; 20 of 200 fit small runs and cost a fiftieth.
    neighbours: k of precision and recall. coverage_neighbours: k of density and coverage. manifold_images:
    all four are taken of at most so many images, equally many on each side: their values depend on the
    number, and their cost is its square (papers take up to 10,000). splits: parts that the Inception Score
    is averaged over. seed: of the subsets' and the splits' own random generator.
    """

    kid_subsets: int = 20
    kid_subset_size: int = 200
    neighbours: int = 3
    coverage_neighbours: int = 5
    manifold_images: int = 1000
    splits: int = 10
    seed: int = 2020

    def __post_init__(self) -> None:
        lowest = {"kid_subset_size": 2, "seed": 0}
        for name, value in asdict(self).items():
            least = lowest.get(name, 1)
            if isinstance(value, bool) or not isinstance(value, int) or value < least:
                raise UsageError(f"metrics: {name}: expected a whole number from {least} up, got {value!r}")
        most = max(self.neighbours, self.coverage_neighbours)
        if self.manifold_images <= most:
            raise UsageError(
                f"metrics: manifold_images: {self.manifold_images} images have no {most} neighbours, which "
                "precision, recall, density or coverage count"
            )

    @classmethod
    def parsed(cls, data: Mapping[str, Any], where: str = "metrics") -> FidelityOptions:
        """Build options from plain data; an unknown name is an error that names the nearest one."""
        known = [field.name for field in fields(cls)]
        for name in data:
            if name not in known:
                raise unknown("option", name, known, where)
        return cls(**data)

    def check_counts(self, real: int, fake: int, *, scored: bool = True) -> None:
        """Raise UsageError where so many real and generated images are too few for a metric.

        scored: whether the extractor has logits, which the Inception Score takes.
        """
        smaller, side = min((real, "real"), (fake, "generated"))
        needs = {
            "FID": (2, "a covariance"),
            "KID": (self.kid_subset_size, "kid_subset_size"),
            "precision and recall": (self.neighbours + 1, "neighbours + 1"),
            "coverage": (self.coverage_neighbours + 1, "coverage_neighbours + 1"),
        }
        for metric, (least, why) in needs.items():
            if smaller < least:
                raise UsageError(
                    f"{metric}: needs at least {least} images on each side ({why}), got {smaller} {side}"
                )
        if scored and fake < self.splits:
            raise UsageError(
                f"Inception Score: needs at least {self.splits} images (splits), got {fake} generated"
            )


def cautions(real: int, fake: int, dimension: int) -> list[str]:
    """Return what a reader must know of values from so many images: a sentence each, often none.

    Up to as many images as features, covariances are singular: FID is then dominated by its bias, and
    rounding adds up to 1e-8 of the features' variance per missing direction (else less than 1e-9).
    """
    smaller = min(real, fake)
    if smaller > dimension:
        return []
    return [
        f"FID from {smaller} images in {dimension} features: covariances are singular, so the value is "
        "mostly bias; compare it only with others at the same counts."
    ]
