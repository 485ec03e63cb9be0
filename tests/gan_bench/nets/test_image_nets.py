"""All image networks: shapes, range, labels, and replicas that vmap, a loop and plain modules agree on."""

import pytest
import torch

from gan_bench import registry
from gan_bench.averaging import Average
from gan_bench.errors import UsageError
from gan_bench.nets.dcgan import DCGANCritic, DCGANGenerator
from gan_bench.nets.progressive import ProgressiveCritic, ProgressiveGenerator
from gan_bench.nets.resnet import ResNetCritic, ResNetGenerator
from gan_bench.nets.stack import Stack
from gan_bench.seeds import forked, generator

SEEDS, BATCH, LATENT = (0, 5), 3, 4
FAMILIES = ("dcgan", "resnet", "progressive")
GENERATORS = {"dcgan": DCGANGenerator, "resnet": ResNetGenerator, "progressive": ProgressiveGenerator}
CRITICS = {"dcgan": DCGANCritic, "resnet": ResNetCritic, "progressive": ProgressiveCritic}


def normals(*shape, of="x", dtype=torch.float64):
    return torch.randn(shape, generator=generator(0, of), dtype=dtype)


def labels(*shape, classes=3):
    return torch.randint(classes, shape, generator=generator(0, "labels"))


def made(factory):
    with forked(0, "test"):
        return factory().double()


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("classes", [0, 3])
@pytest.mark.parametrize(("size", "channels"), [(8, 1), (16, 3), (32, 6), (64, 1), (128, 3)])
def test_shapes_and_range_at_every_resolution(family, classes, size, channels):
    shape = (channels, size, size)
    net = made(lambda: GENERATORS[family](LATENT, shape, width=2, classes=classes))
    critic = made(lambda: CRITICS[family](shape, width=2, classes=classes))
    y = labels(BATCH) if classes else None
    images = net(10 * normals(BATCH, LATENT), y)
    assert images.shape == (BATCH, *shape)
    assert images.abs().max() <= 1
    assert images.std() > 0
    scores = critic(images, y)
    assert scores.shape == (BATCH,)
    assert scores.std() > 0


@pytest.mark.parametrize("build", [*GENERATORS.values(), *CRITICS.values()])
@pytest.mark.parametrize("shape", [(1, 24, 24), (1, 16, 32), (1, 4, 4), (3, 256, 256), (16, 16), (0, 8, 8)])
def test_shapes_that_no_network_makes_are_one_clear_line(build, shape):
    sizes = [LATENT] if build in GENERATORS.values() else []
    with pytest.raises(UsageError) as caught:
        build(*sizes, shape)
    wanted = "images must be (channels, size, size) with a size of 8, 16, 32, 64, 128"
    assert str(caught.value) == f"{build.__name__}: {wanted}, not {shape}"


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("given", [(2, 1, 16, 16), (2, 3, 8, 8), (3, 8, 8)])
def test_a_critic_refuses_images_of_another_shape(family, given):
    critic = made(lambda: CRITICS[family]((1, 8, 8), width=2))
    with pytest.raises(UsageError, match=r"takes images \(batch, 1, 8, 8\), not \(" + str(given[0])):
        critic(torch.zeros(given, dtype=torch.float64))


@pytest.mark.parametrize("family", FAMILIES)
def test_labels_must_be_there_exactly_where_there_are_classes(family):
    shape = (1, 8, 8)
    z, x = normals(BATCH, LATENT), normals(BATCH, *shape)
    for with_classes, without, given in (
        (lambda: GENERATORS[family](LATENT, shape, 2, 3), lambda: GENERATORS[family](LATENT, shape, 2), z),
        (lambda: CRITICS[family](shape, 2, 3), lambda: CRITICS[family](shape, 2), x),
    ):
        conditional, plain = made(with_classes), made(without)
        with pytest.raises(UsageError, match=": a network of 3 classes needs a label for every sample"):
            conditional(given)
        with pytest.raises(UsageError, match="labels were given to a network without classes"):
            plain(given, labels(BATCH))
        with pytest.raises(UsageError, match=r"3 samples need as many labels, not the shape \(1,\)"):
            conditional(given, labels(1))
        with pytest.raises(IndexError):
            conditional(given, labels(BATCH) + 3)


@pytest.mark.parametrize("family", FAMILIES)
def test_a_label_changes_its_own_score_and_no_other(family):
    critic = made(lambda: CRITICS[family]((1, 8, 8), 2, 3))
    x = normals(BATCH, 1, 8, 8)
    change = critic(x, torch.tensor([0, 1, 2])) - critic(x, torch.tensor([0, 1, 0]))
    assert change[:2].tolist() == [0, 0]
    assert change[2].abs() > 1e-6


@pytest.mark.parametrize("family", FAMILIES)
def test_a_label_changes_its_image_once_classes_differ(family):
    net = made(lambda: GENERATORS[family](LATENT, (1, 8, 8), 2, 3))
    z = normals(BATCH, LATENT)
    first, second = torch.tensor([0, 1, 2]), torch.tensor([0, 1, 0])
    if family != "progressive":  # where the label is part of the latent from the start
        assert torch.equal(net(z, first), net(z, second))
    with torch.no_grad():
        for name, value in net.named_parameters():
            if name.endswith(("gain", "bias")) and value.dim() == 2:
                value += normals(*value.shape, of=name)
    assert (net(z, first) - net(z, second))[2].abs().max() > 1e-3


