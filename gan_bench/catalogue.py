"""What ships with the package: per kind, names with one line each, and where the objects are found.

Plain text, so that names can be listed without importing what they name.
"""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Table:
    """Built-in names of one kind.

    provider is "module:attribute" of a mapping from name to object, or of a function that takes the name.
    references, where given, replace the provider for single names.
    """

    descriptions: dict[str, str]
    provider: str = ""
    references: dict[str, str] = field(default_factory=dict)


METHODS = Table(
    provider="gan_bench.methods.presets:PRESETS",
    descriptions={
        "gan": "minimax GAN with the saturating generator loss (Goodfellow 2014)",
        "nsgan": "GAN with the non-saturating generator loss (Goodfellow 2014)",
        "lsgan": "least-squares GAN (Mao 2017)",
        "wgan-none": "Wasserstein GAN without any constraint, to show its gap diverge",
        "wgan-clip": "Wasserstein GAN with weight clipping (Arjovsky 2017)",
        "wgan-gp": "Wasserstein GAN with gradient penalty (Gulrajani 2017)",
        "wgan-lp": "Wasserstein GAN with one-sided penalty (Petzka 2018)",
        "sngan": "hinge GAN with spectral normalisation (Miyato 2018)",
        "sngan-ns": "non-saturating GAN with spectral normalisation (Miyato 2018)",
        "wgan-sn": "Wasserstein GAN with spectral normalisation",
        "nsgan-gp": "non-saturating GAN with gradient penalty",
        "dragan": "non-saturating GAN with a penalty around the data (Kodali 2017)",
        "r1": "non-saturating GAN with a penalty at real samples (Mescheder 2018)",
        "r3gan": "relativistic GAN with penalties at real and fake samples (Huang 2024)",
        "pacgan2": "non-saturating GAN whose critic sees packs of two (Lin 2018)",
        "instance-noise": "non-saturating GAN with noise on real and fake samples (Sonderby 2017)",
        "consensus": "minimax GAN with consensus updates (Mescheder 2017)",
        "cgan": "class-conditional non-saturating GAN (Mirza & Osindero 2014)",
        "sngan-projection": "class-conditional sngan with a projection critic (Miyato & Koyama 2018)",
        "progressive": "wgan-gp whose networks grow with the resolution (Karras 2018)",
        "wgan-clip-sgd": "wgan-clip, trained by SGD",
        "wgan-clip-adam": "wgan-clip, trained by Adam with momentum",
        "wgan-clip-adam0": "wgan-clip, trained by Adam without momentum",
    },
)

_EXPERIMENTS = {
    "training": "train methods on data sets and measure every snapshot against the truth",
    "divergence-sweep": "two distributions move apart: what do JS, W1 and trained critics say of it?",
    "non-overlap": "start a generator away from the data: which objectives move it, how far, how fast",
    "vanishing-gradient": "freeze a generator, train its critic on, and see what is left of the "
    "generator's gradient",
    "critic-depth": "do a deep critic's gradients explode or vanish, and do clipped "
    "weights pile up at the edge?",
    "critic-surface": "how near critics trained to optimality come to the exact Kantorovich potential",
    "dirac": "which methods converge, cycle or diverge on the Dirac-GAN, and does theory say so before?",
    "game-spectrum": "which way and how fast the game of two small networks turns, by its "
    "Jacobian's eigenvalues",
    "separability": "training and held-out JS bound of discriminators between finite "
    "samples of one distribution",
    "meaningful-loss": "rank correlation between what each critic reports and exact W1 over training",
    "robustness": "count the seeds of each method that reach the data under unlike optimiser settings",
    "recipe-ablation": "go from GAN to WGAN one change at a time and measure what each contributes",
    "images": "train methods on images: FID and its relatives, classes found, sample grids, memorisation",
    "throughput": "how many seed-steps a second do stacked seeds take, beside the plain loop of one seed?",
    "penalty-cost": "how much longer than a clipped training step is one with a penalty or spectral norm?",
}
EXPERIMENTS = Table(
    references={name: f"gan_bench.experiments.{name.replace('-', '_')}:EXPERIMENT" for name in _EXPERIMENTS},
    descriptions=_EXPERIMENTS,
)

EXECUTORS = Table(
    references={
        "processes": "gan_bench.harness.processes:processes",
        "serial": "gan_bench.harness.execute:serial",
    },
    descriptions={
        "processes": "one process per job, several at once, hard deadline",
        "serial": "one job after another in this process, for debugging",
    },
)

