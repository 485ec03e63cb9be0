"""The classifier of a data set: it learns, always the same, is trained once, says when it fails."""

from __future__ import annotations

import resource
import threading
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from gan_bench import seeds
from gan_bench.errors import UsageError
from gan_bench.metrics import classifier as module
from gan_bench.metrics import classifier_cache
from gan_bench.metrics.classifier import classifier
from gan_bench.metrics.classifier_cache import Trained, once
from gan_bench.metrics.classifier_network import Network
from gan_bench.metrics.extractors import stacked
from gan_bench.metrics.features import weights_digest

TEMPLATES = torch.rand(4, 1, 8, 8, generator=seeds.generator(0, "templates"))


def labelled(n, purpose, noise=0.8):
    """Images uint8 (n, 1, 8, 8) of four very noisy templates, and labels in unequal numbers."""
    draw = seeds.generator(0, purpose)
    labels = torch.tensor([0, 1, 1, 2, 3]).repeat(n // 5)
    images = TEMPLATES[labels] + noise * torch.randn(len(labels), 1, 8, 8, generator=draw)
    return (images.clamp(0, 1) * 255).round().to(torch.uint8), labels


TRAIN, TEST = labelled(400, "train"), labelled(200, "test")


@pytest.fixture(autouse=True)
def short(monkeypatch, tmp_path):
    """A short training, and a cache of the test's own."""
    monkeypatch.setattr(module, "RECIPE", replace(module.RECIPE, steps=40, epochs=1))
    monkeypatch.setenv("GAN_BENCH_CACHE", str(tmp_path))


def anything(found):
    return True


def make(**changes):
    given = {"name": "t-cnn", "train": TRAIN, "test": TEST, "classes": 4, "key": "t"} | changes
    return classifier(**given)


def test_it_learns_and_states_its_accuracy_and_confusion():
    extractor = make()
    features = extractor(TEST[0])
    assert features.values.shape == (200, 64)
    assert features.values.dtype == features.logits.dtype == torch.float32
    named = features.logits.argmax(1)
    assert extractor.accuracy == pytest.approx((named == TEST[1]).double().mean().item(), abs=1e-12)
    # Far above the commonest class's 40 %, and not so perfect that the confusion were trivial.
    assert 0.8 < extractor.accuracy < 1
    for truth in range(4):
        for found in range(4):
            share = (named[TEST[1] == truth] == found).double().mean().item()
            assert extractor.confusion[truth, found].item() == pytest.approx(share, abs=1e-12)


def test_training_is_the_same_whatever_runs_around_it(monkeypatch, tmp_path):
    first = make()
    monkeypatch.setenv("GAN_BENCH_CACHE", str(tmp_path / "other"))
    threads, state = torch.get_num_threads(), torch.get_rng_state()
    try:
        torch.set_num_threads(2)
        with seeds.forked(99, "other"), torch.no_grad():
            second = make()
        assert torch.get_num_threads() == 2
    finally:
        torch.set_num_threads(threads)
    assert first.digest == second.digest
    assert torch.equal(torch.get_rng_state(), state)


def test_it_is_trained_once(monkeypatch):
    first = make()
    with monkeypatch.context() as patch:
        patch.setattr(module, "_fit", lambda *_: pytest.fail("trained again"))
        second = make()
    assert (second.digest, second.accuracy) == (first.digest, first.accuracy)
    assert torch.equal(first(TEST[0]).values, second(TEST[0]).values)


def test_whatever_changes_the_weights_changes_the_identity(monkeypatch, tmp_path):
    images, labels = TRAIN
    identities = [
        module._identity("t", TRAIN, TEST, 4),
        module._identity("u", TRAIN, TEST, 4),
        module._identity("t", (images.flip(0), labels), TEST, 4),
        module._identity("t", TRAIN, (TEST[0], TEST[1].flip(0)), 4),
    ]
    monkeypatch.setattr(module, "RECIPE", replace(module.RECIPE, steps=41))
    identities.append(module._identity("t", TRAIN, TEST, 4))
    monkeypatch.setattr(torch, "__version__", "1.0")
    identities.append(module._identity("t", TRAIN, TEST, 4))
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(".")
    monkeypatch.setattr(module, "DECIDING", (*module.DECIDING, "trains"))
    for text in ("first = 1\n", "second = 2\n"):
        Path("trains.py").write_text(text)
        identities.append(module._identity("t", TRAIN, TEST, 4))
    assert len(set(identities)) == len(identities)


def test_a_damaged_file_is_made_again(tmp_path):
    digest = make().digest
    (path,) = (tmp_path / "classifiers").glob("*.pt")
    path.write_bytes(path.read_bytes()[:1000])
    assert make().digest == digest
    assert not list((tmp_path / "classifiers").glob(".tmp-*"))


def test_the_modules_that_train_decide():
    here = Path(module.__file__).parent
    own = {f"gan_bench.metrics.{path.stem}" for path in here.glob("classifier*.py")}
    assert set(module.DECIDING) == own | {"gan_bench.metrics.features", "gan_bench.seeds"}


def nan(stored):
    stored["weights"]["head.bias"][1] = torch.nan


def not_a_number(stored):
    stored["confusion"][0, 0] = torch.nan


def no_share(stored):
    stored["accuracy"] = 1.5


def unknown_accuracy(stored):
    stored["accuracy"] = torch.nan


def another_key(stored):
    stored["weights"]["neck.bias"] = stored["weights"].pop("head.bias")


def another_shape(stored):
    stored["weights"]["head.bias"] = torch.zeros(5)


def another_type(stored):
    stored["weights"]["head.bias"] = stored["weights"]["head.bias"].double()


def other_classes(stored):
    stored["confusion"] = torch.eye(3)


def no_table(stored):
    stored["weights"] = [1, 2]


@pytest.mark.parametrize("spoil", [
    nan, not_a_number, no_share, unknown_accuracy, another_key, another_shape, another_type, other_classes,
    no_table,
])  # fmt: skip
def test_what_is_no_classifier_of_these_data_is_made_again(spoil, tmp_path):
    first = make()
    (path,) = (tmp_path / "classifiers").glob("*.pt")
    stored = torch.load(path, weights_only=True)
    spoil(stored)
    torch.save(stored, path)
    again = make()
    assert (again.digest, again.accuracy) == (first.digest, first.accuracy)
    assert torch.equal(again.confusion, first.confusion)
    assert torch.equal(torch.load(path, weights_only=True)["confusion"], first.confusion)


def test_a_full_disk_is_one_line(tmp_path):
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, hard))
    try:
        with pytest.raises(
            UsageError, match=r"^classifiers: cannot be written: .*; GAN_BENCH_CACHE names"
        ) as caught:
            once("large", lambda: Trained({"w": torch.ones(100_000)}, 0.5, torch.eye(2)), anything)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert "\n" not in str(caught.value)
    assert [path.name for path in (tmp_path / "classifiers").iterdir()] == ["large.lock"]


