"""Scores of a user's images: what good, bad and copied images give, against computations of our own."""

import math
from importlib import import_module
from pathlib import Path

import numpy as np
import pytest
import scipy.linalg
import torch
from PIL import Image

from gan_bench import image_quality, seeds
from gan_bench.data.images import build_image_dataset
from gan_bench.data.pixels import to_bytes
from gan_bench.errors import UsageError
from gan_bench.image_quality import Judge, Quality
from gan_bench.metrics.features import Features
from gan_bench.metrics.neighbours import nearest
from gan_bench.scoring import ImageScore, score

DIGITS = build_image_dataset("digits")
IMAGES = import_module("gan_bench.scoring.images")
N = 250


@pytest.fixture(autouse=True)
def few_draws(monkeypatch):
    monkeypatch.setattr(IMAGES, "IMAGES_DRAWN", 0)


@pytest.fixture(scope="module")
def real():
    return DIGITS.reference(N, "user", "test")[0]


@pytest.fixture(scope="module")
def scored(real):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(IMAGES, "IMAGES_DRAWN", 3000)  # 12 draws of 250
        return score(real, "digits", seed=3)


def test_real_images_lie_in_or_near_every_band(scored):
    assert set(scored.values) == set(scored.bands)
    for name, value in scored.values.items():
        # The band has 12 draws with replacement; the user's images have no duplicates and may be better.
        floor = scored.bands[name]
        slack = 2 * (floor.high - floor.low) + 1e-9
        assert floor.low - slack <= value <= floor.high + slack, name
        assert floor.n == 12
    assert scored.values["classes_covered[digits-cnn]"] == 10
    assert (scored.given, scored.n, scored.against, scored.seed) == (N, N, "digits", 3)


def test_fid_equals_a_matrix_square_root_of_the_same_features(scored, real):
    judge = Judge(DIGITS, Quality())
    x, y = (
        features.values.double().numpy() for features in (judge.reference.features, judge.extractor(real))
    )
    root = scipy.linalg.sqrtm(np.cov(x.T) @ np.cov(y.T)).real
    gap = x.mean(0) - y.mean(0)
    expected = gap @ gap + np.trace(np.cov(x.T) + np.cov(y.T) - 2 * root)
    # The bound that FID itself keeps.
    assert scored.values["fid[digits-cnn]"] == pytest.approx(expected, rel=1e-6)


def test_the_distance_to_training_images_is_a_ratio_of_medians(scored, real):
    bank = DIGITS.reference(DIGITS.size_of("train"), "any order")[0]
    usual = to_bytes(DIGITS.held_out(200, seeds.Streams((0,)), "memorisation")[0][0])
    order = torch.randperm(N, generator=seeds.generator(3, "score/subset"))[:200]
    expected = nearest(real[order], bank).distances.median() / nearest(usual, bank).distances.median()
    assert scored.values["nearest_distance"] == pytest.approx(float(expected), rel=1e-12)


def test_the_band_is_that_of_real_images_judged_alike(scored):
    judge = Judge(DIGITS, Quality())
    draws = [
        to_bytes(DIGITS.held_out(N, seeds.Streams((draw,), prefix="score/3/"), "perfect")[0][0])
        for draw in range(12)
    ]
    values = [judge(images[None]).values["kid[digits-cnn]"][0] for images in draws]
    floor = scored.bands["kid[digits-cnn]"]
    assert (floor.low, floor.median, floor.high) == pytest.approx(np.quantile(values, (0.05, 0.5, 0.95)))


def test_the_same_call_gives_the_same_numbers(real):
    first, again, other = (score(real, "digits", seed=seed) for seed in (1, 1, 2))
    assert first.values == again.values
    assert first.bands == again.bands
    assert first.bands["fid[digits-cnn]"] != other.bands["fid[digits-cnn]"]
    assert first.bands["fid[digits-cnn]"].n == 10


def test_copies_of_training_images_are_seen():
    copied = score(DIGITS.reference(N, "user")[0], "digits")
    assert copied.values["nearest_distance"] == 0
    assert copied.as_frame().set_index("metric").loc["nearest_distance", "position"] == "below"


def test_one_class_alone_is_seen():
    images, labels = DIGITS.reference(DIGITS.size_of("train"), "user")
    ones = images[labels == 1].repeat(2, 1, 1, 1)[:N]
    one = score(ones, "digits", n=200)
    frame = one.as_frame().set_index("metric")
    worse = {
        "fid": "above",
        "kid": "above",
        "recall": "below",
        "class_kl": "above",
        "inception_score": "below",
    }
    assert {name: frame.loc[f"{name}[digits-cnn]", "position"] for name in worse} == worse
    # The classifier is right on nearly all, so one class has nearly all.
    assert one.values["class_kl[digits-cnn]"] == pytest.approx(math.log(10), abs=0.2)
    assert one.class_shares.argmax() == 1
    assert one.class_shares.sum() == pytest.approx(1)
    missing = ", ".join(str(k) for k in range(10) if one.class_shares[k] == 0)
    assert f"Classes that no image was put into: {missing}." in str(one)


