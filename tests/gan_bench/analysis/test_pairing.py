import math
from dataclasses import dataclass, field

import pytest

from gan_bench.analysis.cells import REFERENCE, cells_of
from gan_bench.analysis.environments import Change, environment_changes, machines, same_machine
from gan_bench.analysis.pairing import of_a_machine, pair_cells, paired_values, unlike
from gan_bench.harness.job import Job
from gan_bench.harness.outcome import Outcome, Row, SeedStatus, Status, frame_from_rows
from gan_bench.metrics.descriptor import Descriptor

MACHINE = {"platform": "Linux x86_64", "cpu": "model 1", "cores": 2, "processor_features": ["avx2"]}
DESCRIPTORS = [
    Descriptor("w1", "W1", "data units", "lower", scale="log"),
    Descriptor("fid[cnn]", "FID", "", "lower", scale="log"),
    Descriptor("steps_per_second", "speed", "1/s", "higher", scale="log"),
    Descriptor("gradient", "gradient", "", "neither"),
]


def outcome(method="gan", settings=None, at=500.0, value=1.0, diverged=(), seeds=3, **changed):
    job = Job(
        "training", method, "ring8", tuple(range(seeds)), {"steps": 10, "dataset": "ring8"} | (settings or {})
    )
    alive = [seed for seed in job.seeds if seed not in diverged]
    rows = [Row(seed, 5, "w1", 9.0, axis="n", at=at) for seed in job.seeds]
    rows += [Row(seed, 10, "w1", 7.0, axis="n", at=100.0) for seed in alive]
    rows += [
        Row(seed, 10, name, value + seed, axis="n", at=at) for seed in alive for name in ("w1", "fid[cnn]")
    ]
    rows += [Row(seed, 10, "steps_per_second", 50.0) for seed in alive]
    rows += [Row(seed, 10, "gradient", 1.0, axis="layer", at=1.0) for seed in alive]
    status = {
        seed: SeedStatus(Status.DIVERGED, 7) if seed in diverged else SeedStatus(Status.COMPLETED)
        for seed in job.seeds
    }
    described = {d.name: d.as_dict() for d in DESCRIPTORS}
    return Outcome(
        job,
        frame_from_rows(job, rows),
        status,
        {name: {**d, **changed.get("described", {})} for name, d in described.items()},
        facts={"judged by": {"extractor": "cnn", "weights": "aa", **changed.get("judged", {})}},
        provenance={**MACHINE, **changed.get("machine", {})},
    )


def pair(base, new):
    (found,) = pair_cells(cells_of([base]), cells_of([new])).pairs
    return found


def test_cells_with_equal_settings_belong_together_before_those_of_one_name():
    base = cells_of([outcome("gan", {"steps": 10}), outcome("gan", {"steps": 20}), outcome("old")])
    new = cells_of([outcome("gan", {"steps": 20}), outcome("wgan")])
    pairing = pair_cells(base, new)
    # The only "gan" of the new run is the base's second one, whatever its label.
    assert [(p.base.label, p.new.label, p.settings) for p in pairing.pairs] == [("gan #2", "gan", ())]
    assert [cell.label for cell in pairing.new] == ["wgan"]
    assert [cell.label for cell in pairing.vanished] == ["gan #1", "old"]


def test_settings_that_differ_are_named_with_both_values():
    described = [
        {"method": {"rate": rate, "betas": [0, 1]}, "method_spec": {"rate": rate}} for rate in (1, 2)
    ]
    found = pair(outcome(settings=described[0]), outcome(settings={**described[1], "steps": 20}))
    # What the description of the method tells, its table in the suite does not tell again.
    assert set(found.settings) == {Change("steps", 10, 20), Change("method.rate", 1, 2)}


def test_more_seeds_are_no_other_cell():
    assert pair(outcome(seeds=3), outcome(seeds=5)).settings == ()


