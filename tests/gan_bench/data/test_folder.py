"""A user's folder of pictures: what is read, the classes, and one clear line for every mistake."""

import shutil
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from gan_bench.data import folder
from gan_bench.data.folder import Wanted
from gan_bench.data.images import build_image_dataset
from gan_bench.errors import UsageError
from gan_bench.seeds import Streams

pytestmark = pytest.mark.usefixtures("places_of_its_own")


def noise(seed, *shape):
    return np.random.default_rng(seed).integers(0, 256, shape, dtype=np.uint8)


def write(path, pixels):
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(pixels).save(path)
    return pixels


def folder_of(root, count=10, side=8, first=0):
    """Colour pictures 00.png ... of noise; returns them (count, 3, side, side)."""
    made = [write(root / f"{i:02}.png", noise(first + i, side, side, 3)) for i in range(count)]
    return np.stack(made).transpose(0, 3, 1, 2)


def whole(dataset):
    """All images and labels of both splits, sorted by content."""
    parts = [dataset.reference(dataset.size_of(s), "all", s) for s in ("train", "test")]
    images = torch.cat([images for images, _ in parts]).numpy()
    labels = None if parts[0][1] is None else torch.cat([labels for _, labels in parts]).numpy()
    order = np.lexsort(images.reshape(len(images), -1).T)
    return images[order], None if labels is None else labels[order]


def read(path, **wanted):
    """All pictures of a folder in the order of their names, and their labels."""
    return folder.decoded(folder.files_of(Path(path)), Wanted(**wanted))


def in_order(images):
    return images[np.lexsort(images.reshape(len(images), -1).T)]


@pytest.mark.parametrize("spec", ["mine/", {"name": "folder", "path": "mine"}, {"name": "mine/"}])
def test_a_folder_is_read_pixel_by_pixel(places_of_its_own, spec):
    pictures = folder_of(places_of_its_own / "mine")
    dataset = build_image_dataset(spec)
    images, labels = whole(dataset)
    assert np.array_equal(images, in_order(pictures))
    assert labels is None
    assert (dataset.name, dataset.sample_shape, dataset.classes) == ("mine", (3, 8, 8), 0)
    assert dataset.capabilities == {"images"}
    assert (dataset.size_of("train"), dataset.size_of("test")) == (8, 2)
    batch, labels = dataset.batch(4, Streams((0, 1)))
    assert batch.shape == (2, 4, 3, 8, 8)
    assert labels is None


def test_sub_folders_are_classes_by_name(places_of_its_own):
    first = folder_of(places_of_its_own / "mine" / "b", 6)
    second = folder_of(places_of_its_own / "mine" / "a", 4, first=50)
    dataset = build_image_dataset("mine/")
    images, labels = whole(dataset)
    found = {image.tobytes(): label for image, label in zip(images, labels, strict=True)}
    assert [found[image.tobytes()] for image in (*second, *first)] == [0] * 4 + [1] * 6
    assert (dataset.classes, dataset.class_weights.sum().item()) == (2, pytest.approx(1))
    assert dataset.capabilities == {"images", "classes"}


def test_equal_images_fall_into_one_split(places_of_its_own):
    for index in range(12):
        write(places_of_its_own / "mine" / f"{index}.png", noise(index % 4, 8, 8))
    dataset = build_image_dataset("mine/")
    train, test = (dataset.reference(dataset.size_of(s), "all", s)[0] for s in ("train", "test"))
    assert (len(train), len(test)) == (9, 3)
    assert torch.cdist(train.flatten(1).float(), test.flatten(1).float()).min() > 0


def test_pictures_are_resized_and_made_grey_on_request(places_of_its_own):
    write(places_of_its_own / "mine" / "wide.png", np.full((16, 40, 3), (255, 0, 0), np.uint8))
    write(places_of_its_own / "mine" / "grey.png", np.full((30, 20), 200, np.uint8))
    found = read("mine", size=8, channels=1)
    assert found.images.shape == (2, 1, 8, 8)
    # Red is 299 thousandths of white to the eye.
    assert [int(image.max()) for image in found.images] == [200, 76]
    assert [int(image.min()) for image in found.images] == [200, 76]
    colour = read("mine", size=8, channels=3)
    assert colour.images[1][:, 0, 0].tolist() == [255, 0, 0]


