"""Training in mixed precision: bfloat16 products, everything else in full; channels-last; labels."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from gan_bench.data.images import build_image_dataset
from gan_bench.methods.build import build_method
from gan_bench.nets.dcgan import DCGANCritic, DCGANGenerator
from gan_bench.train import Trainer

SHAPE = (1, 16, 16)


def trainer(method, **options):
    return Trainer(
        build_method(method),
        build_image_dataset("glyphs"),
        lambda: DCGANGenerator(8, SHAPE, 8),
        lambda: DCGANCritic(SHAPE, 8),
        (0, 1),
        batch_size=16,
        latent=8,
        **options,
    )


@pytest.mark.parametrize("method", ["nsgan", "wgan-gp"])
def test_mixed_precision_follows_full_precision_to_its_rounding(method):
    full, mixed = trainer(method), trainer(method, mixed_precision=True, channels_last=True)
    for one in (full, mixed):
        one.critic_step()
        one.generator_step()
    for name, loss in full.losses.items():
        # bfloat16 keeps 8 bits: a mean of scores near 1 is off by less than a hundredth or two.
        torch.testing.assert_close(mixed.losses[name], loss, rtol=0.03, atol=0.03)
        assert not torch.equal(mixed.losses[name], loss), name
    for role in ("critic", "generator"):
        values = getattr(mixed, role).trainable.values()
        assert {value.dtype for value in values} == {torch.float32}
        assert {value.grad.dtype for value in values} == {torch.float32}


def test_the_penalty_is_taken_in_full_precision(monkeypatch):
    seen = []

    class Watching(DCGANCritic):
        def forward(self, x, labels=None):
            seen.append((x.requires_grad, torch.is_autocast_enabled("cpu")))
            return super().forward(x, labels)

    mixed = trainer("wgan-gp", mixed_precision=True, channels_last=True)
    watched = Trainer(
        mixed.method,
        mixed.dataset,
        lambda: DCGANGenerator(8, SHAPE, 8),
        lambda: Watching(SHAPE, 8),
        (0,),
        batch_size=16,
        latent=8,
        mixed_precision=True,
        channels_last=True,
    )
    seen.clear()
    watched.critic_step()
    # Scores of real and fake samples together in bfloat16, then of interpolates, which are differentiated.
    assert seen == [(False, True), (True, False)]


def test_channels_last_computes_the_same():
    plain, last = (
        trainer("wgan-gp", dtype=torch.float64),
        trainer("wgan-gp", dtype=torch.float64, channels_last=True),
    )
    for one in (plain, last):
        for _ in range(3):
            one.critic_step()
            one.generator_step()
    assert last.critic.fallback == "channels-last"
    for name, value in plain.generator.trainable.items():
        # Adam divides by gradients: rounding of 1e-16 grows, over three steps, to this at most.
        torch.testing.assert_close(last.generator.trainable[name], value, rtol=1e-8, atol=1e-10)


def test_images_lie_pixel_by_pixel_where_asked():
    seen = []

    class Layout(nn.Module):
        def __init__(self):
            super().__init__()
            self.net = nn.Conv2d(2, 1, 16)

        def forward(self, x):
            seen.append(x.is_contiguous(memory_format=torch.channels_last) and not x.is_contiguous())
            return self.net(x).flatten(1)

    method = build_method({"name": "packs", "base": "wgan-none", "constraints": ["pack"]})
    made = Trainer(
        method,
        build_image_dataset("glyphs"),
        lambda: DCGANGenerator(8, SHAPE, 8),
        Layout,
        (0,),
        batch_size=4,
        latent=8,
        channels_last=True,
    )
    made.critic_step()
    assert seen == [True]