_OBJECTIVES = "gan_bench.methods.objectives"
OBJECTIVES = Table(
    references={
        "minimax": f"{_OBJECTIVES}:Minimax",
        "non-saturating": f"{_OBJECTIVES}:NonSaturating",
        "least-squares": f"{_OBJECTIVES}:LeastSquares",
        "hinge": f"{_OBJECTIVES}:Hinge",
        "wasserstein": f"{_OBJECTIVES}:Wasserstein",
        "relativistic": f"{_OBJECTIVES}:Relativistic",
    },
    descriptions={
        "minimax": "cross-entropy; the generator minimises E log(1 - D(G(z)))",
        "non-saturating": "cross-entropy; the generator maximises E log D(G(z))",
        "least-squares": "squared distance of scores to 0 for fake and 1 for real",
        "hinge": "hinge loss of the critic at margins -1 and 1",
        "wasserstein": "difference of mean scores: the dual of the Wasserstein-1 distance",
        "relativistic": "cross-entropy of score differences between real and fake",
    },
)

_CONSTRAINTS = "gan_bench.methods.constraints"
CONSTRAINTS = Table(
    references={
        "clip": f"{_CONSTRAINTS}:Clip",
        "gradient-penalty": f"{_CONSTRAINTS}:GradientPenalty",
        "one-sided-penalty": f"{_CONSTRAINTS}:OneSidedPenalty",
        "spectral": "gan_bench.methods.spectral:Spectral",
        "dragan": f"{_CONSTRAINTS}:Dragan",
        "r1": f"{_CONSTRAINTS}:R1",
        "r2": f"{_CONSTRAINTS}:R2",
        "instance-noise": f"{_CONSTRAINTS}:InstanceNoise",
        "pack": f"{_CONSTRAINTS}:Pack",
    },
    descriptions={
        "clip": "every critic parameter is clipped to a box after each critic step",
        "gradient-penalty": "squared distance of the gradient norm to 1, between real and fake",
        "one-sided-penalty": "squared excess of the gradient norm over 1, between real and fake",
        "spectral": "every critic layer is divided by its largest singular value",
        "dragan": "squared distance of the gradient norm to 1, around real samples",
        "r1": "squared gradient norm at real samples",
        "r2": "squared gradient norm at fake samples",
        "instance-noise": "the critic sees real and fake samples through Gaussian noise",
        "pack": "the critic sees several samples as one input",
    },
)

_NETS = "gan_bench.nets"
NETS = Table(
    references={
        "mlp-generator": f"{_NETS}.mlp:MLPGenerator",
        "mlp-critic": f"{_NETS}.mlp:MLPCritic",
        "dcgan-generator": f"{_NETS}.dcgan:DCGANGenerator",
        "dcgan-critic": f"{_NETS}.dcgan:DCGANCritic",
        "resnet-generator": f"{_NETS}.resnet:ResNetGenerator",
        "resnet-critic": f"{_NETS}.resnet:ResNetCritic",
        "progressive-generator": f"{_NETS}.progressive:ProgressiveGenerator",
        "progressive-critic": f"{_NETS}.progressive:ProgressiveCritic",
    },
    descriptions={
        "mlp-generator": "multi-layer perceptron from latent noise to points",
        "mlp-critic": "multi-layer perceptron from points to a score",
        "dcgan-generator": "transposed convolutions with batch norm, to images (Radford 2016)",
        "dcgan-critic": "strided convolutions, from images to a score (Radford 2016)",
        "resnet-generator": "residual blocks with batch norm, to images (Miyato 2018)",
        "resnet-critic": "residual blocks, from images to a score (Miyato 2018)",
        "progressive-generator": "grows from 8 x 8 to the images' size (Karras 2018)",
        "progressive-critic": "reads images at the size that the generator has reached (Karras 2018)",
    },
)

