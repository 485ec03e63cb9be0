"""Two runs as a difference: frames, the page, the command."""

import base64
import dataclasses
import hashlib
import re
from pathlib import Path

import pytest

from gan_bench.cli import main
from gan_bench.harness.outcome import SeedStatus, Status
from gan_bench.report.compare import compare
from gan_bench.report.compare.page import lead, tally
from gan_bench.report.compare.render import render

HOSTILE = "</script><img src=x onerror=alert(1)>\"'&{{ 7*7 }}"


@pytest.fixture(scope="module")
def runs(synthetic, dated):
    """Base and new: a cell worse, one the same, one lost, one new, one gone, one with other settings."""
    trained, noisy = synthetic.trained, dated.noisy
    shared = [trained("sngan", "ring8"), synthetic.perfect("ring8")]
    base = [
        noisy(trained("wgan-gp", "ring8"), 1),
        *shared,
        trained("gan", "ring8"),
        trained("nsgan", "ring8"),
    ]
    base.append(trained("wgan-clip", "grid25"))
    new = [noisy(trained("wgan-gp", "ring8"), 2, 1.6), *shared]
    new.append(trained("gan", "ring8", diverged=dict.fromkeys(range(6), 300)))
    settings = {**base[-1].job.settings, "batch_size": 64}
    job = dataclasses.replace(base[-1].job, settings=settings)
    new.append(dataclasses.replace(base[-1], job=job))
    new.append(trained("wgan-gp", "grid25"))
    suite = {"suite": {"name": "nightly", "seeds": 8}, "experiment": [{"kind": "training", "batch_size": 64}]}
    packages = {**dated.PACKAGES, "torch": "2.10.0"}
    return dated.dated(base, 1), dated.dated(new, 2, suite=suite, packages=packages)


@pytest.fixture(scope="module")
def found(runs):
    return compare(*runs)


@pytest.fixture(scope="module")
def page(found):
    return render(found)


def test_every_cell_has_its_line(found):
    frame = found.frame()
    w1 = frame[frame["metric"] == "w1"].set_index(["method", "dataset"])["verdict"].to_dict()
    assert w1 == {
        ("wgan-gp", "ring8"): "worse",
        ("sngan", "ring8"): "identical",
        ("gan", "ring8"): "worse",
        ("wgan-clip", "grid25"): "identical",
    }
    others = frame[frame["metric"] == ""][["method", "dataset", "verdict"]].to_numpy().tolist()
    assert others == [["wgan-gp", "grid25", "new"], ["nsgan", "ring8", "vanished"]]
    worse = frame[(frame["metric"] == "w1") & (frame["method"] == "wgan-gp")].iloc[0]
    assert 1.3 < worse["low"] < 1.6 < worse["high"] < 1.9


def test_the_banner_counts_what_matters(found):
    assert [text for *_, text in tally(found)] == ["2 worse", "2 identical"]
    assert lead(found) == [
        "4 cells in both runs, 2 of 4 with all recorded numbers identical",
        "6 more seeds diverged",
        "1 new cell",
        "1 cell vanished",
        "1 cell with other settings",
    ]


def test_seeds_settings_environment_and_suites_are_told(found):
    (fate,) = found.fates
    assert fate.moves == {(Status.COMPLETED, Status.DIVERGED): (0, 1, 2, 3, 4, 5)}
    (pair,) = [pair for pair in found.pairing.pairs if pair.settings]
    assert pair.settings == (("batch_size", 128, 64),)
    assert ("packages.torch", "2.9.0", "2.10.0") in found.environment
    assert found.suites == (("training.batch_size", None, 64),)


def test_a_run_against_itself_is_identical(runs):
    same = compare(runs[0], runs[0])
    assert set(same.frame()["verdict"]) == {"identical"}
    assert not same.nothing
    assert (same.claims, same.environment, same.suites, same.fates) == ((), (), (), ())


