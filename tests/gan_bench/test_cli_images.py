"""The command line on images: score, where things are, and what is listed."""

import hashlib
import os

import numpy as np
import pytest
import torch
from PIL import Image

from gan_bench import places
from gan_bench.cli import main
from gan_bench.data.images import build_image_dataset
from gan_bench.metrics.inception import OFFICIAL_DIGEST


@pytest.fixture
def gan_bench(capsys, tmp_path, monkeypatch):
    """Run the command line in this process, in a folder of its own: (exit code, output, complaints)."""
    monkeypatch.chdir(tmp_path)
    for name in (places.DATA_DIR, places.DOWNLOAD, places.INCEPTION_WEIGHTS):
        monkeypatch.setenv(name, "")  # set, so that what a command sets is taken back after the test

    def call(*arguments):
        code = main([str(argument) for argument in arguments])
        out, err = capsys.readouterr()
        return code, out, err.splitlines()

    return call


@pytest.fixture
def pictures(tmp_path):
    images, _ = build_image_dataset("digits").reference(220, "user", "test")
    (tmp_path / "pngs" / "more").mkdir(parents=True)
    for index, (image,) in enumerate(images.numpy()):
        Image.fromarray(image).save(tmp_path / "pngs" / ("more" if index % 2 else "") / f"{index:03}.png")
    return tmp_path / "pngs"


def test_a_folder_of_pictures_is_scored(gan_bench, pictures, monkeypatch):
    monkeypatch.setattr("gan_bench.scoring.images.IMAGES_DRAWN", 0)
    monkeypatch.setenv(places.DATA_DIR, "")
    (pictures / "broken.png").write_bytes(b"none")
    arguments = (
        "score",
        "pngs",
        "--against",
        "digits",
        "--samples",
        "210",
        "--seed",
        "2",
        "--broken",
        "skip",
    )
    code, out, lines = gan_bench(*arguments, "--data-dir", ".", "--extractor", "classifier")
    assert (code, lines) == (0, [])
    assert "210 of 220 images, at random, against digits, seed 2" in out
    assert "images: 1 broken image left out" in out
    assert any(line.startswith("FID (digits-cnn)") for line in out.splitlines())
    assert os.environ[places.DATA_DIR] == str(pictures.parent)


def test_a_users_generator_is_scored(gan_bench, tmp_path, monkeypatch):
    monkeypatch.setattr("gan_bench.scoring.images.IMAGES_DRAWN", 0)
    (tmp_path / "nets.py").write_text(
        "from torch import nn\n\n\n"
        "class Mine(nn.Module):\n"
        "    def __init__(self, latent, shape):\n"
        "        super().__init__()\n"
        "        self.net = nn.Sequential(nn.Linear(latent, 64), nn.Tanh(), nn.Unflatten(1, shape))\n\n"
        "    def forward(self, z):\n"
        "        return self.net(z)\n"
    )
    code, out, lines = gan_bench("score", "nets.py:Mine", "-a", "digits", "-n", "200", "--latent", "5")
    assert (code, lines) == (0, [])
    assert "200 images against digits" in out
    assert "generated from 5 normal latents each" in out
    fid = next(line for line in out.splitlines() if line.startswith("FID"))
    assert fid.endswith("above")


@pytest.mark.parametrize(("arguments", "message"), [
    (["gone", "-a", "digits"], "gone: there is no such folder or file"),
    (["empty", "-a", "digits"], "empty: there is no image in this folder"),
    (["mixed", "-a", "digits"], "mixed/b.png is 16 x 16 grey, but digits is 8 x 8 grey; --fit"),
    (["mixed", "-a", "digits", "--fit"], "KID: needs at least 200 images on each side (kid_subset_size)"),
    (["mixed", "-a", "digist"], 'unknown data set "digist" - did you mean "digits"?'),
    (["nets.py:Mine", "-a", "digits"], "nets.py:Mine: there is no file nets.py"),
    (["nets.py:Mine", "-a", "ring8"], "nets.py:Mine: a generator is scored against image data sets only"),
    (["mixed", "-a", "digits", "--samples", "0"], "'--samples'"),
    (["points.npy", "-a", "ring8", "--latent", "4"], "latent: is for images, but ring8"),
    (["mixed", "-a", "digits", "--inception-weights", "w.pth"], "--inception-weights w.pth: there is no"),
    (["mixed", "-a", "mnist"], "mnist"),
])  # fmt: skip
def test_bad_input_is_one_line_and_exit_code_4(gan_bench, tmp_path, arguments, message):
    (tmp_path / "empty").mkdir()
    (tmp_path / "mixed").mkdir()
    for name, side in (("a", 8), ("b", 16)):
        Image.fromarray(np.zeros((side, side), np.uint8)).save(tmp_path / "mixed" / f"{name}.png")
    code, out, lines = gan_bench("score", *arguments)
    assert (code, out, len(lines)) == (4, "", 1)
    assert message in lines[0]


def finding(out, name):
    return next(line for line in out.splitlines() if line[5:].startswith(name))


def test_doctor_looks_at_what_images_need(gan_bench, tmp_path, monkeypatch):
    code, out, _ = gan_bench("doctor")
    assert code == 0
    assert finding(out, "torch-fidelity ").startswith("ok")
    assert finding(out, "scikit-learn ").startswith("ok")
    assert finding(out, "data sets").startswith("note")
    assert finding(out, "Inception").startswith("note")
    monkeypatch.setenv(places.CACHE, str(tmp_path / "kept"))
    monkeypatch.setenv(places.DATA_DIR, str(tmp_path))
    out = gan_bench("doctor")[1]
    assert "kept, for decoded images" in finding(out, "cache")
    assert finding(out, "data sets").startswith("ok")
    monkeypatch.setenv(places.DATA_DIR, "gone")
    (tmp_path / "file").write_text("")
    monkeypatch.setenv(places.CACHE, str(tmp_path / "file" / "below"))
    out = gan_bench("doctor")[1]
    assert "gone: there is no such folder" in finding(out, "data sets")
    assert "below cannot be written" in finding(out, "cache")


def test_doctor_compares_the_digest_of_the_weights(gan_bench, tmp_path, monkeypatch):
    torch.save({}, tmp_path / "w.pth")
    digest = hashlib.sha256((tmp_path / "w.pth").read_bytes()).hexdigest()
    monkeypatch.setenv(places.INCEPTION_WEIGHTS, str(tmp_path / "w.pth"))
    code, out, _ = gan_bench("doctor")
    assert code == 2
    assert f"w.pth: its SHA-256 starts with {digest[:8]}, not {OFFICIAL_DIGEST}" in finding(out, "Inception")
    monkeypatch.setattr("gan_bench.metrics.fidelity_options.OFFICIAL_DIGEST", digest[:8])
    code, out, _ = gan_bench("doctor")
    assert code == 0
    assert finding(out, "Inception").startswith("ok   Inception      w.pth, SHA-256")
    monkeypatch.setenv(places.INCEPTION_WEIGHTS, "gone.pth")
    code, out, _ = gan_bench("doctor")
    assert code == 2
    assert "gone.pth cannot be read: No such file" in finding(out, "Inception")


def test_image_metrics_are_listed(gan_bench):
    code, out, _ = gan_bench("list", "metrics")
    assert code == 0
    names = [line.split()[0] for line in out.splitlines()[1:]]
    assert {"w1", "fid", "kid", "precision", "recall", "density", "coverage", "classes_covered"} <= set(names)
