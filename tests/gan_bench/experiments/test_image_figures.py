"""The images experiment's pictures: what is in them, from which numbers, what odd runs leave of them."""

import dataclasses
import math

import numpy as np
import pytest

from gan_bench.analysis.cells import cells_of
from gan_bench.experiments.images.figures import figures, grids
from gan_bench.harness.outcome import Row, SeedStatus, Status, frame_from_rows


@pytest.fixture(scope="module")
def made(synthetic_images):
    s = synthetic_images
    outcomes = [s.trained("gan", "glyphs", 3), s.trained("wgan-gp", "glyphs", 3, diverged={1: 100})]
    outcomes += [s.trained("cgan", "glyphs", 3), s.failed("nsgan", "glyphs", 3), s.perfect("glyphs")]
    outcomes += [s.trained("sngan", "stacked-glyphs", 2), s.skipped("cgan", "stacked-glyphs", 2)]
    run = s.run_of(outcomes)
    return run, {figure.name: figure for figure in figures(run)}


def panels(figure):
    return {panel.label: panel for panel in figure.panels}


def test_which_figures_a_set_of_ten_and_of_a_thousand_classes_have(made):
    _, found = made
    shared = ["samples", "seeds", "nearest", "fid", "summary-fid", "kid", "summary-kid", "covered"]
    glyphs = [f"{part}-glyphs" for part in (*shared, "class-share", "class-accuracy", "forces")]
    stacked = [f"{part}-stacked-glyphs" for part in (*shared, "forces")]
    assert list(found) == [*glyphs, *stacked, "published-stacked-glyphs"]
    assert all(figure.caption and figure.title and figure.group for figure in found.values())
    assert all(panel.alt for figure in found.values() for panel in figure.panels)


# Mosaics of pixels.


def test_mosaic_puts_every_image_in_its_place():
    images = np.arange(5, dtype=np.uint8).reshape(5, 1, 1, 1).repeat(2, 2).repeat(3, 3) + 10
    grid = grids.mosaic(images, 3)
    assert (grid.shape, grid.dtype) == ((5, 11), np.uint8)
    corners = [[int(grid[y, x]) for x in (0, 4, 8)] for y in (0, 3)]
    assert corners == [[10, 11, 12], [13, 14, 96]]
    assert set(grid[2]) == {96}


def test_mosaic_of_colours_keeps_the_channels_apart():
    images = np.zeros((2, 3, 2, 2), dtype=np.uint8)
    images[1] = np.array([1, 2, 3], dtype=np.uint8)[:, None, None]
    grid = grids.mosaic(images, 2)
    assert grid.shape == (2, 5, 3)
    assert grid[0, 3].tolist() == [1, 2, 3]
    assert grid[0, 0].tolist() == [0, 0, 0]


@pytest.mark.parametrize(("side", "times"), [(8, 4), (16, 2), (32, 2), (64, 1), (128, 1)])
def test_small_images_are_magnified_until_they_can_be_read(side, times):
    assert grids.zoom(side) == times


def test_images_of_a_seed_are_found_in_whichever_block_it_ran(synthetic_images):
    first = synthetic_images.trained("gan", "glyphs", 2)
    job = dataclasses.replace(first.job, seeds=(7, 8))
    later = dataclasses.replace(synthetic_images.trained("gan", "glyphs", 2), job=job)
    (cell,) = cells_of([first, later])
    assert grids.seeds_of(cell, 750) == [0, 1, 7, 8]
    assert np.array_equal(grids.of_seed(cell, 750, 8), later.samples["step-750"][1])
    with pytest.raises(KeyError):
        grids.of_seed(cell, 750, 3)


# Samples.


def test_a_row_of_steps_shows_the_first_seed_and_ends_with_real_images(made):
    run, found = made
    rows = panels(found["samples-glyphs"])
    assert list(rows) == ["gan", "wgan-gp", "cgan", "nsgan"]
    tiles = rows["wgan-gp"].draw()
    # wgan-gp has half the steps of the others: every row has its own.
    headings = ["step 0", "step 1", "step 4", "step 14", "step 53", "step 200", "step 375"]
    assert [tile.heading for tile in tiles] == [*headings, "real images"]
    outcome = run.outcomes[1]
    assert np.array_equal(tiles[2].pixels, grids.mosaic(outcome.samples["step-4"][0, :16], 4))
    assert np.array_equal(tiles[-1].pixels, grids.mosaic(run.outcomes[0].samples["reference"][:16], 4))
    assert {tile.zoom for tile in tiles} == {2}
    assert "nsgan" in rows
    assert (rows["nsgan"].draw, rows["nsgan"].alt) == (None, "no images (error)")