@pytest.mark.parametrize("call", ["mkdir", "open"])
def test_a_folder_that_may_only_be_read_is_one_line(monkeypatch, call):
    def refused(*_, **__):
        raise PermissionError(13, "Permission denied", "somewhere")

    # Whoever runs the tests may be allowed everything.
    monkeypatch.setattr(classifier_cache.os, call, refused)
    with pytest.raises(
        UsageError, match=r"^classifiers: cannot be written: Permission denied; GAN_BENCH_CACHE"
    ):
        once("one", lambda: Trained({}, 0.5, torch.eye(2)), anything)


def test_two_that_ask_at_once_train_once():
    made, answers, inside = [], [], threading.Event()

    def slow():
        made.append(1)
        inside.set()
        # The other one has long been waiting at the lock when this ends.
        threading.Event().wait(0.2)
        return Trained({"w": torch.ones(2)}, 0.5, torch.eye(2))

    first = threading.Thread(target=lambda: answers.append(once("both", slow, anything)))
    first.start()
    assert inside.wait(5)
    answers.append(once("both", slow, anything))
    first.join()
    assert len(made) == 1
    assert [answer.accuracy for answer in answers] == [0.5, 0.5]


def test_what_is_cached_is_read_from_a_folder_that_cannot_be_written(tmp_path):
    once("one", lambda: Trained({}, 0.5, torch.eye(2)), anything)
    lock = tmp_path / "classifiers" / "one.lock"
    lock.unlink()
    # No file can be opened for writing here, whoever runs the tests.
    lock.mkdir()
    assert once("one", lambda: pytest.fail("made again"), anything).accuracy == 0.5


