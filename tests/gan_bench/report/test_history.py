"""The history of runs: order, names, changes, frames, the page, the command."""

import base64
import dataclasses
import hashlib
import re
from pathlib import Path

import pytest

from gan_bench.cli import main
from gan_bench.errors import UsageError
from gan_bench.report.history import history
from gan_bench.report.history.render import render

HOSTILE = "</script><img src=x onerror=alert(1)>\"'&{{ 7*7 }}"


@pytest.fixture(scope="module")
def days(synthetic, dated):
    """Six nights: wgan-gp worse from the fourth, gan loses seeds from the fifth, the last elsewhere."""

    def night(day):
        lost = dict.fromkeys(range(7), 300) if day >= 5 else None
        outcomes = [
            dated.noisy(synthetic.trained("wgan-gp", "ring8"), day, 1.6 if day >= 4 else 1.0),
            synthetic.trained("gan", "ring8", diverged=lost),
            synthetic.perfect("ring8"),
        ]
        machine = dated.MACHINE if day < 6 else {**dated.MACHINE, "cpu": "another"}
        packages = dated.PACKAGES if day < 4 else {**dated.PACKAGES, "torch": "2.10.0"}
        return dated.dated(outcomes, day, machine=machine, packages=packages)

    return [night(day) for day in (3, 1, 2, 6, 5, 4)]


@pytest.fixture(scope="module")
def found(days):
    return history(days)


@pytest.fixture(scope="module")
def page(found):
    return render(found)


def test_runs_are_in_the_order_of_their_start(found):
    assert found.names == tuple(f"day-{day}" for day in range(1, 7))


def test_the_steps_are_found_the_worst_first(found):
    told = found.changes()[["method", "metric", "last_before", "first_after", "before_run", "after_run"]]
    assert told.to_numpy().tolist() == [
        ["gan", "diverged", 3, 4, "day-4", "day-5"],
        ["wgan-gp", "w1", 2, 3, "day-3", "day-4"],
    ]
    w1 = found.changes().iloc[1]
    assert 1.4 < w1["low"] < 1.6 < w1["high"] < 1.8
    assert w1["better"] is False or not w1["better"]


def test_the_frame_holds_every_seed_and_cuts_time_at_the_machine(found):
    frame = found.frame()
    w1 = frame[(frame["metric"] == "w1") & (frame["method"] == "wgan-gp")]
    assert len(w1) == 6 * 8
    assert w1["seed"].nunique() == 8
    lost = frame[(frame["metric"] == "w1") & (frame["method"] == "gan") & (frame["value"] == float("inf"))]
    assert len(lost) == 2 * 7
    seconds = frame[(frame["metric"] == "seconds") & (frame["method"] == "wgan-gp")]
    assert seconds["part"].tolist() == [1, 1, 1, 1, 1, 2]
    assert seconds["why"].iloc[-1] == "made on unlike or unknown machines"
    assert seconds["seed"].isna().all()


def test_folders_of_one_name_are_numbered_and_one_given_twice_refused(synthetic, dated):
    outcomes = [synthetic.trained("gan", "ring8", 3)]
    runs = [dated.dated(outcomes, day) for day in (1, 2)]
    same = [dataclasses.replace(run, directory=Path(f"{k}/nightly")) for k, run in enumerate(runs)]
    assert history(same).names == ("nightly (1)", "nightly (2)")
    with pytest.raises(UsageError, match="nightly: given twice"):
        history([same[0], same[0]])
    with pytest.raises(UsageError, match="a history needs two runs, not 1"):
        history(same[:1])
    with pytest.raises(UsageError, match='--metric: unknown metric "jss" - did you mean "js"'):
        history(same, ["jss"])


def test_further_metrics_are_followed(days):
    assert "js" in set(history(days, ["js"]).frame()["metric"])


def test_the_page_tells_what_changed_when_and_what_else(page):
    text = re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", page))
    assert "nightly over 6 runs" in text
    assert "torch 2.9.0 → 2.10.0" in text
    assert "▲ worse" in text
    assert "Training time is cut before run 6 in 2 cells: made on unlike or unknown machines." in text
    assert "7 diverged" in text


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


def test_the_same_runs_give_the_same_bytes(days, page):
    assert render(history(days)) == page


def test_hostile_names_are_just_names(synthetic, dated):
    runs = [
        dataclasses.replace(
            dated.dated([synthetic.trained(HOSTILE, HOSTILE, 3)], day), directory=Path(HOSTILE)
        )
        for day in (1, 2)
    ]
    runs[1] = dataclasses.replace(runs[1], directory=Path("other"), suite={"suite": {"name": HOSTILE}})
    made = render(history(runs))
    assert "<img src=x" not in made
    assert "49" not in re.findall(r"\{\{.*?\}\}|\b49\b", made)
    assert "&lt;/script&gt;&lt;img src=x onerror=alert(1)&gt;" in made


def test_the_command_tells_the_changes_and_writes_the_page(days, dated, tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    folders = [str(dated.stored(run, tmp_path)) for run in days]
    assert main(["history", *folders]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("6 runs, from run 1, day-1 (2026-11-01, commit 01010101) to run 6, day-6")
    assert lines[1] == "2 worse"
    assert lines[2].startswith("- gan on ring8: share of seeds diverged +88 points [")
    assert lines[3].startswith("- wgan-gp on ring8: Wasserstein-1 +")
    assert lines[-1] == "history: history.html"
    assert "<h1>nightly over 6 runs</h1>" in Path("history.html").read_text()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["here"], "a history needs two runs, not 1"),
        (["here", "nowhere"], "nowhere: no such folder"),
        (["here", "here", "--output", "."], "is a folder; --output names a file"),
        (["here", "here"], "here: given twice"),
    ],
)
def test_mistakes_are_one_line_and_4(arguments, message, days, dated, tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    dated.stored(dataclasses.replace(days[0], directory=Path("here")), tmp_path)
    assert main(["history", *arguments]) == 4
    (line,) = capsys.readouterr().err.splitlines()
    assert message in line


def test_settings_that_changed_with_a_step_are_told(synthetic, dated):
    def night(day):
        outcome = dated.noisy(synthetic.trained("wgan-gp", "ring8"), day, 2.0 if day > 2 else 1.0)
        settings = {**outcome.job.settings, "batch_size": 128 if day <= 2 else 64}
        job = dataclasses.replace(outcome.job, settings=settings)
        return dated.dated([dataclasses.replace(outcome, job=job)], day)

    page = render(history([night(day) for day in (1, 2, 3, 4)]))
    assert "batch_size 128 → 64; commit 02020202 → 03030303" in page
