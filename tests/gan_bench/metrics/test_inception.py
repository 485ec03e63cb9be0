"""The whole Inception path from a structure-true, randomly filled weights file; files that are refused."""

from __future__ import annotations

import hashlib
import io
import math
import pickle
from collections import OrderedDict

import numpy as np
import pytest
import torch
from torch_fidelity import FeatureExtractorInceptionV3

from gan_bench import seeds
from gan_bench.errors import UsageError
from gan_bench.metrics import inception as module
from gan_bench.metrics.fidelity import FidelityOptions, Reference, descriptors, image_metrics
from gan_bench.metrics.inception import OFFICIAL_DIGEST, OFFICIAL_NAME, inception, weights_file

FEW = FidelityOptions(kid_subsets=2, kid_subset_size=3, neighbours=1, coverage_neighbours=1, splits=2)


def images(n, channels=1, seed=0):
    draw = seeds.generator(seed, "images")
    return torch.randint(0, 256, (n, channels, 16, 16), generator=draw, dtype=torch.uint8)


@pytest.fixture(scope="module")
def weights(tmp_path_factory):
    """A file of random weights of the right structure, scaled so that activations keep their size."""
    with pytest.MonkeyPatch.context() as patch, seeds.forked(0, "weights"):
        patch.setattr(torch, "load", lambda *_, **__: {})
        patch.setattr(FeatureExtractorInceptionV3, "load_state_dict", lambda *_: None)
        network = FeatureExtractorInceptionV3("x", ["2048"], feature_extractor_weights_path="none")
    draw = seeds.generator(0, "filters")
    for parameter in network.parameters():
        if parameter.dim() == 4:
            scale = math.sqrt(2 / parameter[0].numel())
            parameter.copy_(torch.randn(parameter.shape, generator=draw) * scale)
    path = tmp_path_factory.mktemp("weights") / "inception.pth"
    torch.save(network.state_dict(), path)
    return path


def sha256(path):
    return hashlib.sha256(path.read_bytes()).hexdigest()


def test_the_whole_path_from_file_to_metrics(weights, capfd):
    state = torch.get_rng_state()
    extractor = inception(weights, digest=sha256(weights)[:8].upper())
    assert torch.equal(torch.get_rng_state(), state)
    assert (extractor.name, extractor.digest, extractor.classes) == ("inception", sha256(weights)[:16], 0)
    assert (extractor.accuracy, extractor.confusion) == (None, None)
    real, fake = images(3), images(3, seed=1) // 2
    reference = Reference(extractor, real)
    assert reference.features.values.shape == (3, 2048)
    assert reference.features.logits.shape == (3, 1008)
    # Images differ in most features (some random units are always off): nothing died on the way.
    assert (reference.features.values.std(0) > 0).float().mean() > 0.7
    values = image_metrics(extractor, reference, fake[None], FEW)
    assert list(values) == list(descriptors("inception"))
    assert values["fid[inception]"][0] > 0
    assert np.isfinite(list(values.values())).all()
    assert capfd.readouterr() == ("", "")

    # torch-fidelity's own loading of the same file, and grey repeated to three channels.
    own = FeatureExtractorInceptionV3(
        "own", ["2048", "logits_unbiased"], feature_extractor_weights_path=str(weights)
    )
    features, logits = own(real[:1].repeat(1, 3, 1, 1))
    # Kernels for other batch sizes round differently.
    torch.testing.assert_close(reference.features.values[:1], features, rtol=1e-4, atol=1e-5)
    torch.testing.assert_close(reference.features.logits[:1], logits, rtol=1e-4, atol=1e-5)


def test_a_wrong_digest_is_refused(weights):
    found = sha256(weights)
    with pytest.raises(UsageError) as caught:
        inception(weights)
    assert str(caught.value) == (
        f"inception.pth: not the expected Inception weights: its SHA-256 starts with {found[:8]}, "
        f"expected {OFFICIAL_DIGEST}"
    )
    with pytest.raises(UsageError, match="not the expected Inception weights"):
        inception(weights, digest="")


def test_a_missing_file_names_both_ways_to_state_it(tmp_path):
    with pytest.raises(UsageError) as caught:
        inception(tmp_path / "weights.pth")
    assert str(caught.value) == (
        "weights.pth: Inception weights cannot be read: No such file or directory; name the file with "
        "--inception-weights or GAN_BENCH_INCEPTION_WEIGHTS"
    )


class Malicious:
    def __init__(self, target):
        self.target = target

    def __reduce__(self):
        return (open, (self.target, "w"))


def saved(value):
    buffer = io.BytesIO()
    torch.save(value, buffer)
    return buffer.getvalue()


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", r"w\.pth: not a file of plain tensors"),
        (b"no weights at all", "not a file of plain tensors"),
        (saved([torch.zeros(2)]), "holds list, not a table of named tensors"),
        (saved({}), "holds dict, not a table"),
        (saved({"fc.bias": 1.0}), "holds dict, not a table"),
        (saved(OrderedDict(bias=torch.zeros(2))), "not the weights of torch-fidelity's Inception: "),
    ],
)
def test_other_files_are_one_line(tmp_path, content, message):
    path = tmp_path / "w.pth"
    path.write_bytes(content)
    with pytest.raises(UsageError, match=message) as caught:
        inception(path, digest=sha256(path))
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 300


@pytest.mark.parametrize("save", [torch.save, pickle.dump])
def test_code_in_a_file_is_not_run(tmp_path, save):
    path, traces = tmp_path / "w.pth", tmp_path / "traces"
    with path.open("wb") as file:
        save({"a": Malicious(str(traces))}, file)
    with pytest.raises(UsageError, match="not a file of plain tensors"):
        inception(path, digest=sha256(path))
    assert not traces.exists()


def test_the_weights_file_is_the_named_one_or_downloaded_only_when_asked(monkeypatch, tmp_path):
    asked = []

    def download(url, target, hash_prefix, progress):
        asked.append((url.rsplit("/", 1)[1], hash_prefix, progress))
        with open(target, "wb") as file:
            file.write(b"weights")

    monkeypatch.setattr(torch.hub, "download_url_to_file", download)
    monkeypatch.setenv("GAN_BENCH_CACHE", str(tmp_path))
    monkeypatch.delenv("GAN_BENCH_INCEPTION_WEIGHTS", raising=False)
    monkeypatch.delenv("GAN_BENCH_DOWNLOAD", raising=False)
    with pytest.raises(
        UsageError, match=r"no weights; name the file .* with --inception-weights or GAN_BENCH"
    ):
        weights_file()
    assert not asked
    monkeypatch.setenv("GAN_BENCH_DOWNLOAD", "1")
    assert weights_file() == weights_file() == tmp_path / "weights" / OFFICIAL_NAME
    assert asked == [(OFFICIAL_NAME, OFFICIAL_DIGEST, False)]
    monkeypatch.setenv("GAN_BENCH_INCEPTION_WEIGHTS", "mine.pth")
    assert weights_file().name == "mine.pth"


def test_a_failed_download_is_one_line(monkeypatch, tmp_path):
    def fail(*_, **__):
        raise OSError("no network")

    monkeypatch.setattr(module.torch.hub, "download_url_to_file", fail)
    monkeypatch.setenv("GAN_BENCH_CACHE", str(tmp_path))
    monkeypatch.setenv("GAN_BENCH_DOWNLOAD", "1")
    monkeypatch.delenv("GAN_BENCH_INCEPTION_WEIGHTS", raising=False)
    with pytest.raises(UsageError, match="could not be downloaded: no network"):
        weights_file()