def test_the_table_says_who_judged_what_and_how_images_were_read(scored):
    text = str(scored)
    judge = Judge(DIGITS, Quality())
    expected = judge.expected(N)
    for part in (
        "250 images against digits, seed 3",
        f"judged by digits-cnn ({judge.extractor.digest}), right on {judge.extractor.accuracy:.2%} of",
        "reference: 1,438 real images, of the train split",
        "images: read as N, C, H, W, bytes",
        "median and range of 12 draws",
        f"Its draws: {judge.fingerprint()['perfect sampler']}.",
        f"Expected of it: {expected.found:.1f} +- 0.0 of 10 classes, class KL {expected.kl:.4f} +- ",
        "Distance to the nearest of all 1,438 training images: of 200 images, over held-out real ones'.",
    ):
        assert part in text
    assert max(map(len, text.splitlines()[3:])) <= 100
    frame = scored.as_frame().set_index("metric")
    assert {"fid[digits-cnn]", "kid[digits-cnn]", "nearest_distance"} <= set(frame.index)
    assert frame.loc["fid[digits-cnn]", "value"] == scored.values["fid[digits-cnn]"]
    assert frame.loc["density[digits-cnn]", "better"] == "1"


def test_a_data_set_is_named_in_several_ways(real, monkeypatch, tmp_path):
    met = []
    monkeypatch.setattr("gan_bench.scoring.score_images", lambda *given: met.append(given[1].name))
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("GAN_BENCH_CACHE", str(tmp_path / "cache"))
    (tmp_path / "mine.py").write_text("from gan_bench.data.glyphs import glyphs\nDATA = glyphs(8)\n")
    for index, image in enumerate(real[:9]):
        path = tmp_path / "photos" / f"{index}.png"
        path.parent.mkdir(exist_ok=True)
        Image.fromarray(image[0].numpy()).save(path)
    wide = {"name": "glyphs", "size": 32}
    for against in ("glyphs[size=32]", wide, DIGITS, "mine.py:DATA", "photos", tmp_path / "photos"):
        score(real, against)
    assert met == ["glyphs[size=32]", "glyphs[size=32]", "digits", "glyphs[size=8]", "photos", "photos"]


def test_nobody_trained_on_what_is_drawn_anew(monkeypatch):
    for name in ("BANK", "REFERENCE_IMAGES"):
        monkeypatch.setattr(image_quality, name, 300)
    dataset = build_image_dataset("stacked-digits")
    text = str(score(dataset.reference(N, "user")[0], dataset))
    assert "Distance to the nearest of 300 real images drawn anew: of 200 images, over held-out real" in text
    assert "Distance to real images" in text
    assert "training images" not in text


