"""Descriptors of everything that can be measured, by the names that are listed."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace

from gan_bench.catalogue import METRICS
from gan_bench.experiments.images.measure import OF_RUN
from gan_bench.experiments.training import measure
from gan_bench.metrics.descriptor import Descriptor
from gan_bench.metrics.fidelity_descriptors import class_descriptors, descriptors, metric_name

# Image metrics carry an extractor's name; listed is what is before it, for any extractor and data set.
_ANY, _CLASSES = "extractor", 1


def _families() -> Mapping[str, Descriptor]:
    described = {**descriptors(_ANY, _CLASSES), **class_descriptors(_ANY, _CLASSES)}
    families = {name.removesuffix(metric_name("", _ANY)): row for name, row in described.items()}
    for of_classes in ("classes_covered", "class_kl"):
        text = METRICS.descriptions[of_classes]
        families[of_classes] = replace(families[of_classes], range=(0.0, math.inf), explanation=text)
    return families


DESCRIPTORS: Mapping[str, Descriptor] = {
    **measure.DESCRIPTORS,
    **_families(),
    **{row.name: row for row in OF_RUN},
}