def test_unlike_values_are_refused_and_have_no_number(runs):
    base, new = runs
    newer = [
        dataclasses.replace(o, descriptors={k: {**d, "version": 2} for k, d in o.descriptors.items()})
        for o in new.outcomes
    ]
    found = compare(base, dataclasses.replace(new, outcomes=tuple(newer)))
    assert found.compared == ()
    frame = found.frame()
    refused = frame[frame["verdict"] == "not comparable"]
    assert refused[["base", "new", "size", "low", "high", "p"]].isna().all(axis=None)
    assert set(refused["reason"]) >= {"w1 is version 1 in the base and 2 now"}
    assert "The metric is version 1 in the base and 2 now: 28 metrics" in re.sub("<wbr>", "", render(found))


def test_failed_seeds_are_told(runs):
    base, new = runs
    lost = {**new.outcomes[1].status, 3: SeedStatus(Status.OOM)}
    outcomes = list(new.outcomes)
    outcomes[1] = dataclasses.replace(outcomes[1], status=lost)
    assert "1 seed failed or missing now" in lead(
        compare(base, dataclasses.replace(new, outcomes=tuple(outcomes)))
    )


def test_the_page_shows_base_and_new_and_every_seed(page):
    assert page.count("seed 7: ") == 2 * 4 - 0
    text = re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", page.replace("<wbr>", "")))
    for told in (
        "day-2 against day-1",
        "Seeds that ended otherwise",
        "batch_size 128 → 64",
        "2.9.0 → 2.10.0",
    ):
        assert told in text


def test_the_page_asks_for_nothing_and_allows_its_own_style_only(page):
    policy = re.search(r'Content-Security-Policy" content="([^"]*)"', page)[1].replace("&#39;", "'")
    css = re.search(r"<style>(.*?)</style>", page, re.S)[1]
    digest = base64.b64encode(hashlib.sha256(css.encode()).digest()).decode()
    assert policy.startswith(f"default-src 'none'; style-src 'sha256-{digest}'")
    assert "unsafe" not in policy
    assert not re.search(r"<script| style=|https?://(?!www\.w3\.org)", page)


def test_links_lead_somewhere_and_ids_are_unique(page):
    ids = re.findall(r' id="([^"]*)"', page)
    assert len(ids) == len(set(ids))
    assert set(re.findall(r'href="#([^"]*)"', page)) <= set(ids)


def test_hostile_names_are_just_names(synthetic, dated):
    outcomes = [synthetic.trained(HOSTILE, HOSTILE, 3)]
    base, new = (dataclasses.replace(dated.dated(outcomes, day), directory=Path(HOSTILE)) for day in (1, 2))
    made = render(compare(base, new))
    assert "<img src=x" not in made
    assert "&lt;/script&gt;&lt;img src=x onerror=alert(1)&gt;" in made.replace("<wbr>", "")


def test_the_command_informs_with_0_whatever_it_found(runs, dated, tmp_path, capsys):
    base, new = (dated.stored(run, tmp_path) for run in runs)
    assert main(["compare", str(base), str(new)]) == 0
    out = capsys.readouterr().out
    assert "▲ worse" in out
    assert "2 worse, 2 identical; 4 cells in both runs" in out
    assert out.splitlines()[-1] == f"comparison: {new / 'compare.html'}"
    assert "day-2 against day-1" in (new / "compare.html").read_text()


def test_nothing_in_common_is_5_and_mistakes_are_4(synthetic, dated, tmp_path, capsys):
    runs = [
        dated.dated([synthetic.trained(method, "ring8", 3)], day)
        for day, method in ((1, "gan"), (2, "sngan"))
    ]
    base, new = (str(dated.stored(run, tmp_path)) for run in runs)
    page = str(tmp_path / "page.html")
    assert main(["compare", base, new, "-o", page]) == 5
    assert "nothing was compared" in capsys.readouterr().err
    assert "1 cell vanished" in Path(page).read_text()
    assert main(["compare", base, str(tmp_path / "nowhere")]) == 4
    assert main(["compare", base, new, "-o", str(tmp_path)]) == 4
    assert "no such folder" in capsys.readouterr().err