def test_end_values_count_a_diverged_seed_as_infinite():
    old, now = paired_values(pair(outcome(value=1.0), outcome(value=2.0, diverged=(1,))), "w1")
    assert old.to_dict() == {0: 1.0, 1: 2.0, 2: 3.0}  # the largest sample size, the last step
    assert now.to_dict() == {0: 2.0, 1: math.inf, 2: 4.0}


def test_like_values_may_be_compared():
    found = pair(outcome(), outcome(value=2.0, settings={"steps": 20}))
    assert [unlike(found, m) for m in ("w1", "fid[cnn]", "steps_per_second", "absent")] == [""] * 4


@pytest.mark.parametrize(("metric", "changed", "reason"), [
    ("w1", {"at": 250.0}, "w1 is of 500 samples in the base and of 250 now"),
    ("w1", {"described": {"version": 2}}, "w1 is version 1 in the base and 2 now"),
    ("w1", {"settings": {"dataset": {"name": "ring8", "radius": 2}}}, "another data set: dataset was ring8"),
    ("fid[cnn]", {"judged": {"weights": "bb"}}, "judged unlike: weights was aa and is bb"),
    ("fid[cnn]", {"settings": {"quality": {"neighbours": 5}}}, "judged unlike: quality was None and is {"),
    ("steps_per_second", {"machine": {"cpu": "model 2"}}, "a machine decides steps_per_second"),
    ("steps_per_second", {"machine": {"cpu": ""}}, "a machine decides steps_per_second"),
    ("gradient", {}, "gradient is measured along layer: it has no one end value"),
])  # fmt: skip
def test_unlike_values_are_refused_with_the_reason(metric, changed, reason):
    assert unlike(pair(outcome(), outcome(**changed)), metric).startswith(reason)


def test_the_extractor_is_no_matter_of_a_distance_on_points():
    assert unlike(pair(outcome(), outcome(judged={"weights": "bb"})), "w1") == ""


def test_a_perfect_sampler_of_another_size_makes_values_unlike():
    base = cells_of([outcome(), outcome(REFERENCE)])
    new = cells_of([outcome(), outcome(REFERENCE, at=250.0)])
    (found,) = pair_cells(base, new).pairs  # the perfect sampler itself is no pair
    assert unlike(found, "w1") == "the perfect sampler's w1 is of 500 samples in the base and of 250 now"


def test_units_tell_what_a_machine_decides():
    assert [of_a_machine({"unit": unit}, "x") for unit in ("s", "1/s", "MiB", "1 / time", "nats")] == [
        True,
        True,
        True,
        False,
        False,
    ]


@dataclass
class Recorded:
    outcomes: list
    provenance: dict = field(default_factory=dict)


def test_machines_are_the_same_only_where_all_outcomes_say_so():
    here, elsewhere = outcome(), outcome(machine={"cores": 4})
    assert same_machine(Recorded([here]), Recorded([here, here]))
    assert not same_machine(Recorded([here]), Recorded([here, elsewhere]))
    assert not same_machine(
        Recorded([outcome(machine={"cpu": ""})]), Recorded([outcome(machine={"cpu": ""})])
    )
    assert len(machines(Recorded([here, elsewhere]))) == 2


def test_differences_of_the_environment_are_named():
    base = Recorded([], {"python": "3.11", "cpu": "a", "packages": {"numpy": "1", "scipy": "1", "gone": "1"}})
    new = Recorded([], {"python": "3.12", "cpu": "a", "packages": {"numpy": "2", "scipy": "1"}})
    assert environment_changes(base, new) == (
        Change("python", "3.11", "3.12"),
        Change("packages.numpy", "1", "2"),
        Change("packages.gone", "1", None),
    )
    # A frozen baseline keeps few packages: those that it lacks say nothing.
    base.provenance["packages_are_partial"] = True
    assert Change("packages.gone", "1", None) not in environment_changes(base, new)