# Name -> (module of a given width, shape of one input, classes).
CASES = {
    **{
        f"{f}-generator": (lambda w, f=f: GENERATORS[f](LATENT, (1, 8, 8), w), (LATENT,), 0) for f in FAMILIES
    },
    **{f"{f}-critic": (lambda w, f=f: CRITICS[f]((2, 16, 16), w), (2, 16, 16), 0) for f in FAMILIES},
    **{
        f"{f}-generator, classes": (lambda w, f=f: GENERATORS[f](LATENT, (2, 16, 16), w, 3), (LATENT,), 3)
        for f in FAMILIES
    },
    **{f"{f}-critic, classes": (lambda w, f=f: CRITICS[f]((1, 8, 8), w, 3), (1, 8, 8), 3) for f in FAMILIES},
    "dcgan-critic, batch norm": (lambda w: DCGANCritic((1, 16, 16), w, batch_norm=True), (1, 16, 16), 0),
}
STAGED = [(case, progress) for case in CASES for progress in (1.0, 0.6) if "prog" in case or progress == 1.0]


def derivatives(outputs, x, parameters):
    """Gradients of a curved loss, and those of the squared slope in x, with respect to the parameters."""
    first = torch.autograd.grad(outputs.square().sum(), parameters, retain_graph=True, materialize_grads=True)
    (slope,) = torch.autograd.grad(outputs.sin().sum(), x, create_graph=True)
    second = torch.autograd.grad(slope.square().sum(), parameters, materialize_grads=True)
    return [*first, *second]


@pytest.mark.parametrize(("case", "progress"), STAGED)
def test_vmap_a_loop_and_plain_modules_agree_to_second_derivatives(case, progress):
    factory, shape, classes = CASES[case]
    x = normals(len(SEEDS), BATCH, *shape).requires_grad_()
    y = labels(len(SEEDS), BATCH) if classes else None
    vectorised, looped = (Stack(lambda: factory(2), SEEDS, "net", dtype=torch.float64) for _ in range(2))
    vectorised.grow(progress), looped.grow(progress)
    looped._probed, looped.fallback = True, "for comparison"
    outputs = {stack: stack(x, labels=y) for stack in (vectorised, looped)}
    assert vectorised.fallback == ""
    found = {stack: derivatives(out, x, list(stack.trainable.values())) for stack, out in outputs.items()}
    for index, seed in enumerate(SEEDS):
        with forked(seed, "init/net"):
            alone = factory(2).double()
        if hasattr(alone, "grow"):
            alone.grow(progress)
        own = x[index].detach().requires_grad_()
        expected = alone(own) if y is None else alone(own, y[index])
        wanted = derivatives(expected, own, list(alone.parameters()))
        for stack, out in outputs.items():
            # float64: another order of summation, nothing more.
            torch.testing.assert_close(out[index], expected, rtol=1e-10, atol=1e-10)
            for a, b in zip(found[stack], wanted, strict=True):
                scale = b.abs().max().clamp(min=1)
                torch.testing.assert_close(a[index] / scale, b / scale, rtol=0, atol=1e-10)


@pytest.mark.parametrize("precision", ["float32", "mixed"])
@pytest.mark.parametrize("case", CASES)
def test_vmap_serves_in_training_precision_too(case, precision):
    """The probe compares at a tolerance of float32, with weights moved off their start.

    Features enough for pixel norm: of two, both are close to 0 at some pixel, where only rounding is left.
    """
    factory, shape, classes = CASES[case]
    stack = Stack(lambda: factory(8), SEEDS, "net")
    x, y = normals(len(SEEDS), 16, *shape).float(), labels(len(SEEDS), 16) if classes else None
    with torch.autocast("cpu", torch.bfloat16, enabled=precision == "mixed"):
        stack(x, labels=y)
    assert stack.fallback == ""


@pytest.mark.parametrize(
    ("case", "coupled"),
    [(c, "batch norm" in c or ("generator" in c and "progressive" not in c)) for c in CASES],
)
def test_batch_statistics_are_known_where_samples_are_coupled(case, coupled):
    factory, shape, classes = CASES[case]
    stack = Stack(lambda: factory(2), SEEDS[:1], "net", dtype=torch.float64)
    x, y = normals(1, 4, *shape), labels(1, 4) if classes else None
    whole = stack(x, labels=y)[:, :2]
    part = stack(x[:, :2], labels=None if y is None else y[:, :2])
    assert stack.has_batch_statistics == coupled
    assert torch.allclose(whole, part, rtol=0, atol=1e-10) != coupled
    assert stack.buffers == {}


def test_the_average_of_a_conditional_generator_passes_labels_on():
    stack = Stack(lambda: CASES["dcgan-generator, classes"][0](2), SEEDS, "net", dtype=torch.float64)
    z, y = normals(len(SEEDS), BATCH, LATENT), labels(len(SEEDS), BATCH)
    torch.testing.assert_close(Average(stack, 0.9)(z, labels=y), stack(z, labels=y), rtol=0, atol=0)
    with pytest.raises(UsageError, match="needs a label"):
        stack(z)


def test_a_label_out_of_range_never_reads_another_seeds_class():
    stack = Stack(lambda: CASES["dcgan-critic, classes"][0](2), SEEDS, "net", dtype=torch.float64)
    x, y = normals(len(SEEDS), BATCH, 1, 8, 8), labels(len(SEEDS), BATCH)
    stack(x, labels=y)
    with pytest.raises(IndexError):
        stack(x, labels=y + 3)


@pytest.mark.parametrize("family", FAMILIES)
def test_networks_are_known_by_name(family):
    assert registry.load("nets", f"{family}-generator") is GENERATORS[family]
    assert registry.load("nets", f"{family}-critic") is CRITICS[family]