def test_at_the_end_every_seed_has_its_grid_and_lost_ones_are_named(made):
    run, found = made
    tiles = panels(found["seeds-glyphs"])["wgan-gp"].draw()
    assert [tile.heading for tile in tiles] == ["seed 0", "seed 1, diverged", "seed 2", "real images"]
    last = run.outcomes[1].samples["step-375"]
    for seed in range(3):
        assert np.array_equal(tiles[seed].pixels, grids.mosaic(last[seed, :30], 5))
    assert "told the class" in found["seeds-glyphs"].caption
    skipped = panels(found["seeds-stacked-glyphs"])["cgan"]
    assert skipped.alt.startswith("no images (a conditional method needs labels")


def test_many_seeds_are_cut_and_that_is_said(synthetic_images):
    run = synthetic_images.run_of([synthetic_images.trained("gan", "glyphs", 13)])
    panel = next(f for f in figures(run) if f.name == "seeds-glyphs").panels[0]
    assert len(panel.draw()) == 11
    assert "3 further seeds are left out" in panel.alt


def test_colour_and_large_images_fit_the_page(synthetic_images):
    run = synthetic_images.run_of([synthetic_images.trained("gan", "cifar10", 2)])
    tiles = {f.name: f for f in figures(run)}["samples-cifar10"].panels[0].draw()
    assert tiles[0].pixels.shape == (98, 98, 3)
    assert (tiles[0].heading, tiles[-2].heading, tiles[-1].heading) == ("step 0", "step 750", "real images")
    assert sum(tile.pixels.shape[1] * tile.zoom + 8 for tile in tiles) <= 1216


def test_generated_images_stand_over_their_nearest_with_the_ratio(made):
    run, found = made
    figure = found["nearest-glyphs"]
    (tile,) = panels(figure)["gan"].draw()
    samples = run.outcomes[0].samples
    assert np.array_equal(tile.pixels[:16, :16], samples["nearest-generated"][0, 0])
    assert np.array_equal(tile.pixels[17:33, :16], samples["nearest-training"][0, 0])
    rows = run.outcomes[0].rows
    ratio = rows.loc[rows["metric"] == "nearest_distance", "value"].median()
    assert tile.heading == f"distance ratio {ratio:.2f}, median over seeds"
    assert figure.table.set_index("method").loc["gan", "median"] == pytest.approx(ratio)


# Curves.


def test_fid_curves_and_their_band_are_of_one_number_of_images(made, synthetic_images):
    run, found = made
    figure = found["fid-glyphs"]
    assert figure.title == "FID (glyphs-cnn) while training"
    rows = run.outcomes[0].rows
    rows = rows[(rows["metric"] == "fid[glyphs-cnn]") & (rows["at"] == synthetic_images.CURVE)]
    assert figure.table.set_index("step")["gan"].dropna().tolist() == pytest.approx(
        rows.groupby("step")["value"].median().tolist()
    )
    (axes,) = panels(figure)["wgan-gp"].draw().axes
    assert (axes.get_yscale(), axes.get_xscale()) == ("log", "symlog")
    assert len(axes.patches) == 1
    assert [line.get_marker() for line in axes.lines].count("x") == 1
    assert "1 seed diverged" in panels(figure)["wgan-gp"].alt


def test_kid_is_drawn_below_zero(made):
    _, found = made
    (axes,) = found["kid-glyphs"].panels[0].draw().axes
    assert axes.get_yscale() == "symlog"
    assert axes.get_ylim()[0] < 0


def test_summary_table_counts_the_lost_seed(made):
    _, found = made
    table = found["summary-fid-glyphs"].table.set_index("method")
    assert list(table.index) == ["gan", "wgan-gp", "cgan"]
    assert list(table.columns) == [
        "best", "at step", "last", "mean over training", "snapshots above twice the best, %",
    ]  # fmt: skip
    assert (table["best"] <= table["last"]).all()
    assert np.isfinite(table.to_numpy()).all()
    assert "snapshots above twice the best, %" not in found["summary-kid-glyphs"].table


@pytest.mark.parametrize("lost", [2, 3])
def test_where_most_seeds_diverged_last_and_mean_are_infinite(synthetic_images, lost):
    outcome = synthetic_images.trained("gan", "glyphs", 3, diverged=dict.fromkeys(range(lost), 100))
    found = {f.name: f for f in figures(synthetic_images.run_of([outcome]))}
    (row,) = found["summary-fid-glyphs"].table.to_dict("records")
    assert (row["last"], row["mean over training"]) == (math.inf, math.inf)
    assert np.isfinite(row["best"])