def test_a_killed_writer_leaves_nothing_behind(monkeypatch, tmp_path):
    monkeypatch.setattr(classifier_cache.os, "replace", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
    with pytest.raises(KeyboardInterrupt):
        once("one", lambda: Trained({}, 0.5, torch.eye(2)), anything)
    assert [path.name for path in (tmp_path / "classifiers").iterdir()] == ["one.lock"]


def test_a_cache_that_cannot_be_written_is_one_line(monkeypatch, tmp_path):
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("GAN_BENCH_CACHE", str(tmp_path / "file"))
    with pytest.raises(UsageError, match="cannot be written: Not a directory; GAN_BENCH_CACHE names another"):
        make()


def test_one_no_better_than_chance_says_so():
    noise = torch.randint(0, 256, (400, 1, 8, 8), generator=seeds.generator(0, "n"), dtype=torch.uint8)
    with pytest.raises(
        UsageError, match=r"t-cnn: the classifier is right on .* of 200 held-out images, no bet"
    ):
        make(train=(noise, TRAIN[1]))


def test_a_lucky_guesser_is_no_better_than_chance(monkeypatch):
    # The commonest class has 40 % of 200 images; three standard errors of that are 10 %.
    with monkeypatch.context() as patch:
        patch.setattr(module, "_trained", lambda *_: Trained({}, 0.50, torch.eye(4)))
        with pytest.raises(
            UsageError, match=r"right on 50\.0% .* no better than chance \(40\.0%, .* 50\.4%\)"
        ):
            make()


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        (
            {"train": (TRAIN[0].float(), TRAIN[1])},
            r"training images: expected uint8 images \(n, C, H, W\), got f",
        ),
        ({"test": (TEST[0][..., :7, :7], TEST[1])}, r"held-out images: expected uint8 images \(n, 1, 8, 8\)"),
        ({"train": (TRAIN[0][..., :6], TRAIN[1])}, "expected square images of 8 to 128 pixels, got 8 x 6"),
        (
            {"train": (TRAIN[0][..., :6, :6], TRAIN[1])},
            "expected square images of 8 to 128 pixels, got 6 x 6",
        ),
        ({"train": (TRAIN[0], TRAIN[1][:9])}, "expected 400 whole labels, got"),
        ({"classes": 3}, r"labels must lie in 0 to 2, two at least, got \[3\]"),
        ({"classes": 6}, "2 of 6 classes have no image, the first is 4"),
        ({"test": (TEST[0][:3], TEST[1][:3])}, "held-out images: 2 of 4 classes have no image"),
    ],
)
def test_unfit_data_are_one_line(changes, message):
    with pytest.raises(UsageError, match=message) as caught:
        make(**changes)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(("channels", "size"), [(1, 8), (3, 9), (6, 16), (3, 32), (1, 128)])
def test_any_channels_and_size(channels, size):
    with seeds.forked(0, "network"):
        network = Network(channels, size, 5).eval()
    images = torch.zeros(2, channels, size, size, dtype=torch.uint8)
    values, logits = network(images)
    assert (values.shape, logits.shape) == ((2, 64), (2, 5))


def test_batches_do_not_matter(monkeypatch):
    extractor = make()
    whole = extractor(TEST[0]).values
    monkeypatch.setattr(module, "BATCH", 7)
    # Kernels for other batch sizes round differently.
    torch.testing.assert_close(extractor(TEST[0]).values, whole, rtol=1e-4, atol=1e-5)
    with pytest.raises(
        UsageError, match=r"t-cnn: expected uint8 images \(n, 1, 8, 8\), got uint8 \(0, 1, 8, 8\)"
    ):
        extractor(TEST[0][:0])


def test_stacked_images_are_judged_channel_by_channel():
    base = make()
    both = stacked(base, "stacked-t-cnn")
    images = torch.cat([TEST[0][:90], TEST[0][50:140], TEST[0][100:190]], 1)
    features = both(images)
    parts = [base(images[:, channel : channel + 1]) for channel in range(3)]
    # Kernels for other batch sizes round differently.
    close = {"rtol": 1e-4, "atol": 1e-4}
    torch.testing.assert_close(features.values, torch.cat([part.values for part in parts], 1), **close)
    named = [part.logits.argmax(1) for part in parts]
    assert features.logits.argmax(1).tolist() == (16 * named[0] + 4 * named[1] + named[2]).tolist()
    # Sums of log-probabilities of independent channels are log-probabilities.
    torch.testing.assert_close(features.logits.exp().sum(1), torch.ones(90))
    assert (both.name, both.classes, both.digest) == ("stacked-t-cnn", 64, base.digest)
    assert both.accuracy == pytest.approx(base.accuracy**3)
    assert torch.equal(both.confusion, base.confusion)
    with pytest.raises(UsageError, match=r"stacked-t-cnn: expected uint8 images \(n, 3, H, W\), got uint8"):
        both(TEST[0])


def test_the_digest_covers_names_and_values():
    weights = {"a": torch.ones(2), "b": torch.zeros(2)}
    digests = {
        weights_digest(weights),
        weights_digest({"a": torch.ones(2), "c": torch.zeros(2)}),
        weights_digest({"a": torch.ones(2), "b": torch.full((2,), 1e-30)}),
        weights_digest({"a": torch.ones(2), "b": torch.zeros(2, dtype=torch.int32)}),
    }
    assert len(digests) == 4
    assert weights_digest(dict(reversed(weights.items()))) in digests
    assert len(digests.pop()) == 16