def test_sixteen_bits_are_cut_to_the_upper_eight(places_of_its_own):
    pixels = np.linspace(0, 65535, 64).astype(np.uint16).reshape(8, 8)
    Image.fromarray(pixels).save(places_of_its_own / "deep.png")
    assert np.array_equal(read(".").images[0, 0], pixels // 256)


def test_turned_photographs_are_turned_upright(places_of_its_own):
    picture = Image.fromarray(noise(0, 8, 8, 3))
    exif = Image.Exif()
    exif[274] = 6  # orientation: a quarter turn
    picture.save(places_of_its_own / "photo.png", exif=exif)
    expected = np.rot90(np.asarray(picture), -1).transpose(2, 0, 1)
    assert np.array_equal(read(".").images[0], expected)


def test_what_is_left_out_is_said(places_of_its_own):
    mine = places_of_its_own / "mine"
    folder_of(mine)
    (mine / "notes.txt").write_text("mine")
    (mine / "broken.png").write_bytes((mine / "00.png").read_bytes()[:60])
    write(mine / "clear.png", noise(99, 8, 8, 4))
    (mine / ".hidden").mkdir()
    palette = Image.fromarray(noise(98, 8, 8, 3)).quantize(16)
    palette.save(mine / "palette.png", transparency=bytes(range(16)))
    dataset = build_image_dataset({"name": "mine/", "broken": "skip"})
    assert dataset.remark == (
        "1 broken image left out; 1 file without an image's ending ignored; transparency of 2 images dropped"
    )
    assert dataset.size_of("train") + dataset.size_of("test") == 12
    assert dataset.name == "mine[broken=skip]"


def test_labels_stay_with_their_images_where_broken_ones_are_left_out(places_of_its_own):
    folder_of(places_of_its_own / "mine" / "a", 3)
    folder_of(places_of_its_own / "mine" / "b", 3, first=50)
    (places_of_its_own / "mine" / "a" / "01.png").write_bytes(b"none")
    assert read("mine", skip_broken=True).labels.tolist() == [0, 0, 1, 1, 1]


# Endings that Pillow knows without reading them, or reads by starting programs of the machine.
@pytest.mark.parametrize("name", ["notes.pdf", "data.h5", "film.mpg", "page.eps", "page.ps", "icon.wmf"])
def test_what_is_no_image_beside_images_is_ignored(places_of_its_own, name):
    assert name[name.index(".") :] in Image.registered_extensions()
    pictures = folder_of(places_of_its_own / "mine")
    (places_of_its_own / "mine" / name).write_text("none")
    dataset = build_image_dataset("mine/")
    assert np.array_equal(whole(dataset)[0], in_order(pictures))
    assert dataset.remark == "1 file without an image's ending ignored"


def test_a_document_under_an_image_s_name_starts_no_program(places_of_its_own, monkeypatch):
    write(places_of_its_own / "mine" / "a.png", noise(0, 8, 8))
    Image.fromarray(noise(0, 8, 8)).save(places_of_its_own / "page.eps")
    shutil.move("page.eps", "mine/b.png")
    monkeypatch.setattr("PIL.EpsImagePlugin.Ghostscript", lambda *_, **__: pytest.fail("was started"))
    with pytest.raises(UsageError, match=r"^mine/b\.png cannot be read as an image: UnidentifiedImageError"):
        build_image_dataset("mine/")


@pytest.mark.parametrize("ending", folder.ENDINGS)
def test_every_ending_that_counts_is_read(places_of_its_own, ending):
    kind = Image.registered_extensions()[ending]
    assert kind in folder.FORMATS
    picture = Image.fromarray(np.full((8, 8, 3), 200, np.uint8))
    picture.save(places_of_its_own / f"a{ending.upper()}", kind)
    # Grey from white to black: no lossy kind changes a flat image by more than this.
    assert abs(read(".").images.astype(int) - 200).max() <= 2


def test_images_of_each_class_are_counted_without_reading_any(places_of_its_own, monkeypatch):
    images, labels = noise(0, 40, 8, 8), np.arange(40) % 2
    np.savez("a.npz", images=images, labels=np.append(labels[:-1], 2))
    dataset = build_image_dataset("a.npz")
    counted = {split: dataset.class_counts(split) for split in ("train", "test")}
    for split, counts in counted.items():
        found = dataset.reference(dataset.size_of(split), "all", split)[1]
        assert counts.tolist() == [int((found == k).sum()) for k in range(3)]
    # The one image of the third class lies in one split, so the other has none.
    assert sorted(counts[2].item() for counts in counted.values()) == [0, 1]
    np.save("b.npy", images)
    assert build_image_dataset("b.npy").class_counts("test") is None


def test_one_class_is_no_class(places_of_its_own):
    folder_of(places_of_its_own / "mine" / "only")
    dataset = build_image_dataset("mine/")
    assert (dataset.classes, dataset.remark) == (0, "one class only: taken as unlabelled")


def corrupt(here):
    folder_of(here / "mine", 3)
    (here / "mine" / "01.png").write_bytes((here / "mine" / "00.png").read_bytes()[:60])


def no_picture(here):
    corrupt(here)
    for path in (here / "mine").iterdir():
        path.write_bytes(b"none")


def empty(here):
    (here / "mine").mkdir()
    (here / "mine" / "notes.txt").write_text("none")


def mixed_sizes(here):
    folder_of(here / "mine", 3)
    write(here / "mine" / "zz.png", noise(9, 16, 16, 3))


def mixed_channels(here):
    folder_of(here / "mine", 3)
    write(here / "mine" / "zz.png", noise(9, 8, 8))


def odd_size(here):
    write(here / "mine" / "a.png", noise(0, 20, 30, 3))


def both_levels(here):
    folder_of(here / "mine", 2)
    folder_of(here / "mine" / "cats", 2)


def empty_class(here):
    folder_of(here / "mine" / "cats", 2)
    (here / "mine" / "dogs").mkdir()


def deeper(here):
    folder_of(here / "mine" / "cats" / "tabby", 2)


def alike(here):
    for name in "abc":
        write(here / "mine" / f"{name}.png", noise(0, 8, 8))


def floats(here):
    (here / "mine").mkdir()
    Image.fromarray(np.zeros((8, 8), np.float32)).save(here / "mine" / "a.tiff")


def ten(here):
    folder_of(here / "mine")


MISTAKES = [
    (
        corrupt,
        {},
        'mine/01.png cannot be read as an image: OSError: .* \\(broken = "skip" leaves such files out\\)',
    ),
    (no_picture, {"broken": "skip"}, "mine: none of its 3 images can be read"),
    (
        empty,
        {},
        "mine: there is no image in this folder: a file counts whose name ends in .png, .jpg, .*, .tga",
    ),
    (mixed_sizes, {}, "mine/zz.png is 16 x 16 but 00.png is 8 x 8; say size = ... to bring all to one size"),
    (mixed_channels, {}, "mine/zz.png is grey but 00.png is in colour; say channels = 1 or channels = 3"),
    (
        odd_size,
        {},
        "mine/a.png is 30 x 20; without size = ... images must be square with a side of 8, 16, 32, 64, 128",
    ),
    (both_levels, {}, "mine: images lie beside the folder cats; put all into sub-folders, .*"),
    (empty_class, {}, "mine: the class folder dogs has no image: a file counts whose name ends in .png.*"),
    (deeper, {}, "mine: the class folder cats has a folder tabby; classes are one level of sub-folders"),
    (alike, {}, "mine: all 3 images are alike, or there is only one: none is left to train on"),
    (floats, {}, "mine/a.tiff cannot be read as an image: ValueError: pixels of kind F, not 8 or 16 bits.*"),
    (ten, {"size": 9}, "mine: size must be one of 8, 16, 32, 64, 128, not 9"),
    (ten, {"channels": 2}, "mine: channels must be 1 or 3, not 2"),
    (ten, {"broken": "ignore"}, 'mine: broken must be "fail" or "skip", not \'ignore\''),
    (ten, {"test_share": 1.0}, "mine: test_share must be a number between 0 and 1, not 1.0"),
    (ten, {"sise": 8}, 'mine/: unknown option "sise" - did you mean "size"\\? \\(known: .*\\)'),
    (
        lambda here: None,
        {},
        "mine: there is no such folder or file in the current folder \\(--data-dir .*\\)",
    ),
]


@pytest.mark.parametrize(("make", "options", "message"), MISTAKES)
def test_every_mistake_is_one_line_that_says_where(places_of_its_own, make, options, message):
    make(places_of_its_own)
    with pytest.raises(UsageError, match=f"^images.toml: experiment 1: {message}$"):
        build_image_dataset({"name": "mine/", **options}, "images.toml: experiment 1")
