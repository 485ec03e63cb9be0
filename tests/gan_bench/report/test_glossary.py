"""Every name on the page has its line: words, data sets with parameters, methods with what was changed."""

import dataclasses

import pytest

from gan_bench import registry
from gan_bench.analysis.cells import cells_of
from gan_bench.report.glossary import glossary

OBJECTIVES = registry.descriptions("objectives")
METHODS, DATASETS = registry.descriptions("methods"), registry.descriptions("datasets")


def with_settings(made, name=None, **settings):
    job = dataclasses.replace(made.job, settings={**made.job.settings, **settings})
    return dataclasses.replace(made, job=dataclasses.replace(job, method=name or job.method))


def methods_of(*outcomes):
    return {term.name: term.meaning for term in glossary(cells_of(outcomes), aggregated=False).methods}


@pytest.mark.parametrize(
    ("name", "spec", "said"),
    [
        ("wgan-gp", "wgan-gp", METHODS["wgan-gp"]),
        (
            "mine",
            {"name": "mine", "base": "wgan-clip", "constraints": [{"name": "clip", "c": 0.1}], "n_critic": 2},
            f"wgan-clip, changed: {METHODS['wgan-clip']}; here constraints clip (c 0.1), n_critic 2",
        ),
        (
            "gan+gp",
            {"name": "gan+gp", "objective": "minimax", "constraints": ["gradient-penalty"]},
            f"minimax loss: {OBJECTIVES['minimax']}; here constraints gradient-penalty",
        ),
        ("a.py:Mine", "a.py:Mine", "your own, a.py:Mine"),
        ("x", {"name": "x", "objective": "a.py:Loss"}, "the loss a.py:Loss"),
    ],
)  # fmt: skip
def test_methods(synthetic, name, spec, said):
    made = with_settings(synthetic.trained("gan", "ring8", 1), name, method_spec=spec)
    assert methods_of(made) == {name: said}


def test_a_method_with_several_settings_says_so(synthetic):
    made = synthetic.trained("gan", "ring8", 1)
    one, two = (with_settings(made, method_spec={"name": "gan", "learning_rate": r}) for r in (0.1, 0.2))
    assert methods_of(one, two) == {
        "gan": f"{METHODS['gan']}; its settings differ between experiments and stand with every cell"
    }
    assert methods_of(one, one) == {"gan": f"{METHODS['gan']}; here learning_rate 0.1"}


def test_data_sets_with_their_parameters(synthetic, synthetic_images):
    s = synthetic
    own = {"name": "folder", "path": "pictures", "size": 32}
    outcomes = [
        s.trained("gan", "ring8", 1),
        with_settings(s.trained("gan", "grid25", 1), dataset="grid25"),
        with_settings(s.trained("gan", "swiss-roll", 1), dataset={"name": "glyphs", "size": 32}),
        with_settings(s.trained("sngan", "ring8", 1), dataset=own),
        with_settings(s.trained("sngan", "ring8", 1), dataset={"name": "ring", "parameters": {"modes": 12}}),
        s.perfect("ring8"),
    ]
    found = {term.name: term.meaning for term in glossary(cells_of(outcomes), aggregated=False).datasets}
    assert found == {
        "ring8": DATASETS["ring8"],
        "grid25": DATASETS["grid25"],
        "glyphs (size 32)": DATASETS["glyphs"],
        "folder (path pictures, size 32)": DATASETS["folder"],
        "ring (modes 12)": DATASETS["ring"],
    }


def test_words_are_those_of_the_page(synthetic, synthetic_images):
    points = glossary(cells_of([synthetic.trained("gan", "ring8", 1)]), aggregated=False)
    images = glossary(cells_of([synthetic_images.trained("gan", "glyphs", 1)]), aggregated=True)
    assert {"seed", "critic", "perfect sampler"} <= {term.name for term in points.words}
    assert {term.name for term in images.words} - {term.name for term in points.words} == {
        "endless", "IQM", "optimality gap",
    }  # fmt: skip


def test_metrics_are_those_measured_and_none_is_unexplained(synthetic):
    metrics = {
        m.name: m
        for m in glossary(cells_of([synthetic.trained("gan", "ring8", 1)]), aggregated=False).metrics
    }
    assert "within_mode_spread" in metrics
    assert "steps_per_second" not in metrics  # measured, but not described
    without_modes = glossary(cells_of([synthetic.trained("gan", "swiss-roll", 1)]), aggregated=False)
    assert "modes_covered" not in {m.name for m in without_modes.metrics}  # described, but not measured
    assert metrics["w1"].explanation == "Exact."
    # What describes itself in no words is explained by the list of metrics.
    assert metrics["js"].explanation == registry.descriptions("metrics")["js"]
