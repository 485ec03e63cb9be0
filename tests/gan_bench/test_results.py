"""What Python users get of a stored run: frames that agree with the page's own numbers, and a summary."""

import dataclasses
import subprocess
import sys
from html.parser import HTMLParser

import numpy as np
import pandas as pd
import pytest

import gan_bench as gb
from gan_bench.analysis.aggregates import aggregates, improvements
from gan_bench.analysis.aggregates import profile as profiles
from gan_bench.analysis.cells import cells_of
from gan_bench.analysis.leaderboard import leaderboard_of
from gan_bench.analysis.rankings import contests
from gan_bench.analysis.scores import groups
from gan_bench.analysis.verdicts import Verdict, at_least, untested
from gan_bench.experiments.claims import CLAIMS
from gan_bench.experiments.judge import Judgement
from gan_bench.harness.folder import locked
from gan_bench.results import Results

PARTS = (Verdict.CONFIRMED, Verdict.NOT_TESTED)


@pytest.fixture(scope="module")
def stored(synthetic, tmp_path_factory):
    """A folder as `run` writes it: two methods on ring8, one lost seed, hostile names."""
    outcomes = [
        synthetic.trained("wgan-gp", "ring8", 3),
        synthetic.trained("gan", "ring8", 3, {1: 300}),
        synthetic.trained("<b onload=x>", "ring8", 3),
        synthetic.perfect("ring8"),
    ]
    path = tmp_path_factory.mktemp("run") / "run"
    with locked(path) as folder:
        folder.mark(
            {
                "suite": {"suite": {"name": "<i>mine"}, "experiment": []},
                "command": "gan-bench run mine.toml",
                "planned": [outcome.job.as_dict() for outcome in outcomes],
                "kept_stale": [],
                "provenance": {},
            }
        )
        for outcome in outcomes:
            folder.write(outcome)
    return path


@pytest.fixture(scope="module")
def results(stored):
    return gb.load(stored)


def test_the_board_is_the_page_s_own(results):
    frame = results.leaderboard()
    (contest,) = contests(cells_of(results.outcomes), "training")
    board = leaderboard_of(contest)
    assert frame["method"].tolist() == [s.cell.label for s in board.standings]
    for line, s in zip(frame.itertuples(), board.standings, strict=True):
        assert line.centre == s.interval.centre
        assert (line.seeds, line.planned, line.diverged) == (len(s.ends), 3, s.diverged)
        assert (line.low, line.high) == pytest.approx((s.interval.low, s.interval.high), nan_ok=True)
    # Three seeds a side: no test tells anybody apart, and all share the first rank.
    assert set(frame["rank"]) == {1}
    assert frame["separate"].isna().all()
    assert (np.isnan(frame["p"][0]), frame["p"][1] >= 0.1) == (True, True)
    lost = frame[frame.method == "gan"].iloc[0]
    assert np.isinf(lost.worst)
    assert "2 of 3 seeds" in lost.note


def test_claims_have_a_line_for_each_part(stored, monkeypatch):
    parts = (at_least("ratio above 1", [1.5, 1.6, 1.7], 1, unit="times"), untested("gap", "no critic"))
    judged = Judgement(
        CLAIMS["js-is-blind"], Verdict.INCONCLUSIVE, tuple(zip(parts, PARTS, strict=True)), (), ()
    )
    monkeypatch.setattr("gan_bench.results.judge", lambda _: [judged])
    first, second = gb.load(stored).claims().itertuples(index=False)
    assert (first.claim, first.verdict, first.part, first.part_verdict) == (
        "js-is-blind",
        "inconclusive",
        "ratio above 1",
        "confirmed",
    )
    # t at .975 with 2 degrees of freedom is 4.3027, the standard error .1 / sqrt(3).
    assert (first.value, first.low, first.high) == pytest.approx((1.6, 1.3516, 1.8484), abs=1e-4)
    assert (first.seeds, first.unit, first.note) == (3, "times", "")
    assert np.isnan(second.value)
    assert (second.part_verdict, second.note) == ("not tested", "no critic")


def test_budgets_name_their_data_set(results):
    frame = results.budgets()
    assert set(frame["dataset"]) == {"ring8"}
    assert set(frame["method"]) == {"wgan-gp", "gan", "<b onload=x>"}


def test_frames_over_all_data_sets_are_those_of_the_analysis(results):
    scores = results.scores()
    assert len(scores) == 9
    assert scores.loc[scores["value"] == np.inf, ["method", "seed"]].to_numpy().tolist() == [["gan", 1]]
    (group,) = groups(scores)
    means, duels, profile = results.aggregates(), results.improvements(), results.profile()
    for frame, made in ((means, aggregates), (duels, improvements), (profile, profiles)):
        assert set(frame["experiment"] + frame["label"]) == {"trainingW1"}
        pd.testing.assert_frame_equal(frame[frame.columns[2:]], made(group))
    assert len(duels) == 6
    gap = means.set_index(["method", "measure"]).loc[("gan", "optimality_gap")]
    assert (gap.centre, gap.note.endswith("1 of 3 seeds diverged")) == (np.inf, True)


def test_without_ranked_experiments_the_frames_are_empty_and_keep_their_columns(results):
    nothing = dataclasses.replace(results, outcomes=())
    assert nothing.scores().empty
    assert list(nothing.aggregates().columns[:4]) == ["experiment", "label", "method", "measure"]
    assert nothing.improvements().empty


class Tags(HTMLParser):
    def __init__(self):
        super().__init__()
        self.open, self.seen = [], set()

    def handle_starttag(self, tag, attributes):
        self.open.append(tag)
        self.seen.add(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag


def test_a_notebook_shows_a_summary_in_which_names_are_only_names(results):
    text = results._repr_html_()
    tags = Tags()
    tags.feed(text)
    assert tags.open == []
    assert tags.seen <= {"div", "p", "strong", "code", "table", "thead", "tbody", "tr", "th", "td"}
    assert "&lt;i&gt;mine" in text
    assert f"{results.leaderboard()['centre'][0]:.3g}" in text
    assert repr(results) == "<Results of <i>mine: 4 jobs, 33 seeds (32 completed, 1 diverged)>"


def test_load_gives_what_the_store_holds(stored, results):
    from gan_bench.harness import store

    plain = store.load(stored)
    assert isinstance(results, Results)
    assert results.frame().equals(plain.frame())
    names = {field.name for field in dataclasses.fields(plain)} - {"outcomes"}
    assert all(getattr(results, name) == getattr(plain, name) for name in names)


def test_frames_need_no_torch(stored):
    code = (
        "import sys; import gan_bench as gb; run = gb.load(sys.argv[1]); "
        "run.leaderboard(), run.claims(), run.budgets(), run.variance(), run.scores(), run.aggregates(), "
        "run.improvements(), run.profile(), run._repr_html_(); "
        "assert 'torch' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code, str(stored)], check=True)
