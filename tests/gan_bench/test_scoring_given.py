"""What a user hands in as images: every form gives the same bytes, generators stay as they were, refusals."""

import re

import numpy as np
import pytest
import torch
from PIL import Image
from torch import nn

from gan_bench import seeds
from gan_bench.data.images import build_image_dataset
from gan_bench.errors import GanBenchError, UsageError
from gan_bench.scoring import given
from gan_bench.scoring.generators import generated
from gan_bench.scoring.given import Request, given_images

DIGITS = build_image_dataset("digits")  # 8 x 8, grey
SHAPE = (1, 8, 8)
BYTES = torch.randint(256, (20, *SHAPE), generator=seeds.generator(0, "given")).to(torch.uint8)


def write_folder(here):
    for index, (image,) in enumerate(BYTES):
        path = here / "mine" / f"{index:02}.png"
        path.parent.mkdir(exist_ok=True)
        Image.fromarray(image.numpy()).save(path)
    return "mine"


def write(name, value):
    if name.endswith(".pt"):
        torch.save(value, name)
    elif name.endswith(".npz"):
        np.savez(name, images=value)
    else:
        np.save(name, value)
    return name


FORMS = {
    "bytes": lambda here: BYTES,
    "no channel": lambda here: BYTES[:, 0],
    "channels last": lambda here: BYTES.permute(0, 2, 3, 1).numpy(),
    "0 to 1": lambda here: (BYTES / 255).numpy(),
    "-1 to 1": lambda here: BYTES.double() / 127.5 - 1,
    "folder": write_folder,
    "path": lambda here: here / write_folder(here),
    "npy": lambda here: write("a.npy", BYTES.numpy()),
    "npz": lambda here: write("a.npz", BYTES.numpy()),
    "pt": lambda here: write("a.pt", BYTES),
}


@pytest.fixture
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("GAN_BENCH_DATA_DIR", "")
    return tmp_path


@pytest.mark.parametrize("form", FORMS)
def test_every_form_gives_the_same_images_in_the_same_random_order(here, form):
    found = given_images(FORMS[form](here), DIGITS, Request(seed=3))
    order = torch.randperm(20, generator=seeds.generator(3, "score/subset"))
    assert torch.equal(found.images, BYTES[order])
    assert found.out_of == 20


def test_what_was_assumed_of_the_values_is_said():
    assert given_images(BYTES, DIGITS, Request()).remark == "read as N, C, H, W, bytes"
    assert given_images(BYTES / 255, DIGITS, Request()).remark == "read as N, C, H, W, floats in [0, 1]"


def test_many_images_are_cut_to_a_random_subset(monkeypatch):
    monkeypatch.setattr(given, "MOST_IMAGES", 12)
    found = given_images(BYTES, DIGITS, Request())
    assert (len(found.images), found.out_of) == (12, 20)
    assert not torch.equal(found.images, BYTES[:12])
    assert len(given_images(BYTES, DIGITS, Request(n=5)).images) == 5


def test_fitting_brings_size_and_channels_to_the_data_sets():
    colour = torch.zeros(3, 3, 16, 16, dtype=torch.uint8)
    colour[:, 0] = 255
    found = given_images(colour, DIGITS, Request(fit=True)).images
    assert found.shape == (3, *SHAPE)
    assert found.unique().tolist() == [76]  # red is 299 thousandths of white to the eye


class Generator(nn.Module):
    def __init__(self, latent, shape):
        super().__init__()
        self.shape = shape
        self.batches = []
        self.net = nn.Sequential(nn.Linear(latent, 64), nn.BatchNorm1d(64), nn.Dropout(0.5), nn.Tanh())

    def forward(self, z):
        self.batches.append(len(z))
        return self.net(z).view(-1, *self.shape)


class OfLatent(Generator):
    def __init__(self, latent):
        super().__init__(latent, SHAPE)


class OfNothing(Generator):
    def __init__(self):
        super().__init__(6, SHAPE)


# Each builds the same weights, since what a module draws while it is built comes from the seed.
SAME = {
    "class of latent and shape": Generator,
    "class of latent": OfLatent,
    "class of nothing": OfNothing,
    "factory": lambda latent, shape: Generator(latent, shape),
    "factory of latent": lambda latent: OfLatent(latent),
    "factory with defaults": lambda latent=6, shape=SHAPE: Generator(latent, shape),
    "factory of nothing": lambda: OfNothing(),
}


@pytest.mark.parametrize("kind", SAME)
def test_every_way_to_build_a_generator_gives_the_same_images(kind):
    made = generated(SAME[kind], SHAPE, n=10, latent=6, seed=1)
    assert made.shape == (10, *SHAPE)
    assert torch.equal(made, generated(Generator, SHAPE, n=10, latent=6, seed=1))


@pytest.mark.parametrize("training", [True, False])
def test_a_module_is_used_as_it_is_and_left_as_it_was(training):
    with seeds.forked(0, "test"):
        module = Generator(6, SHAPE).double().train(training)
    before = {name: value.clone() for name, value in module.state_dict().items()}
    outside = torch.random.get_rng_state()
    made = generated(module, SHAPE, n=130, latent=6, seed=1)
    assert torch.equal(outside, torch.random.get_rng_state())
    assert all(torch.equal(value, before[name]) for name, value in module.state_dict().items())
    assert module.training is training
    # Equal batches: a last one of two would have statistics of its own.
    assert module.batches == [44, 43, 43]
    assert not made.requires_grad
    # Dropout draws in train mode, always the same; another seed gives other latents.
    assert torch.equal(made, generated(module, SHAPE, n=130, latent=6, seed=1))
    assert not torch.equal(made, generated(module, SHAPE, n=130, latent=6, seed=2))
    latents = torch.randn(130, 6, generator=seeds.generator(1, "score/latents")).double()
    if not training:
        with torch.no_grad():
            torch.testing.assert_close(made, module(latents))


