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

from gan_bench.experiments.images.figures import figures as images_figures
from gan_bench.harness.job import Job
from gan_bench.harness.outcome import Outcome, Row, SeedStatus, Status, frame_from_rows
from gan_bench.report.pictures import drawn
from gan_bench.report.render import render, write_report
from gan_bench.report.shell import script

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
        if self.open and self.open[-1] not in ("style", "script"):
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
    # One script, inlined: no attribute that would fetch another.
    assert page.all("script") == [{}]
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


def test_policy_admits_the_style_sheet_and_the_script_and_nothing_else(standard, page):
    (policy,) = [attrs["content"] for attrs in page.all("meta") if attrs.get("http-equiv")]
    parts = [re.search(rf"<{tag}>(.*?)</{tag}>", standard, re.DOTALL)[1] for tag in ("style", "script")]
    css, js = (base64.b64encode(hashlib.sha256(part.encode()).digest()).decode() for part in parts)
    assert policy.split("; ") == [
        "default-src 'none'", f"style-src 'sha256-{css}'", f"script-src 'sha256-{js}'", "img-src data:",
        "base-uri 'none'", "form-action 'none'",
    ]  # fmt: skip


def test_the_script_is_small_and_cannot_end_itself():
    made = script()
    assert len(made.encode()) < 30_000
    assert "</" not in made
    assert made.startswith('"use strict";')


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
    assert standard.count('<rect class="band"') == 20
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


# Pages of images.


def image_run(s):
    """Two extractors on one set, colour, a thousand classes, a diverged seed, a skipped and a failed cell."""
    outcomes = [s.trained("gan", "glyphs", 2), s.trained("cgan", "glyphs", 3, diverged={1: 100})]
    outcomes += [s.failed("nsgan", "glyphs", 2), s.perfect("glyphs"), s.skipped("cgan", "stacked-glyphs", 2)]
    outcomes += [s.trained("sngan", "stacked-glyphs", 1), s.perfect("stacked-glyphs")]
    outcomes += [s.trained("sngan", "cifar10", 2, extractor=e) for e in ("classifier", "inception")]
    return s.run_of([*outcomes, s.perfect("cifar10", "inception")])


@pytest.fixture(scope="module")
def of_images(synthetic_images):
    return render(image_run(synthetic_images))


def test_page_of_images_is_whole(of_images):
    page = check(of_images)
    assert (
        "4 methods on 3 data sets, 7 cells: 4 completed with every seed, 1 with diverged seeds" in page.text
    )
    assert {"board-glyphs", "board-stacked-glyphs", "board-cifar10-judged-by-inception"} <= {
        attrs.get("id") for _, attrs in page.elements
    }
    assert "No figures" not in page.text


def test_values_of_unlike_extractors_share_no_table_column(of_images):
    """Every table with a heading that names an extractor holds none of another for the same metric."""
    seen = 0
    for table in re.findall(r"<table.*?</table>", of_images, re.DOTALL):
        headings = re.findall(r"<th scope=\"col\"[^>]*>(.*?)</th>", table, re.DOTALL)
        named = [match for text in headings if (match := re.match(r"(.*?) \(([\w-]+)\)", text))]
        seen += len(named)
        # Ours beside the published numbers stand side by side on purpose, each under its extractor.
        if not any("published" in text for text in headings):
            judges = {}
            for match in named:
                assert judges.setdefault(match[1], match[2]) == match[2]
    assert seen > 30
    glances = re.findall(r'<table class="glance">.*?</table>', of_images, re.DOTALL)
    assert [len(re.findall(r"<tr><th scope=\"row\">", glance)) for glance in glances] == [1, 1, 1, 1]


def without_claims(text):
    """The words of a page but for the list of claims, which speaks of everything."""
    return Page(re.sub(r'<section id="claims".*?</section>', "", text, flags=re.DOTALL)).text


def test_boards_of_images_speak_of_images_and_those_of_points_of_points(of_images, standard):
    text = without_claims(of_images)
    assert "FID (glyphs-cnn) at the end on 2,000 images [squared feature units], log axis" in text
    assert "(FID: geometric mean)" in text
    trust = "Against 5,000 real images; glyphs-cnn names 98.7 % of held-out images right."
    assert f"{trust} The perfect sampler: fresh draws. Covariances are singular." in text
    assert "W1" not in text
    assert "points" not in text
    assert "FID" not in without_claims(standard)


def headings_of_board(text, dataset):
    """Headings of a leaderboard's table, with their second line, and its caption."""
    board = text[text.index(f'id="board-{dataset}"') :]
    table = re.search(r'<table class="board">.*?</thead>', board, re.DOTALL)[0]
    return re.findall(r'<th scope="col"[^>]*>(.*?)</th>', table, re.DOTALL), Page(table).text


