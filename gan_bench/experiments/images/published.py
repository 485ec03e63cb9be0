"""Numbers that others report on image sets of ours or on sets like them, with how they came about.

Only numbers read in the sources themselves. Free of torch.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Published:
    """One method's line in a source: `like` is the preset that does the same, if one does.

    numbers: metric family -> the number as printed, with its spread where one is given.
    """

    source: str
    method: str
    like: str
    protocol: str
    numbers: dict[str, str]


@dataclass(frozen=True)
class Comparison:
    """What is reported on one kind of data, and how far the protocols are from each other, in words.

    judge: what made the published values, for their headings. families: what is compared, as named here.
    """

    what: str
    judge: str
    families: dict[str, str]
    difference: str
    lines: tuple[Published, ...]


def comparison(dataset: str) -> Comparison | None:
    """Return what is published on an image set, by the name in its spec; None where nothing is."""
    return _STACKED if dataset.startswith("stacked-") else _CIFAR10 if dataset == "cifar10" else None


def _line(source: tuple[str, str], method: str, like: str, **numbers: str) -> Published:
    return Published(source[0], method, like, source[1], numbers)


_MIYATO = (
    "Miyato et al. 2018, table 2",
    "100,000 generator steps; 5,000 images against 10,000 of the test split",
)
_COLLECTIONS = ("pytorch-gan-collections (860e90b)", "50,000 images against the training split")
_MIMICRY = ("mimicry", "100,000 generator steps in batches of 64; 50,000 images against 50,000 real ones")

_CIFAR10 = Comparison(
    what="CIFAR-10",
    judge="Inception",
    families={"fid": "FID", "inception_score": "Inception Score"},
    difference="They train longer, on wider networks, and judge more images; the split and the number of "
    "images that FID is taken against move it by themselves. A value of another extractor than Inception is "
    "on a scale of its own: it can be compared with no published one.",
    lines=(
        _line(_MIYATO, "real images", "", inception_score="11.24 ± 0.12", fid="7.8"),
        _line(_MIYATO, "DCGAN", "nsgan", inception_score="6.64 ± 0.14"),
        _line(_COLLECTIONS, "DCGAN", "nsgan", inception_score="6.01", fid="42.72"),
        _line(_MIYATO, "weight clipping", "wgan-clip", inception_score="6.41 ± 0.11", fid="42.6"),
        _line(_COLLECTIONS, "WGAN, clipping, CNN", "wgan-clip", inception_score="6.62", fid="40.03"),
        _line(_MIYATO, "GAN-GP", "nsgan-gp", inception_score="6.93 ± 0.08", fid="37.7"),
        _line(_MIYATO, "WGAN-GP", "wgan-gp", inception_score="6.68 ± 0.06", fid="40.2"),
        _line(_COLLECTIONS, "WGAN-GP, CNN", "wgan-gp", inception_score="7.66", fid="19.83"),
        _line(_COLLECTIONS, "WGAN-GP, ResNet", "wgan-gp", inception_score="7.95", fid="16.95"),
        _line(_MIMICRY, "WGAN-GP", "wgan-gp", inception_score="7.33", fid="22.29 ± 0.06"),
        _line(_MIYATO, "SN-GAN", "sngan-ns", inception_score="7.42 ± 0.08", fid="29.3"),
        _line(_MIYATO, "SN-GAN, hinge", "sngan", inception_score="7.58 ± 0.12", fid="25.5"),
        _line(_MIYATO, "SN-GAN, hinge, ResNet", "sngan", inception_score="8.22 ± 0.05", fid="21.7 ± 0.21"),
        _line(_COLLECTIONS, "SNGAN, CNN", "sngan", inception_score="7.84", fid="17.81"),
        _line(_COLLECTIONS, "SNGAN, ResNet", "sngan", inception_score="8.31", fid="14.32"),
        _line(_MIMICRY, "SNGAN", "sngan", inception_score="7.97", fid="16.77 ± 0.04"),
        _line(_MIMICRY, "cGAN-PD", "sngan-projection", inception_score="8.25", fid="10.84"),
    ),
)

_SRIVASTAVA = ("VEEGAN (Srivastava et al. 2017)", "stacked MNIST digits, 1,000 classes")
_LIN = (
    "PacGAN (Lin et al. 2018)",
    "128,000 triples of MNIST digits, 28 x 28, DCGAN, 50 epochs in batches of 64, 10 runs; 26,000 images",
)

_STACKED = Comparison(
    what="Stacked MNIST, 1,000 classes",
    judge="an MNIST classifier",
    families={"classes_covered": "classes covered", "class_kl": "class KL"},
    difference="Theirs are MNIST digits, named by another classifier; fewer images find fewer classes, and "
    "raise the KL of a perfect sampler.",
    lines=(
        _line(_SRIVASTAVA, "DCGAN", "nsgan", classes_covered="99", class_kl="3.40"),
        _line(_LIN, "DCGAN", "nsgan", classes_covered="78.9 ± 6.5", class_kl="4.50 ± 0.13"),
        _line(_SRIVASTAVA, "ALI", "", classes_covered="16", class_kl="5.40"),
        _line(_SRIVASTAVA, "Unrolled GAN", "", classes_covered="48.7", class_kl="4.32"),
        _line(_SRIVASTAVA, "VEEGAN", "", classes_covered="150", class_kl="2.95"),
        _line(_LIN, "PacDCGAN2", "pacgan2", classes_covered="1000 ± 0", class_kl="0.06"),
        _line(_LIN, "PacDCGAN3", "", classes_covered="1000 ± 0", class_kl="0.06"),
        _line(_LIN, "PacDCGAN4", "", classes_covered="1000 ± 0", class_kl="0.07"),
    ),
)