_DATA = "gan_bench.data"
# What has a reference of its own here is an image data set, the rest are toy distributions.
DATASETS = Table(
    provider=f"{_DATA}.toy:build_dataset",
    references={
        "digits": f"{_DATA}.digits:digits",
        "glyphs": f"{_DATA}.glyphs:glyphs",
        "stacked-digits": f"{_DATA}.stacked:stacked_digits",
        "stacked-glyphs": f"{_DATA}.stacked:stacked_glyphs",
        "stacked-mnist": f"{_DATA}.stacked:stacked_mnist",
        "mnist": f"{_DATA}.torchvision_sets:mnist",
        "fashion-mnist": f"{_DATA}.torchvision_sets:fashion_mnist",
        "cifar10": f"{_DATA}.torchvision_sets:cifar10",
        "stl10": f"{_DATA}.torchvision_sets:stl10",
        "folder": f"{_DATA}.own:own_images",
        "file": f"{_DATA}.own:own_images",
    },
    descriptions={
        "ring": "Gaussians on a circle; modes, radius, scale",
        "ring8": "eight Gaussians on the unit circle, sigma .01",
        "grid": "Gaussians on a square grid; side, spacing, scale",
        "grid25": "25 Gaussians on a grid of spacing 2, sigma .05",
        "imbalanced-ring": "eight Gaussians on a circle with weights from .3 to .05",
        "random-mixture": "Gaussians at random places; modes, extent, scale, seed",
        "two-gaussians": "two Gaussians; separation, scale",
        "swiss-roll": "spiral band with Gaussian noise",
        "moons": "two interleaved half circles with noise",
        "circles": "two concentric circles with noise",
        "spiral": "spiral arms with noise; arms, turns, radius",
        "checkerboard": "uniform on the dark squares of a board",
        "parallel-lines": "pair without overlap: two parallel segments; separation",
        "dirac": "pair without overlap: two points; separation",
        "crossing-segments": "pair that meets in a point: two crossing segments; angle",
        "disjoint-disks": "pair without overlap: two disks; gap, radius",
        "separated-gaussians": "pair with negligible overlap: two Gaussians; separation, scale",
        "digits": "images: 1,797 scanned digits of scikit-learn; size 8, 16, 32",
        "glyphs": "images: digits of 46 type faces, jittered without end; size 8, 16, 32, 64",
        "stacked-digits": "images: three scanned digits as colours, 1,000 classes; size",
        "stacked-glyphs": "images: three glyphs as colours, 1,000 classes, endless; size",
        "stacked-mnist": "images: three MNIST digits as colours, 1,000 classes, 32 x 32; needs --data-dir",
        "mnist": "images: 70,000 handwritten digits, 32 x 32; needs --data-dir or --download",
        "fashion-mnist": "images: 70,000 clothes, 32 x 32; needs --data-dir or --download",
        "cifar10": "images: 60,000 photographs of ten classes, 32 x 32; needs --data-dir or --download",
        "stl10": "images: 13,000 photographs of ten classes; size; needs --data-dir or --download",
        "folder": "images: your own pictures; path, size, channels, broken, test_share",
        "file": "images: your own .npz, .npy, .pt or .pth; path, size, channels, test_share",
    },
)

METRICS = Table(
    provider="gan_bench.experiments.described:DESCRIPTORS",
    descriptions={
        "w1": "exact Wasserstein-1 distance to as many reference points",
        "w1_held_out": "gap of the optimal potential on points it was not fitted to: a lower bound of W1",
        "w1_redrawn": "W1 of further draws of a finished model: how much of it is chance of drawing",
        "js": "Jensen-Shannon divergence of histograms, nats",
        "js_scores": "lower bound of the Jensen-Shannon divergence from held-out logits, nats",
        "overlap": "mass that generated and reference histograms share",
        "modes_covered": "modes with a generated point within 3 sigma",
        "high_quality": "share of points within 3 sigma of a mode; target .98889",
        "within_mode_spread": "squared distance to the mode relative to the truth's; target 1",
        "reverse_kl": "KL from the modes' shares to their true weights, nats",
        "critic_gradient_norm": "norm of the critic's gradient, penalty included",
        "generator_gradient_norm": "norm of the generator's gradient",
        "critic_gradient": "the critic's gradient norm by layer, from the input",
        "generator_gradient": "the generator's gradient norm by layer, from the latent input",
        "input_gradient_real": "slope of the critic at held-out real samples",
        "input_gradient_fake": "slope of the critic at generated samples",
        "input_gradient_interpolate": "slope of the critic between real and generated samples",
        "lipschitz_upper": "product of the exact largest singular values of the critic's layers",
        "lipschitz_lower": "largest slope of the critic that was found",
        "clipped_share": "share of critic weights at the edge of the clipping box",
        "critic_loss": "the critic's loss without its penalty",
        "generator_loss": "the generator's loss",
        "penalty": "the critic's penalty",
        "critic_gap": "mean score of held-out real minus generated samples",
        "steps_per_second": "generator steps per second of training",
        "fid": "images: Frechet distance of features, named with their extractor: fid[glyphs-cnn]",
        "kid": "images: squared kernel distance of features, unbiased",
        "precision": "images: share of generated images near a real one",
        "recall": "images: share of real images near a generated one",
        "density": "images: generated images in real neighbourhoods, relative to the truth's; target 1",
        "coverage": "images: share of real images with a generated one in their neighbourhood",
        "inception_score": "images: how sure and how varied predicted classes are, in effective classes",
        "classes_covered": "images: classes that the classifier names for at least one image",
        "class_kl": "images: KL from the predicted classes' shares to equal ones, nats",
        "class_share": "images: share of generated images in each class",
        "conditional_accuracy": "images: share of generated images that show the class asked for",
        "class_accuracy": "images: the same, class by class",
        "nearest_distance": "images: distance to the nearest real image over that of real ones; target 1",
        "images_per_second": "images: real images trained on per second",
        "peak_memory": "images: memory of the job, or of its GPU, when training ended, MiB",
        "evaluation_share": "images: share of the time spent on measuring",
    },
)