@pytest.fixture
def photos(tmp_path, monkeypatch):
    """Pictures in a folder, an array beside it, and the folder of data sets with another."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("GAN_BENCH_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("GAN_BENCH_DATA_DIR", "sets")
    images = DIGITS.reference(9, "user")[0]
    for folder in ("photos", "deep/er", "sets/there"):
        Path(folder).mkdir(parents=True)
        for index, image in enumerate(images):
            Image.fromarray(image[0].numpy()).save(f"{folder}/{index}.png")
    np.save("scans.npy", images.numpy())


@pytest.mark.parametrize("options", [
    {}, {"size": 16}, {"size": 16, "broken": "skip"}, {"test_share": 0.4, "channels": 3}, {"broken": "skip"},
])  # fmt: skip
@pytest.mark.parametrize("path", ["photos", "deep/er", "there", "scans.npy"])
def test_a_data_set_s_name_in_reports_names_it(photos, monkeypatch, path, options):
    met = []
    monkeypatch.setattr("gan_bench.scoring.score_images", lambda *given: met.append(given[1]))
    kind = "file" if path.endswith(".npy") else "folder"
    dataset = build_image_dataset({"name": kind, "path": path, **options})
    score(None, dataset.name)
    assert (met[0].name, met[0].spec) == (dataset.name, dataset.spec)


@pytest.mark.parametrize("against", ['folder[path="photos", size=16]', "photos[ size = 16 ]"])
def test_options_may_be_written_as_in_a_suite(photos, monkeypatch, against):
    met = []
    monkeypatch.setattr("gan_bench.scoring.score_images", lambda *given: met.append(given[1].name))
    score(None, against)
    assert met == ["photos[size=16]"]


@pytest.mark.parametrize(("against", "options", "message"), [
    ("photos[broken=skp]", {}, 'against: photos: broken must be "fail" or "skip", not \'skp\''),
    ("glyhps", {}, 'unknown data set "glyhps" - did you mean "glyphs"?'),
    ("glyphs[size]", {}, 'against: "glyphs[size]" has options that are not like [size=32]'),
    ("glyphs[sise=32]", {}, 'against: glyphs: unknown option "sise" - did you mean "size"?'),
    ("folder", {}, "against: folder: path is missing"),
    ("gone/", {}, "against: gone: there is no such folder or file"),
    ("digits", {"extractor": "clasifier"}, 'unknown extractor "clasifier" - did you mean "classifier"?'),
    ("digits", {"n": 60}, "KID: needs at least 200 images on each side (kid_subset_size), got 60 generated"),
    ("glyphs", {}, "samples: an image is 8 x 8 grey, but glyphs is 16 x 16 grey; --fit (from Python"),
    ("digits", {"extractor": "inception"}, "inception: no weights; name the file weights-inception"),
    ("ring8", {}, "expected shape (n, 2)"),
    ("ring8", {"n": 60}, "n: is for images, but ring8 is a distribution of points"),
    ("ring8", {"fit": True}, "fit: is for images, but ring8 is a distribution of points"),
    (3, {}, "against: expected a distribution, an image data set or the name of one, got int"),
])  # fmt: skip
def test_bad_input_gives_one_line(real, photos, monkeypatch, against, options, message):
    monkeypatch.setenv("GAN_BENCH_INCEPTION_WEIGHTS", "")
    monkeypatch.setenv("GAN_BENCH_DOWNLOAD", "")
    with pytest.raises(UsageError) as caught:
        score(real, against, **options)
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


def test_too_few_images_are_refused_before_a_classifier_is_trained(real, monkeypatch):
    monkeypatch.setattr(IMAGES, "Judge", lambda *_: pytest.fail("was set up"))
    with pytest.raises(UsageError, match=r"^KID: needs at least 200 images .*, got 60 generated$"):
        score(real[:60], "digits")


def unlabelled(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("GAN_BENCH_CACHE", str(tmp_path / "cache"))
    np.save("plain.npy", DIGITS.reference(DIGITS.size_of("train"), "user")[0].numpy())


def test_unlabelled_images_need_inception(real, tmp_path, monkeypatch):
    unlabelled(tmp_path, monkeypatch)
    monkeypatch.setenv("GAN_BENCH_INCEPTION_WEIGHTS", "")
    with pytest.raises(UsageError, match=r'"plain\.npy" has no labels: .* by Inception only .*weights'):
        score(real, "plain.npy")


@pytest.mark.parametrize(("options", "message"), [
    ({}, r'"plain\.npy" has no labels'),
    ({"extractor": "inception"}, "inception: no weights"),
    ({"n": 100}, "needs at least"),
])  # fmt: skip
def test_what_cannot_be_judged_is_not_read(tmp_path, monkeypatch, options, message):
    unlabelled(tmp_path, monkeypatch)
    monkeypatch.setenv("GAN_BENCH_INCEPTION_WEIGHTS", "")
    with pytest.raises(UsageError, match=message):
        score(
            lambda z: pytest.fail("was asked for images"),
            "digits" if "n" in options else "plain.npy",
            **options,
        )


class Pixels:
    """In Inception's place: features are means of pixels, logits those of ImageNet's classes."""

    name, digest, classes, accuracy, confusion = "inception", "0123", 0, None, None

    def __call__(self, images):
        values = images.float().unfold(2, 2, 2).unfold(3, 2, 2).mean((-2, -1)).flatten(1) / 255
        return Features(values, values * 10)


def test_inception_judges_where_its_weights_are_named(real, tmp_path, monkeypatch):
    unlabelled(tmp_path, monkeypatch)
    monkeypatch.setenv("GAN_BENCH_INCEPTION_WEIGHTS", "weights.pth")
    monkeypatch.setattr(image_quality, "inception", lambda *_, **__: Pixels())
    monkeypatch.setattr(IMAGES, "IMAGES_DRAWN", 3000)
    found = score(real, "plain.npy")
    assert isinstance(found, ImageScore)
    assert {"fid[inception]", "inception_score[inception]", "nearest_distance"} <= set(found.values)
    assert not any(name.startswith("class") for name in found.values)
    assert (found.expected, found.class_shares) == (None, None)
    assert found.bands["fid[inception]"].n == 10  # it is slow, so the fewest draws
    assert "judged by inception (0123); reference:" in str(found)