def as_images(z):
    return torch.sigmoid(z[:, :, None]).repeat(1, 1, 8).unsqueeze(1)


@pytest.mark.parametrize(
    "function", [as_images, lambda z, power=1.0: as_images(z).numpy() ** power], ids=["torch", "numpy"]
)
def test_a_function_of_latents(function):
    made = generated(function, SHAPE, n=5, latent=8, seed=1)
    expected = as_images(torch.randn(5, 8, generator=seeds.generator(1, "score/latents")))
    torch.testing.assert_close(made, expected)


def test_a_reference_names_any_of_these(here):
    (here / "mine.py").write_text(
        "import torch\ndef images(z):\n    return torch.sigmoid(z).view(-1, 1, 8, 8)\nLIMIT = 3\n"
    )
    found = given_images("mine.py:images", DIGITS, Request(n=7))
    assert (found.images.shape, found.out_of) == ((7, *SHAPE), 7)
    assert found.remark == (
        "generated from 64 normal latents each, in batches of at most 64; "
        "read as N, C, H, W, floats in [0, 1]"
    )
    assert len(given_images(here.joinpath("mine.py:images"), DIGITS, Request()).images) == 2000


def raises(z):
    raise RuntimeError("not today\nnor tomorrow")


def no_images(z):
    return [1, 2]


@pytest.mark.parametrize(("samples", "options", "message"), [
    ("gone", {}, "gone: there is no such folder or file in the current folder (--data-dir names"),
    ("mine.py:Gone", {}, "mine.py:Gone: there is no file mine.py"),
    ("a.txt", {}, "a.txt: there is no such folder or file"),
    (3, {}, "samples is of type int, not an array"),
    (BYTES.int(), {}, "samples: images are of type int32, not bytes (uint8) or floats"),
    (BYTES[:, :, :4], {}, "samples: an image is 8 x 4 grey, but digits is 8 x 8 grey; --fit (from Python"),
    (BYTES.expand(-1, 3, -1, -1), {}, "samples: an image is 8 x 8 in colour, but digits is 8 x 8 grey"),
    (torch.full((3, *SHAPE), torch.nan), {}, "samples: 3 images have pixels that are NaN or infinite"),
    (BYTES * 1.0, {}, "samples: values go from 0 to 255; floats must lie in [0, 1] or [-1, 1]"),
    (BYTES[:0], {}, "samples: there is no image in it"),
    (BYTES, {"n": 21}, "n: 21 images asked for, but there are 20"),
    (BYTES, {"latent": 6}, "latent: these are images, and only a generator takes latents"),
    (BYTES, {"n": 0}, "n: must be a whole number from 1, not 0"),
    (BYTES, {"n": 10_001}, "n: at most 10,000 images are scored, not 10,001"),
    (BYTES, {"broken": "skp"}, 'unknown way with broken images "skp" - did you mean "skip"?'),
    (Generator(6, (1, 9, 9)), {"latent": 6}, "Generator: cannot take latents (63, 6): RuntimeError: shape "),
    (OfNothing, {"latent": 7}, "OfNothing: cannot take latents (63, 7): RuntimeError: mat1 and mat2"),
    (raises, {}, "raises: cannot be built with the sizes (64,): RuntimeError: not today; nor does it make "
     "images of latents: RuntimeError: not today"),
    (no_images, {}, "no_images: must give a tensor of images, not a list"),
    (lambda z: z[:3], {"n": 9}, "<lambda>: makes (3, 64) of 9 latents, not one image of each"),
    (lambda z: z, {"n": 9}, "<lambda>: images are 9 x 64, not N x H x W x C or"),
    (lambda z: z.view(-1, 1, 4, 16).tanh(), {"n": 9}, "<lambda>: an image is 16 x 4 grey, but digits is 8"),
    (lambda z: 0 * z.view(-1, *SHAPE) / 0, {"n": 9}, "<lambda>: 9 images have pixels that are NaN"),
    (dict, {}, "dict: cannot be built with the sizes (64, (1, 8, 8)): TypeError"),
])  # fmt: skip
def test_what_cannot_be_scored_is_refused_in_one_line(here, samples, options, message):
    with pytest.raises(GanBenchError, match=re.escape(message)) as caught:
        given_images(samples, DIGITS, Request(**options))
    assert "\n" not in str(caught.value)


def test_a_corrupt_picture_is_named_or_left_out(here):
    (here / write_folder(here) / "07.png").write_bytes(b"none")
    with pytest.raises(
        UsageError, match=r'^mine/07\.png cannot be read .*\(--broken skip, from Python broken="skip", leaves'
    ):
        given_images("mine", DIGITS, Request())
    found = given_images("mine", DIGITS, Request(broken="skip"))
    assert (len(found.images), found.remark) == (19, "1 broken image left out")


def test_nothing_is_unpickled(here):
    class Trap:
        def __reduce__(self):
            return (pytest.fail, ("was unpickled",))

    np.save("a.npy", np.array([Trap()], dtype=object), allow_pickle=True)
    torch.save(Trap(), "a.pt")
    for name in ("a.npy", "a.pt"):
        with pytest.raises(UsageError, match=f"^{name} cannot be read"):
            given_images(name, DIGITS, Request())