def test_a_board_names_its_extractor_once_and_others_where_they_judge(of_images):
    headings, words = headings_of_board(of_images, "stacked-glyphs")
    assert [heading for heading in headings if "stacked-glyphs-cnn" in heading] == [
        "FID (stacked-glyphs-cnn)"
    ]
    assert any(heading.startswith("Classes covered <") for heading in headings)
    assert "; features and classes by stacked-glyphs-cnn" in words
    assert "names no other" not in words
    headings, words = headings_of_board(of_images, "cifar10-judged-by-inception")
    assert "FID (inception)" in headings
    assert [h.partition(" <")[0] for h in headings if "(cifar10-cnn)" in h] == [
        "Classes covered (cifar10-cnn)", "Class KL (cifar10-cnn)",
    ]  # fmt: skip
    assert "features and classes by inception, where a heading names no other" in words


def test_the_page_says_what_the_perfect_sampler_is_and_claims_no_bound(of_images, standard, synthetic_images):
    s = synthetic_images
    text = Page(of_images).text
    assert "names 98.7 % of held-out images right. The perfect sampler: fresh draws." in text
    told = s.trained("gan", "cifar10", 2)
    other = {**told.facts, "judged by": {**told.facts["judged by"], "perfect sampler": "train split, anew"}}
    drawn_from = Page(render(s.run_of([dataclasses.replace(told, facts=other)]))).text
    assert "The perfect sampler: train split, anew." in drawn_from
    for words in (text, Page(standard).text):
        assert "no method was trained on" not in words
        assert "expected below" not in words
        assert "It is no lower bound" in words


def test_budget_says_network_width_batch_steps_and_precision(of_images):
    text = Page(of_images).text
    assert "told the class of each image; 750 steps in 1 min 30 s, 2 of 3 survived, 1 diverged" in text
    assert "dcgan width 16, batch norm in the critic" in text
    assert "told classes, averaged" in text


def test_grids_are_shown_pixel_by_pixel_and_described(of_images):
    page = Page(of_images)
    images = page.all("img")
    assert len(images) > 50
    assert {"gan, step 750", "gan, seed 1", "cgan, seed 1, diverged", "gan, real images"} <= {
        image["alt"] for image in images
    }
    assert "image-rendering: pixelated" in of_images
    first = next(image for image in images if image["alt"] == "gan, step 750")
    # Four images of 16 pixels a side and three lines between them, twice as large.
    assert (first["width"], first["height"]) == ("134", "134")


def test_pngs_have_eight_bits_a_pixel(of_images):
    pngs = [base64.b64decode(data) for data in re.findall(r"data:image/png;base64,([^\"]+)", of_images)]
    # Header chunk: width, height, bit depth, colour type; 0 is grey, 3 a palette.
    assert {(png[24], png[25]) for png in pngs} <= {(8, 0), (8, 3), (4, 3), (2, 3), (1, 3)}
    assert {png[25] for png in pngs} == {0, 3}


def test_six_methods_of_five_seeds_on_two_sets_stay_small(synthetic_images):
    """The pictures of a whole run, without the curves: what decides the size."""
    s = synthetic_images
    run = s.run_of([s.trained(m, d) for d in ("glyphs", "stacked-glyphs") for m in s.METHODS])
    figures = [f for f in images_figures(run) if f.layout == "tiles"]
    size = sum(len(tile.source) for f in figures for picture in drawn(f) for tile in picture.tiles)
    assert 500_000 < size < 3_000_000


def test_points_and_images_share_a_page(synthetic, synthetic_images):
    images = [synthetic_images.trained(method, "glyphs", 1) for method in ("gan", "sngan")]
    page = check(render(synthetic.run_of([synthetic.trained("gan", "ring8", 2), *images])))
    assert "2 methods on 2 data sets, 3 cells" in page.text
    assert "by exact Wasserstein-1 distance (W1)" in page.text
    assert "by Frechet distance of features (FID), of the extractor that is named" in page.text
    assert "one seed, no interval" in page.text
    assert "Inconclusive: 1 seed cannot tell methods apart by any test; it takes 4 of each." in page.text


def test_images_of_seeds_that_all_diverged(synthetic_images):
    s = synthetic_images
    lost = s.trained("gan", "glyphs", 2, diverged={0: 20, 1: 20})
    assert "nothing to rank" in check(render(s.run_of([lost, s.failed("nsgan", "glyphs")]))).text
