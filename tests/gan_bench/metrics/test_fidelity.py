"""Image metrics against independent computations and torch-fidelity called directly; identity and order."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pytest
import scipy.linalg
import torch
import torch_fidelity
from scipy.ndimage import gaussian_filter
from sklearn.datasets import load_digits
from torch.utils.data import Dataset

from gan_bench import seeds
from gan_bench.errors import UsageError
from gan_bench.metrics.features import Features, in_batches
from gan_bench.metrics.fidelity import (
    FidelityOptions,
    Reference,
    descriptors,
    feature_metrics,
    fid,
    image_metrics,
    inception_score,
    kid,
)

OPTIONS = FidelityOptions(kid_subsets=20, kid_subset_size=100)
NAMES = {
    "fid": torch_fidelity.KEY_METRIC_FID,
    "kid": torch_fidelity.KEY_METRIC_KID_MEAN,
    "precision": torch_fidelity.KEY_METRIC_PRECISION,
    "recall": torch_fidelity.KEY_METRIC_RECALL,
    "inception_score": torch_fidelity.KEY_METRIC_ISC_MEAN,
}


class Projection:
    """An extractor: 24 smooth random features of 8 x 8 pixels, and logits of ten arbitrary classes."""

    name, digest, accuracy, confusion = "projection", "0123456789abcdef", None, None

    def __init__(self, classes: int = 10) -> None:
        self.classes = classes
        self.weights = torch.randn(64, 24, generator=seeds.generator(0, "projection")) / 8

    def __call__(self, images):
        return in_batches(images, 100, self.forward)

    def forward(self, images):
        values = torch.tanh((images.flatten(1).float() / 127.5 - 1) @ self.weights)
        return values, 3 * values[:, :10]


@pytest.fixture(scope="module")
def digits():
    """Scanned digits as uint8 images (1797, 1, 8, 8) in a random order, and their labels."""
    data = load_digits()
    order = np.random.default_rng(0).permutation(len(data.target))
    images = torch.from_numpy((data.images[order] * 255 / 16).round().astype(np.uint8)[:, None])
    return images, torch.from_numpy(data.target[order])


def gaussian(n, d, seed, shift=0.0):
    """Correlated features (n, d) float32 with variances from 1 down to 1/400."""
    draws = torch.randn(n, d, generator=seeds.generator(seed, "features"))
    mixing = torch.linalg.qr(torch.randn(d, d, generator=seeds.generator(7, "mixing")))[0]
    return draws * torch.logspace(0, -1.3, d) @ mixing + shift


def statistics(features):
    return {
        "mu": features.double().mean(0).numpy(),
        "sigma": np.cov(features.double().numpy(), rowvar=False),
    }


def by_square_root(real, fake):
    """FID by SciPy's matrix square root of the float64 covariances' product."""
    x, y = real.double().numpy(), fake.double().numpy()
    cross = scipy.linalg.sqrtm(np.cov(x.T) @ np.cov(y.T))
    return ((x.mean(0) - y.mean(0)) ** 2).sum() + np.trace(np.cov(x.T) + np.cov(y.T) - 2 * cross.real)


def by_singular_values(real, fake):
    """FID without any square root of a covariance: tr (C C')^(1/2) is the nuclear norm of X Y^T.

    X^T X = C and Y^T Y = C', so it loses nothing where the covariances are singular.
    """
    x, y = real.double().numpy(), fake.double().numpy()
    first, second = ((z - z.mean(0)) / np.sqrt(len(z) - 1) for z in (x, y))
    norms = (first**2).sum() + (second**2).sum()
    cross = np.linalg.svd(first @ second.T, compute_uv=False).sum()
    return ((x.mean(0) - y.mean(0)) ** 2).sum() + norms - 2 * cross


@pytest.mark.parametrize("shift", [0.0, 0.3])
def test_fid_equals_independent_computations(shift):
    real, fake = gaussian(400, 24, 1), 1.1 * gaussian(300, 24, 2, shift)
    value = fid(statistics(real), statistics(fake))
    assert value == pytest.approx(by_square_root(real, fake), rel=1e-6)
    assert value == pytest.approx(by_singular_values(real, fake), rel=1e-6)


def test_fid_of_float32_features_far_from_zero_is_summed_in_float64():
    extractor = Projection()
    real, fake = gaussian(3000, 24, 1, shift=300.0), gaussian(3000, 24, 2, shift=300.0)
    reference = Reference(extractor, torch.zeros(1, 1, 8, 8, dtype=torch.uint8))
    reference.features = Features(real)
    values = feature_metrics(extractor, reference, [Features(fake)], OPTIONS)
    assert values["fid[projection]"][0] == pytest.approx(by_square_root(real, fake), rel=1e-6)


def test_fid_of_two_gaussians_is_the_closed_form():
    real = {"mu": np.zeros(2), "sigma": np.diag([4.0, 1.0])}
    fake = {"mu": np.array([3.0, 0.0]), "sigma": np.diag([1.0, 9.0])}
    assert fid(real, fake) == pytest.approx(9 + (2 - 1) ** 2 + (1 - 3) ** 2, rel=1e-12)


def test_fid_of_singular_covariances_stays_within_its_tolerance():
    # 20 images in 24 features. Roots of zeros that rounding moved by 1e-16 are 1e-8 each, times 5 directions.
    real, fake = gaussian(20, 24, 1), gaussian(20, 24, 2)
    value = fid(statistics(real), statistics(fake))
    assert value == pytest.approx(by_singular_values(real, fake), abs=5e-7)
    assert fid(statistics(real), statistics(real)) < 5e-7
    # A feature that never moves costs nothing.
    real, fake = (torch.cat([gaussian(300, 24, s), torch.zeros(300, 3)], 1) for s in (1, 2))
    assert fid(statistics(real), statistics(fake)) == pytest.approx(by_singular_values(real, fake), rel=1e-6)


def test_identity(digits):
    extractor, images = Projection(), digits[0][:900]
    reference = Reference(extractor, images)
    values = image_metrics(extractor, reference, images[None], OPTIONS)
    assert 0 <= values["fid[projection]"][0] < 1e-9
    assert (
        values["precision[projection]"] == values["recall[projection]"] == values["coverage[projection]"] == 1
    )
    assert values["density[projection]"][0] == pytest.approx(6 / 5)
    shuffled = image_metrics(extractor, reference, images.flip(0)[None], OPTIONS)
    assert 0 <= shuffled["fid[projection]"][0] < 1e-9
    error = kid_error(reference.features.values, reference.features.values)
    assert abs(values["kid[projection]"][0]) < 2 * error


def kid_error(real, fake):
    """Standard error of KID over its subsets."""
    result = torch_fidelity.metric_kid.kid_features_to_metric(
        fake.double(), real.double(), kid_subsets=20, kid_subset_size=100, verbose=False
    )
    return result[torch_fidelity.KEY_METRIC_KID_STD] / np.sqrt(20)


def test_kid_of_a_set_and_itself_has_its_exact_expectation():
    features = gaussian(60, 8, 1).double()
    kernel = (features @ features.T / 8 + 1) ** 3
    pairs = (kernel.sum() - kernel.trace()) / (60 * 59)
    # All 60 of 60: no randomness is left in the subsets.
    value = kid(features, features, FidelityOptions(kid_subsets=3, kid_subset_size=60))
    assert value == pytest.approx(2 / 60 * (pairs - kernel.diagonal().mean()).item(), rel=1e-9)


def test_kid_of_independent_draws_is_unbiased():
    pairs = [(gaussian(150, 8, 2 * i), gaussian(150, 8, 2 * i + 1)) for i in range(60)]
    values = np.array([kid(real, fake, FidelityOptions(5, 60)) for real, fake in pairs])
    assert abs(values.mean()) < 2 * values.std(ddof=1) / np.sqrt(60)
    assert values.min() < 0 < values.max()


class Images(Dataset):
    def __init__(self, images):
        self.images = images

    def __len__(self):
        return len(self.images)

    def __getitem__(self, index):
        return self.images[index]


class Registered(torch_fidelity.FeatureExtractorBase):
    """The same extractor as torch-fidelity wants it; float64, as it is given the features."""

    def __init__(self, name, features_list, **options):
        super().__init__(name, features_list)

    def forward(self, images):
        values, logits = Projection().forward(images)
        every = {"values": values.double(), "logits": logits}
        return tuple(every[name] for name in self.features_list)

    @staticmethod
    def get_provided_features_list():
        return "values", "logits"

    @staticmethod
    def get_default_feature_layer_for_metric(metric):
        return "logits" if metric == "isc" else "values"

    @staticmethod
    def can_be_compiled():
        return False


def test_values_equal_torch_fidelity_called_directly(digits):
    # Precision and recall take equally many on each side: torch-fidelity is given those.
    real, fake = digits[0][:300], digits[0][400:700] // 4 * 3
    torch_fidelity.register_feature_extractor("projection-for-tests", Registered)
    direct = torch_fidelity.calculate_metrics(
        input1=Images(fake), input2=Images(real), feature_extractor="projection-for-tests", cuda=False,
        isc=True, fid=True, kid=True, prc=True, kid_subsets=20, kid_subset_size=100, isc_splits=5,
        prc_neighborhood=4, save_cpu_ram=True, cache=False, verbose=False,
    )  # fmt: skip
    extractor = Projection()
    options = FidelityOptions(kid_subsets=20, kid_subset_size=100, splits=5, neighbours=4)
    values = image_metrics(extractor, Reference(extractor, real), fake[None], options)
    for name, key in NAMES.items():
        # Batches differ, and with them the last bit of float32 features.
        assert values[f"{name}[projection]"][0] == pytest.approx(direct[key], rel=1e-5, abs=1e-7), name
    assert len({round(values[f"{name}[projection]"][0], 6) for name in NAMES}) == len(NAMES)


def test_neighbours_are_counted_among_equally_many_images_up_to_the_cap(digits):
    real, fake, extractor = digits[0][:400], digits[0][400:700], Projection()
    names = ("precision", "recall", "density", "coverage")
    for most, count in ((1000, 300), (120, 120)):
        options = FidelityOptions(kid_subset_size=100, manifold_images=most)
        values = image_metrics(extractor, Reference(extractor, real), fake[None], options)
        alone = image_metrics(extractor, Reference(extractor, real[:count]), fake[None, :count], options)
        for name in names:
            assert values[f"{name}[projection]"] == alone[f"{name}[projection]"], (most, name)


def test_inception_score_at_its_ends():
    # Sure and even predictions of five classes; then always the same.
    sure = 50 * torch.eye(5).repeat(20, 1)
    one_split = FidelityOptions(splits=1)
    assert inception_score(sure, one_split) == pytest.approx(5.0, rel=1e-9)
    assert inception_score(sure[:1].expand(40, 5)) == pytest.approx(1.0, abs=1e-12)


def test_fid_and_kid_grow_with_blur(digits):
    real, images = digits[0][:898], digits[0][898:1796]
    blurred = [
        torch.from_numpy(gaussian_filter(images.numpy(), (0, 0, sigma, sigma)))
        for sigma in (0, 0.4, 0.6, 0.9, 1.4)
    ]
    extractor = Projection()
    values = image_metrics(extractor, Reference(extractor, real), blurred, OPTIONS)
    assert (np.diff(values["fid[projection]"]) > 0).all()
    assert (np.diff(values["kid[projection]"]) > 0).all()


def test_fid_and_kid_grow_with_dropped_classes(digits):
    (real, _), (images, labels) = ([part[:898] for part in digits], [part[898:1796] for part in digits])
    # From nine down. Not each order is monotone in KID: a class may leave that lay on one side alone.
    kept = [images[labels < 10 - dropped] for dropped in (0, 2, 4, 6, 8)]
    extractor = Projection()
    values = image_metrics(extractor, Reference(extractor, real), kept, OPTIONS)
    assert (np.diff(values["fid[projection]"]) > 0).all()
    assert (np.diff(values["kid[projection]"]) > 0).all()
    assert values["recall[projection]"][-1] < values["recall[projection]"][0] - 0.2
    assert values["coverage[projection]"][-1] < values["coverage[projection]"][0] - 0.2


def test_a_stack_of_seeds_equals_its_seeds_one_by_one(digits):
    extractor, samples = Projection(), digits[0][600:1500].view(3, 300, 1, 8, 8)
    reference = Reference(extractor, digits[0][:600])
    together = image_metrics(extractor, reference, samples, OPTIONS)
    assert list(together) == list(descriptors("projection", 10))
    for seed, images in enumerate(samples):
        alone = image_metrics(extractor, reference, images[None], OPTIONS)
        for name, value in together.items():
            assert value.shape == (3,)
            assert value.dtype == np.float64
            assert value[seed] == alone[name][0], name


def test_a_collapsed_seed_has_the_values_of_its_definition(digits):
    extractor, images = Projection(), digits[0]
    collapsed = images[:1].expand(300, 1, 8, 8)
    values = image_metrics(extractor, Reference(extractor, images[:600]), collapsed[None], OPTIONS)
    assert values["classes_covered[projection]"][0] == 1
    assert values["class_kl[projection]"][0] == pytest.approx(np.log(10), abs=1e-12)
    assert values["inception_score[projection]"][0] == pytest.approx(1.0, abs=1e-9)
    assert values["recall[projection]"][0] < 0.01
    assert values["precision[projection]"][0] == 1.0
    assert np.isfinite(list(values.values())).all()


@dataclass
class Plain:
    """An extractor without logits."""

    name, digest, accuracy, confusion, classes = "plain", "f" * 16, None, None, 0

    def __call__(self, images):
        return Features(images.flatten(1).float())


def test_without_logits_or_classes_their_metrics_are_left_out(digits):
    images = digits[0]
    unscored = image_metrics(Plain(), Reference(Plain(), images[:300]), images[None, 300:600], OPTIONS)
    assert list(unscored) == list(descriptors("plain", scored=False))
    classless = Projection(classes=0)
    scored = image_metrics(classless, Reference(classless, images[:300]), images[None, 300:600], OPTIONS)
    assert list(scored) == list(descriptors("projection"))
    assert image_metrics(Plain(), Reference(Plain(), images[:300]), images[None, :0].unbind(0)[:0]) == {}


def test_too_few_images_and_another_extractor_are_one_line(digits):
    extractor, images = Projection(), digits[0]
    reference = Reference(extractor, images[:300])
    with pytest.raises(UsageError, match=r"KID: needs at least 200 images .* got 150 generated"):
        image_metrics(extractor, reference, images[None, :150])
    with pytest.raises(UsageError, match=r"made with projection \(0123.*\), the samples with plain \(ffff"):
        feature_metrics(Plain(), reference, [reference.features])


def test_nothing_is_written_and_no_global_generator_moves(digits, capfd):
    extractor, images = Projection(), digits[0]
    numpy_state, torch_state = np.random.get_state()[1].copy(), torch.get_rng_state()  # noqa: NPY002
    image_metrics(extractor, Reference(extractor, images[:300]), images[None, 300:600])
    assert capfd.readouterr() == ("", "")
    assert (np.random.get_state()[1] == numpy_state).all()  # noqa: NPY002
    assert torch.equal(torch.get_rng_state(), torch_state)
