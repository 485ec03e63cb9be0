"""The page of a run: complete, self-contained, valid, the same bytes again, and whole for every odd run."""

import base64
import dataclasses
import hashlib
import re
import subprocess
import sys
from collections import Counter
from html.parser import HTMLParser
from pathlib import Path

import pytest

from gan_bench.harness.job import Job
from gan_bench.harness.outcome import Outcome, Row, SeedStatus, Status, frame_from_rows
from gan_bench.report.render import render, write_report

VOID = {"meta", "link", "br", "img", "hr", "input", "wbr"}
HOSTILE = "</script><img src=x onerror=alert(1)>\"'&{{ 7*7 }}"


class Page(HTMLParser):
    """Collects elements, text and errors of nesting."""

    def __init__(self, text):
        super().__init__(convert_charrefs=True)
        self.open, self.errors, self.elements, self.texts = [], [], [], []
        self.feed(text)
        self.close()
        self.errors += [f"never closed: {tag}" for tag in self.open]

    def handle_starttag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))

    def handle_endtag(self, tag):
        if not self.open or self.open[-1] != tag:
            self.errors.append(f"</{tag}> closes {self.open[-1:]} at {self.getpos()}")
        elif self.open:
            self.open.pop()

    def handle_data(self, data):
        if self.open and self.open[-1] != "style":
            self.texts.append(data)

    @property
    def text(self):
        return re.sub(r"\s+", " ", " ".join(self.texts))

    def all(self, tag):
        return [attrs for name, attrs in self.elements if name == tag]


@pytest.fixture(scope="module")
def standard(synthetic):
    return render(synthetic.standard_run())


@pytest.fixture(scope="module")
def page(standard):
    return Page(standard)


def check(text):
    """What holds for every page."""
    page = Page(text)
    assert page.errors == []
    ids = Counter(attrs["id"] for _, attrs in page.elements if "id" in attrs)
    assert [name for name, n in ids.items() if n > 1] == []
    targets = {attrs["href"][1:] for _, attrs in page.elements if (attrs.get("href") or "").startswith("#")}
    assert targets - set(ids) == set()
    assert [
        attrs for _, attrs in page.elements if "style" in attrs or any(a.startswith("on") for a in attrs)
    ] == []
    assert page.all("script") == []
    assert len(page.all("h1")) == 1
    assert [image["alt"] for image in page.all("img") if not image["alt"]] == []
    return page


def test_page_is_valid_and_labelled(standard):
    page = check(standard)
    assert page.all("html")[0]["lang"] == "en"
    assert {"header", "nav", "main", "footer"} <= {tag for tag, _ in page.elements}
    assert all("scope" in attrs for attrs in page.all("th"))
    pictures = [attrs for attrs in page.all("svg") if "aria-hidden" not in attrs]
    assert all(attrs.get("role") == "img" and attrs.get("aria-label") for attrs in pictures)


def test_nothing_is_fetched(page):
    links = [attrs.get("src") or attrs.get("href") or "" for _, attrs in page.elements]
    assert [link for link in links if link and not link.startswith(("#", "data:"))] == []


def test_policy_admits_the_style_sheet_and_nothing_else(standard, page):
    (policy,) = [attrs["content"] for attrs in page.all("meta") if attrs.get("http-equiv")]
    css = re.search(r"<style>(.*?)</style>", standard, re.DOTALL)[1]
    digest = base64.b64encode(hashlib.sha256(css.encode()).digest()).decode()
    assert policy.split("; ")[0] == "default-src 'none'"
    assert f"style-src 'sha256-{digest}'" in policy
    assert "unsafe" not in policy
    assert "script-src" not in policy


def test_header_says_what_ran(page):
    assert (
        "5 methods on 4 data sets, 20 cells: 17 completed with every seed, 1 with diverged seeds" in page.text
    )
    assert "1 with diverged seeds, 1 failed, 1 skipped." in page.text
    assert "142 of 160 seeds trained to the last step, 2 diverged" in page.text


def test_every_cell_has_its_section_and_a_way_to_it(page, synthetic):
    ids = {attrs.get("id") for _, attrs in page.elements}
    keys = [outcome.job.key for outcome in synthetic.standard_run().outcomes]
    assert {f"cell-{key}" for key in keys} <= ids


def test_failures_are_told_in_full(page):
    assert "RuntimeError: boom" in page.text
    assert "skipped: needs a density, which parallel-lines does not have" in page.text
    assert "6 of 8 survived, 2 diverged" in page.text
    assert "diverged 25 % [7, 59]" in page.text
    assert Status.DIVERGED.sentence in page.text


def test_leaderboard_shows_every_seed_and_the_band(standard, page):
    # 17 cells of 8 seeds and one of 6 survivors, a dot each.
    assert standard.count("<circle") == 17 * 8 + 6
    assert standard.count('class="band"') == 20
    assert "Not told apart from" in page.text
    assert "perfect sampler" in page.text


def test_every_method_appears_among_the_clouds(standard, synthetic):
    section = re.search(r'<section id="samples".*?(?=<section id="cells")', standard, re.DOTALL)[0]
    for dataset in synthetic.DATASETS:
        strip = section[section.index(f'id="samples-{dataset}"') :]
        for method in synthetic.METHODS:
            assert f"Samples of {method} on {dataset}" in strip or f"{method}</th>" in strip
    assert section.count("data:image/png;base64,") == 18
    assert section.count("no samples (") == 2