@pytest.mark.parametrize("lost", [3, 4, 5])
def test_a_median_that_is_lost_is_not_replaced_by_an_earlier_one(synthetic_images, lost):
    """Step 53 is the last that most seeds reached; the values there must not stand for step 750."""
    outcome = synthetic_images.trained("gan", "stacked-glyphs", 5, diverged=dict.fromkeys(range(lost), 100))
    found = {f.name: f for f in figures(synthetic_images.run_of([outcome]))}
    (row,) = found["covered-stacked-glyphs"].table.to_dict("records")
    assert row["Classes covered (stacked-glyphs-cnn)"] == 0
    assert row["Class KL (stacked-glyphs-cnn)"] == math.inf
    assert [panel.alt.rpartition(": ")[2] for panel in found["covered-stacked-glyphs"].panels] == [
        "gan 0.", "gan lost.",
    ]  # fmt: skip
    assert found["kid-stacked-glyphs"].panels[0].alt.endswith("medians at the end: gan lost.")
    for part in ("fid", "kid"):
        last = found[f"{part}-stacked-glyphs"].table.iloc[-1]
        assert (last["step"], last["gan"]) == (750, math.inf)
    assert found["fid-stacked-glyphs"].panels[0].alt.endswith("diverged, and with them the median.")
    for panel in (*found["covered-stacked-glyphs"].panels, *found["kid-stacked-glyphs"].panels):
        panel.draw().canvas.draw()


def test_fewer_than_half_lost_leave_a_median_that_counts_them(synthetic_images):
    outcome = synthetic_images.trained("gan", "stacked-glyphs", 5, diverged={0: 100, 1: 1})
    rows = outcome.rows[(outcome.rows["step"] == 750) & (outcome.rows["at"] == synthetic_images.CURVE)]
    ends = {name: sorted(group["value"]) for name, group in rows.groupby("metric")}
    found = {f.name: f for f in figures(synthetic_images.run_of([outcome]))}
    (row,) = found["covered-stacked-glyphs"].table.to_dict("records")
    # Of five in order: two lost ones are the worst, so the median is the survivors' worst.
    assert row["Classes covered (stacked-glyphs-cnn)"] == ends["classes_covered[stacked-glyphs-cnn]"][0]
    assert row["Class KL (stacked-glyphs-cnn)"] == ends["class_kl[stacked-glyphs-cnn]"][2]


def test_seeds_that_were_killed_are_no_lost_ones_and_have_no_end(synthetic_images):
    outcome = synthetic_images.trained("gan", "stacked-glyphs", 3, diverged=dict.fromkeys(range(3), 100))
    killed = dict.fromkeys(range(3), SeedStatus(Status.TIMEOUT))
    run = synthetic_images.run_of([dataclasses.replace(outcome, status=killed)])
    found = {f.name: f for f in figures(run)}
    assert found["covered-stacked-glyphs"].table.drop(columns="method").isna().all().all()
    assert found["kid-stacked-glyphs"].panels[0].alt.endswith("gan none.")


# Classes.


def test_bars_are_the_means_of_the_larger_number_of_images_at_the_end(made):
    run, found = made
    rows = run.outcomes[0].rows
    rows = rows[(rows["metric"] == "class_share[glyphs-cnn]") & (rows["step"] == 750)]
    expected = rows.groupby(["seed", "at"])["value"].last().groupby("at").mean()
    figure = found["class-share-glyphs"]
    assert figure.table["class"].tolist() == list(range(10))
    assert figure.table["gan"].tolist() == pytest.approx(expected.tolist())
    (axes,) = panels(figure)["gan"].draw().axes
    assert [bar.get_height() for bar in axes.patches] == pytest.approx(expected.tolist())
    assert [line.get_marker() for line in axes.lines].count("o") == 3
    level = next(line for line in axes.lines if line.get_marker() == "None")
    assert list(level.get_ydata()) == [0.1, 0.1]
    assert "from 0.0% for class 3" in panels(figure)["gan"].alt
    assert "shaded" not in figure.caption.lower()


