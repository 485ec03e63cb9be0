"""The claims that a run re-tests: what textbooks and papers say, with the source. Free of torch.

The rules and margins by which a claim is judged stand beside the experiment that tests it (its `claims.py`),
and were set before any run. A claim may be tested by several experiments: all their parts count.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Claim:
    """One statement: a short name for anchors, what is said, who says it, and the suite that tests it."""

    name: str
    statement: str
    source: str
    suite: str = "theory"


_TABLE = [
    Claim(
        "js-is-blind",
        "Where supports do not overlap, Jensen-Shannon stays at ln 2 whatever the separation; Wasserstein-1 "
        "equals it.",
        "Arjovsky et al. 2017, example 1",
    ),
    Claim(
        "vanishing-gradient",
        "Where supports do not overlap, the minimax generator's gradient vanishes as its critic learns; the "
        "non-saturating one grows and becomes noisy; under a gradient penalty it stays.",
        "Arjovsky & Bottou 2017; Goodfellow et al. 2014; the penalised half is ours",
    ),
    Claim(
        "clipping-saturates",
        "Clipping drives most critic weights to the edge of the box; a gradient penalty does not.",
        "Gulrajani et al. 2017, fig. 1b",
    ),
    Claim(
        "depth",
        "In a deep clipped critic gradients explode or vanish with depth, depending on c; under a gradient "
        "penalty they do neither.",
        "Gulrajani et al. 2017, fig. 1b",
    ),
    Claim(
        "gap-and-w1",
        "A trained critic's gap measures Wasserstein-1: by a known law under a penalty, as a lower bound "
        "under spectral normalisation, and off by a varying factor under clipping.",
        "Milne & Nachman 2022; the tests are ours",
    ),
    Claim(
        "simple-surfaces",
        "Clipped critics learn too simple surfaces; penalised critics come closer to the optimal potential.",
        "Gulrajani et al. 2017, fig. 1a",
    ),
    Claim(
        "meaningful-loss",
        "The Wasserstein critic's loss follows the true distance while training; the Jensen-Shannon estimate "
        "does so less.",
        "Arjovsky et al. 2017, sec. 4.2",
    ),
    Claim(
        "dirac",
        "On the Dirac-GAN every method converges, cycles or diverges as its published eigenvalues say.",
        "Mescheder et al. 2018",
    ),
    Claim(
        "lipschitz-convergence",
        "A 1-Lipschitz critic implies convergence.",
        "source note; Mescheder et al. 2018 say no",
    ),
    Claim(
        "finite-samples",
        "A wide discriminator separates two finite samples of one and the same distribution, and learns "
        "nothing that holds for others.",
        "Arora et al. 2017",
    ),
    Claim(
        "mode-coverage",
        "Lipschitz control covers more modes than minimax on the 25-mode grid.",
        "source note; Lucic et al. 2018 find no consistent winner",
        "paper",
    ),
    Claim(
        "image-quality",
        "On images, critics kept Lipschitz by a penalty or spectral normalisation reach a lower FID than the "
        "minimax GAN, at the budget of this run.",
        "Gulrajani et al. 2017; Miyato et al. 2018, table 2; Lucic et al. 2018 find no consistent winner",
        "images",
    ),
    Claim(
        "image-clipping",
        "On images, critics kept Lipschitz by a penalty or spectral normalisation reach a lower FID than "
        "clipped ones, at the budget of this run.",
        "Gulrajani et al. 2017; Miyato et al. 2018, table 2",
        "images",
    ),
    Claim(
        "image-coverage",
        "On 1,000 modes of stacked digits, Lipschitz control covers more than minimax.",
        "PacGAN (Lin et al. 2018) and later tables of Stacked MNIST",
        "stacked-mnist",
    ),
    Claim(
        "robustness",
        "Spectral normalisation survives the optimiser settings A to F; WGAN-GP fails at D to F.",
        "Miyato et al. 2018, table 1 and fig. 1 (on images)",
    ),
    Claim(
        "penalty-cost",
        "A step with gradient penalty costs 1.3 to 2.5 clipped steps.",
        "public training logs: 1.83",
    ),
    Claim(
        "one-sided",
        "One-sided and two-sided penalties train alike; where supports overlap the one-sided critic is "
        "closer to Wasserstein-1.",
        "Gulrajani et al. 2017; Petzka et al. 2018",
    ),
    Claim(
        "unconstrained",
        "Without a constraint the Wasserstein critic's gap grows without bound; constrained gaps level off.",
        "source note",
    ),
    Claim(
        "momentum",
        "Momentum hurts the clipped critic.",
        "Arjovsky et al. 2017, sec. 4",
    ),
    Claim(
        "spectral-gradients",
        "Spectral normalisation keeps every gradient of the critic at most 1.",
        "source note; Miyato et al. 2018",
    ),
]

CLAIMS: dict[str, Claim] = {claim.name: claim for claim in _TABLE}
