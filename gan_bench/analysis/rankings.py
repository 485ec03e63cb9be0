"""What competes on a leaderboard: which metric ranks an experiment's methods, what stands beside it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache

from gan_bench.analysis.cells import Cell, reference_of


@dataclass(frozen=True)
class Ranking:
    """How an experiment's methods are ranked on one data set; lower is better.

    by, beside and covered are families of metrics: names without their extractor, `fid` of `fid[glyphs-cnn]`.
    short and words name `by` in a heading and in a sentence, drawn what a method makes, samples what is
    counted of it. covered counts `parts` of the data, and a method with under half of them has collapsed.
    judged_by: settings that decide what a value means; cells that differ in one of them are not comparable.
    near: families that are shares of fewer samples, see `trials`.
    """

    by: str
    short: str
    words: str
    drawn: str
    samples: str
    beside: tuple[str, ...]
    covered: str
    parts: str
    judged_by: tuple[str, ...] = ()
    near: tuple[str, ...] = ()

    @property
    def families(self) -> tuple[str, ...]:
        """All that a board shows, the ranking one first."""
        return (self.by, *self.beside)


RANKINGS: dict[str, Ranking] = {
    "training": Ranking(
        by="w1",
        short="W1",
        words="exact Wasserstein-1 distance (W1)",
        drawn="samples",
        samples="points",
        beside=("w1_held_out", "js", "modes_covered", "high_quality", "within_mode_spread", "reverse_kl"),
        covered="modes_covered",
        parts="modes",
    ),
    "images": Ranking(
        by="fid",
        short="FID",
        words="Frechet distance of features (FID), of the extractor that is named",
        drawn="images",
        samples="images",
        beside=(
            "kid",
            "inception_score",
            "precision",
            "recall",
            "density",
            "coverage",
            "classes_covered",
            "class_kl",
            "conditional_accuracy",
            "nearest_distance",
        ),
        covered="classes_covered",
        parts="classes",
        judged_by=("quality", "curve_samples", "end_samples"),
        near=("precision", "recall", "coverage"),
    ),
}


@dataclass(frozen=True)
class Contest:
    """The cells of one experiment on one data set that are judged alike, and so may be compared.

    title is the data set's name, with the extractor where another contest is on the same data; unique in a
    run. reference: the perfect sampler's cell, judged alike too, or None.
    """

    experiment: str
    dataset: str
    title: str
    cells: tuple[Cell, ...]
    reference: Cell | None


@cache
def family(metric: str) -> str:
    """Return a metric's name without its extractor."""
    return metric.partition("[")[0]


def extractor(metric: str) -> str:
    """Return the extractor that a metric's name carries, or nothing."""
    return metric.partition("[")[2].removesuffix("]")


def trials(ranking: Ranking, cell: Cell, metric: str, size: float) -> float:
    """Return how many samples a share of `size` samples is of: fewer where neighbours are looked for.

    Neighbourhoods are taken of equally many real and generated images, at most `manifold_images`.
    """
    if family(metric) not in ranking.near:
        return size
    told = cell.outcomes[0].facts.get("judged by") or {}
    options = cell.settings.get("quality", {}).get("options", {})
    return min(size, options.get("manifold_images", size), told.get("reference images", size))


def named(cells: Iterable[Cell], families: Iterable[str]) -> dict[str, str]:
    """Return the metric of each family that the cells measured or describe; absent families are left out.

    Raises ValueError where a family has two: values of unlike extractors must not meet.
    """
    wanted = set(families)
    found: dict[str, str] = {}
    for cell in cells:
        for metric in (*cell.descriptors, *cell.metrics):
            if (kind := family(metric)) in wanted and found.setdefault(kind, metric) != metric:
                raise ValueError(f"not comparable: {found[kind]} and {metric}")
    return found


def contests(cells: Sequence[Cell], experiment: str) -> list[Contest]:
    """Split the cells of a ranked experiment by data set and by how they are judged, in their order."""
    ranking = RANKINGS[experiment]
    groups: dict[tuple[str, str], list[Cell]] = {}
    for cell in cells:
        if cell.experiment == experiment:
            groups.setdefault((cell.dataset, _judgement(cell, ranking)), []).append(cell)
    groups = {key: group for key, group in groups.items() if not all(cell.is_reference for cell in group)}
    titles: dict[str, int] = {}
    found = []
    for (dataset, _), group in groups.items():
        several = sum(name == dataset for name, _ in groups) > 1
        title = f"{dataset}, judged by {_judge(group, ranking)}" if several else dataset
        titles[title] = titles.get(title, 0) + 1
        title = f"{title} ({titles[title]})" if titles[title] > 1 else title
        mine = tuple(cell for cell in group if not cell.is_reference)
        found.append(Contest(experiment, dataset, title, mine, reference_of(group, experiment, dataset)))
    return found


def _judgement(cell: Cell, ranking: Ranking) -> str:
    """What decides the meaning of the cell's values, as a text to compare."""
    return json.dumps([cell.settings.get(name) for name in ranking.judged_by], sort_keys=True, default=str)


def _judge(group: Sequence[Cell], ranking: Ranking) -> str:
    """Name of the group's extractor; what its settings say of it where nothing was measured."""
    metric = named(group, [ranking.by]).get(ranking.by)
    if metric:
        return extractor(metric)
    quality = group[0].settings.get("quality", {})
    return str(quality.get("extractor", "")) if isinstance(quality, dict) else ""