def test_real_images_shares_are_shaded_where_they_were_kept(synthetic_images):
    reference = synthetic_images.perfect("glyphs")
    rows = [
        Row(seed, 0, "class_share[glyphs-cnn]", 0.1 + 0.001 * seed, axis="class", at=k)
        for seed in range(20)
        for k in range(10)
    ]
    kept = dataclasses.replace(reference, rows=frame_from_rows(reference.job, rows))
    run = synthetic_images.run_of([synthetic_images.trained("sngan", "glyphs", 2), kept])
    figure = next(f for f in figures(run) if f.name == "class-share-glyphs")
    (axes,) = figure.panels[0].draw().axes
    bands = [p for p in axes.patches if p.get_width() > 0.9]
    assert len(bands) == 10
    assert bands[0].get_y() == pytest.approx(0.1 + 0.001 * 0.05 * 19)
    assert bands[0].get_height() == pytest.approx(0.001 * 0.9 * 19)
    assert "shaded" in figure.caption.lower()


def test_only_methods_that_are_told_the_class_are_asked_for_it(made):
    _, found = made
    assert list(panels(found["class-accuracy-glyphs"])) == ["cgan"]


def test_covered_of_a_thousand_has_its_ceiling(made):
    _, found = made
    (axes,) = found["covered-stacked-glyphs"].panels[0].draw().axes
    assert [text.get_text() for text in axes.texts] == ["all 1,000"]
    assert axes.get_ylim()[1] > 1000
    expected = "a perfect sampler shows 10.0 ± 0.0 classes and a KL of 0.0123 ± 0.0004."
    assert found["covered-stacked-glyphs"].caption.endswith(expected)


# Tables.


def test_published_stacked_numbers_never_share_a_column_with_ours(made):
    _, found = made
    table = found["published-stacked-glyphs"].table
    ours = [name for name in table.columns if name.endswith(", ours")]
    assert ours == [
        "Classes covered (stacked-glyphs-cnn), ours", "Class KL (stacked-glyphs-cnn), ours",
    ]  # fmt: skip
    assert "classes covered by an MNIST classifier, published" in table.columns
    assert table["method"].tolist()[-1] == "sngan"
    assert np.isfinite(table[ours].to_numpy()[-1]).all()
    assert table[ours].iloc[:-1].isna().all().all()
    assert "2,000 images against 5,000 of the endless set" in found["published-stacked-glyphs"].caption


def test_two_extractors_on_cifar_have_columns_and_groups_of_their_own(synthetic_images):
    s = synthetic_images
    outcomes = [s.trained("wgan-gp", "cifar10", 2, extractor=e) for e in ("classifier", "inception")]
    found = {f.name: f for f in figures(s.run_of(outcomes))}
    assert {"fid-cifar10, judged by cifar10-cnn", "fid-cifar10, judged by inception"} <= set(found)
    table = found["published-cifar10"].table
    mine = table[table["method"] == "wgan-gp"]
    assert mine["FID by Inception, published"].tolist() == ["40.2", "19.83", "16.95", "22.29 ± 0.06"]
    for name in ("FID (cifar10-cnn), ours", "FID (inception), ours"):
        assert mine[name].notna().all()
        assert table.loc[table["method"] != "wgan-gp", name].isna().all()
    assert "can be compared with no published one" in found["published-cifar10"].caption


def test_a_variant_of_a_preset_stands_beside_what_is_published_on_the_preset(synthetic_images):
    s, made = synthetic_images, synthetic_images.trained("wgan-clip", "cifar10", 2)
    spec = {"name": "wgan-clip-bn", "base": "wgan-clip"}
    job = dataclasses.replace(
        made.job, method="wgan-clip-bn", settings={**made.job.settings, "method_spec": spec}
    )
    run = s.run_of([made, dataclasses.replace(made, job=job), s.trained("gan", "cifar10", 2)])
    table = next(f for f in figures(run) if f.name == "published-cifar10").table
    clipped = table[table["published as"] == "weight clipping"]
    assert clipped["method"].tolist() == ["wgan-clip", "wgan-clip-bn"]
    assert table.iloc[-1][["method", "published as"]].tolist() == ["gan", "\N{EN DASH}"]


