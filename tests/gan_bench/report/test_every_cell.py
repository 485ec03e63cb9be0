"""Settings are told where they hold: once for a group or a method, else in the cell; none is lost."""

import dataclasses

import pytest

from gan_bench.analysis.cells import cells_of
from gan_bench.report.details import every_cell
from gan_bench.report.numbers import flattened
from gan_bench.report.reproduce import Planned


def changed(outcome, **settings):
    job = dataclasses.replace(outcome.job, settings={**outcome.job.settings, **settings})
    return dataclasses.replace(outcome, job=job)


@pytest.fixture(scope="module")
def cells(synthetic):
    """Two methods on two data sets; steps differ by method, the batch in one cell alone."""
    outcomes = []
    for dataset in ("ring8", "grid25"):
        outcomes.append(changed(synthetic.trained("gan", dataset, 2), steps=100))
        outcomes.append(changed(synthetic.trained("wgan-gp", dataset, 2), steps=50))
        outcomes.append(synthetic.perfect(dataset))
    outcomes[0] = changed(outcomes[0], batch_size=64)
    return cells_of(outcomes)


@pytest.mark.parametrize("many", [False, True])
def test_group_method_and_cell_together_tell_all_settings_of_every_cell(synthetic, cells, many):
    run = synthetic.run_of([outcome for cell in cells for outcome in cell.outcomes])
    told = every_cell(cells, Planned.of(run), many=many)
    of_method, whole = dict(told.methods), {(cell.label, cell.dataset): cell for cell in cells}
    seen = []
    for group in told.groups:
        for one in group.cells:
            shared = {*group.settings, *of_method.get(one.label, ())}
            expected = set(flattened(whole[one.label, one.dataset].settings))
            assert set(one.settings) <= expected <= {*one.settings, *shared}
            # What is shared holds for every method; a perfect sampler has no networks and optimisers.
            assert one.yardstick or shared <= expected
            seen.append((one.label, one.dataset))
    assert sorted(seen) == sorted(whole)


def test_each_is_told_where_it_holds(synthetic, cells):
    run = synthetic.run_of([outcome for cell in cells for outcome in cell.outcomes])
    told = every_cell(cells, Planned.of(run), many=False)
    ring8 = next(group for group in told.groups if group.name == "ring8")
    gan = next(one for one in ring8.cells if one.label == "gan")
    assert ("layers", "3") in ring8.settings
    assert ("steps", "100") in dict(told.methods)["gan"]
    assert ("steps", "50") in dict(told.methods)["wgan-gp"]
    assert gan.settings == (("batch_size", "64"),)