def test_figures_follow_the_pages_colours(standard):
    figures = re.search(r'<section id="dynamics".*?(?=<section id="samples")', standard, re.DOTALL)[0]
    assert figures.count("var(--series-0)") > 20
    assert set(
        re.findall(r"#[0-9a-f]{6}\b", re.sub(r'"url\([^)]*\)"|href="[^"]*"|id="[^"]*"', "", figures))
    ) <= {"#ffffff"}


def test_same_run_same_bytes(synthetic):
    first, second = (
        render(synthetic.run_of([synthetic.trained("gan", "ring8", 3), synthetic.perfect("ring8")]))
        for _ in "12"
    )
    assert first == second


def test_size_of_twenty_cells(standard):
    # A few megabytes: it is mailed around.
    assert len(standard.encode()) < 3_000_000


def test_written_whole_with_its_folder(tmp_path, synthetic):
    output = tmp_path / "new" / "index.html"
    run = synthetic.run_of([synthetic.not_run("gan", "ring8")])
    assert write_report(run, output) == output
    assert output.read_text("utf-8") == render(run)
    assert [path.name for path in output.parent.iterdir()] == ["index.html"]


def odd_runs(synthetic):
    s = synthetic
    unknown = Job("no-such-experiment", "gan", "ring8", (0, 1))
    plain_rows = [Row(seed, 3, "angle", 1.0 + seed, axis="separation", at=0.5) for seed in (0, 1)]
    done = {seed: SeedStatus(Status.COMPLETED) for seed in (0, 1)}
    everything_lost = dict.fromkeys(range(3), 150)
    return {
        "empty": ([], "Nothing was planned"),
        "one seed": ([s.trained("gan", "ring8", 1), s.perfect("ring8")], "one seed, no interval"),
        "one method": ([s.trained("gan", "ring8", 3), s.perfect("ring8")], "1 method on 1 data set"),
        "no perfect sampler": ([s.trained("gan", "ring8", 3), s.trained("sngan", "ring8", 3)], "2 methods"),
        "all diverged": (
            [s.trained("gan", "ring8", 3, everything_lost), s.perfect("ring8")],
            "nothing to rank",
        ),
        "only the perfect sampler": ([s.perfect("ring8")], "Nothing was planned"),
        "all failed": ([s.failed("gan", "ring8")], "1 cell failed"),
        "not run": ([s.not_run("gan", "ring8")], "1 cell not run"),
        "64 seeds": ([s.trained("gan", "swiss-roll", 64), s.perfect("swiss-roll")], "64 of 64 seeds"),
        "unknown experiment": (
            [Outcome(unknown, frame_from_rows(unknown, plain_rows), done)],
            "separation 0.5",
        ),
    }


@pytest.mark.parametrize(
    "name",
    [
        "empty", "one seed", "one method", "no perfect sampler", "all diverged", "only the perfect sampler",
        "all failed", "not run", "64 seeds", "unknown experiment",
    ],
)  # fmt: skip
def test_odd_runs_give_whole_pages(name, synthetic):
    outcomes, expected = odd_runs(synthetic)[name]
    page = check(render(synthetic.run_of(outcomes)))
    assert expected in page.text


def test_nothing_but_what_a_run_may_lack(synthetic):
    run = dataclasses.replace(
        synthetic.run_of([synthetic.not_run("gan", "ring8")]), suite={}, provenance={}, command=""
    )
    check(render(run))


def test_stale_jobs_are_named(synthetic):
    run = dataclasses.replace(
        synthetic.run_of([synthetic.not_run("gan", "ring8")]), stale=["training--old--ring8--0"]
    )
    assert "training--old--ring8--0" in check(render(run)).text


def test_hostile_names_are_just_names(synthetic):
    outcome = synthetic.trained("gan", "ring8", 2)
    job = dataclasses.replace(outcome.job, method=HOSTILE, dataset=HOSTILE)
    described = {name: {**d, "label": HOSTILE, "unit": HOSTILE} for name, d in outcome.descriptors.items()}
    rows = outcome.rows.assign(method=HOSTILE, dataset=HOSTILE)
    hostile = dataclasses.replace(outcome, job=job, rows=rows, descriptors=described, traceback=HOSTILE)
    failed = dataclasses.replace(synthetic.failed("nsgan", "ring8"), traceback=HOSTILE)
    run = synthetic.run_of([hostile, failed])
    run = dataclasses.replace(run, command=HOSTILE, suite={"suite": {"name": HOSTILE}}, stale=[HOSTILE])
    page = check(render(run))
    assert [
        image for image in page.all("img") if "onerror" in image or not image["src"].startswith("data:")
    ] == []
    assert HOSTILE.split("{{")[0].replace("\"'&", "")[:30] in page.text
    assert "{{ 7*7 }}" in page.text


TORCHLESS = """
import importlib.util, sys
class Refuse:
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] in ("torch", "ray", "ot"):
            raise ImportError(f"{name} must not be imported")
sys.meta_path.insert(0, Refuse())
spec = importlib.util.spec_from_file_location("synthetic_run", sys.argv[1])
module = importlib.util.module_from_spec(spec)
sys.modules["synthetic_run"] = module
spec.loader.exec_module(module)
from gan_bench.report.render import render
text = render(module.run_of([module.trained("gan", "ring8", 2), module.perfect("ring8")]))
assert "data:image/png" in text and 'id="dynamics"' in text and "No figures" not in text, text[:3000]
assert not [name for name in sys.modules if name.split(".")[0] == "torch"]
"""


def test_renders_where_torch_cannot_be_imported():
    file = Path(__file__).parent / "synthetic.py"
    done = subprocess.run(
        [sys.executable, "-c", TORCHLESS, str(file)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