def test_ours_beside_the_published_count_what_diverged(synthetic_images):
    s = synthetic_images
    few = s.trained("gan", "stacked-glyphs", 5, diverged=dict.fromkeys(range(4), 100))
    most = s.trained("sngan", "stacked-glyphs", 5, diverged={0: 100, 1: 100})
    figure = next(f for f in figures(s.run_of([few, most])) if f.name == "published-stacked-glyphs")
    table = figure.table.set_index("method")
    covered, kl = (f"{name} (stacked-glyphs-cnn), ours" for name in ("Classes covered", "Class KL"))
    assert table.loc["gan", [covered, kl]].tolist() == [0, math.inf]
    rows = most.rows[(most.rows["step"] == 750) & (most.rows["at"] == s.END)].groupby("metric")["value"]
    assert table.loc["sngan", covered] == rows.min()["classes_covered[stacked-glyphs-cnn]"]
    assert table.loc["sngan", kl] == rows.max()["class_kl[stacked-glyphs-cnn]"]
    assert "not all seeds completed: gan 1 of 5, sngan 3 of 5" in figure.caption


def test_an_inception_score_falls_to_one(synthetic_images):
    s = synthetic_images
    lost = s.trained("sngan", "cifar10", 2, extractor="inception", diverged={0: 100})
    found = {f.name: f for f in figures(s.run_of([lost]))}
    mine = found["published-cifar10"].table.set_index("method").loc["sngan"].iloc[0]
    rows = lost.rows[(lost.rows["metric"] == "inception_score[inception]") & (lost.rows["at"] == s.END)]
    assert mine["Inception Score (inception), ours"] == pytest.approx((1 + rows["value"].item()) / 2)


# What the nearest images are of.


def test_nearest_images_are_called_what_they_are(synthetic_images):
    s = synthetic_images

    def shown(dataset, **told):
        outcome = s.trained("gan", dataset, 3, diverged={1: 100})
        judged = {k: v for k, v in outcome.facts["judged by"].items() if k != "nearest of"}
        facts = {**outcome.facts, "judged by": judged | told}
        found = figures(s.run_of([dataclasses.replace(outcome, facts=facts)]))
        figure = next(f for f in found if f.name == f"nearest-{dataset}")
        return figure.title, figure.caption, figure.panels[0].alt

    train = {"reference split": "train"}
    for dataset, told in (("glyphs", {}), ("stacked-glyphs", train), ("glyphs", {"nearest of": "9 drawn"})):
        title, caption, alt = shown(dataset, **told)
        assert "training" not in f"{title} {caption} {alt}"
        assert f"the nearest to it of {told.get('nearest of', 'real images drawn anew')}." in caption
        assert "would not show here" in caption
    title, caption, alt = shown("cifar10", **train)
    assert "nearest to it of the training images." in caption
    assert "copies, and pairs" in caption
    assert "over the nearest of the training images; " in alt
    assert "median over 2 of 3 seeds" in alt
    assert "of all 60 training images." in shown("cifar10", **{"nearest of": "all 60 training images"})[1]


# Odd runs.


def test_one_seed_no_floor_and_nothing_but_failures(synthetic_images):
    s = synthetic_images
    alone = figures(s.run_of([s.trained("gan", "glyphs", 1)]))
    for figure in alone:
        if figure.layout == "grid":
            figure.panels[0].draw()
    assert figures(s.run_of([s.failed("gan", "glyphs")])) == []
    assert figures(s.run_of([s.perfect("glyphs")])) == []
    assert figures(s.run_of([])) == []


def test_a_method_whose_seeds_all_diverged_keeps_its_curves_and_grids(synthetic_images):
    lost = synthetic_images.trained("gan", "glyphs", 2, diverged={0: 20, 1: 20})
    found = {f.name: f for f in figures(synthetic_images.run_of([lost]))}
    assert "class-share-glyphs" not in found
    found["fid-glyphs"].panels[0].draw()
    assert [tile.heading for tile in found["seeds-glyphs"].panels[0].draw()][:1] == ["seed 0, diverged"]


@pytest.mark.parametrize("value", [0.0, -1.0, math.nan, math.inf, 1e300])
def test_values_that_no_axis_holds_still_give_panels(synthetic_images, value):
    outcome = synthetic_images.trained("gan", "glyphs", 2)
    names = [f"{kind}[glyphs-cnn]" for kind in ("fid", "kid", "classes_covered", "class_kl")]
    rows = [Row(k, step, name, value, axis="n", at=500) for k in (0, 1) for step in (0, 5) for name in names]
    status = {seed: SeedStatus(Status.COMPLETED) for seed in (0, 1)}
    odd = dataclasses.replace(outcome, rows=frame_from_rows(outcome.job, rows), status=status)
    made = figures(synthetic_images.run_of([odd]))
    panels = [panel for figure in made if figure.layout == "grid" for panel in figure.panels]
    assert panels
    for panel in panels:
        panel.draw().canvas.draw()
