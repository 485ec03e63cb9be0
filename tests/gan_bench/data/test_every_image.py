"""All images of a place, as they are scored: at any depth, unlabelled, of one required shape."""

import numpy as np
import pytest
from PIL import Image

from gan_bench import places
from gan_bench.data.folder import Required, Wanted
from gan_bench.data.own import every_image
from gan_bench.errors import UsageError

pytestmark = pytest.mark.usefixtures("places_of_its_own")
GREY = Wanted(required=Required((1, 8, 8), "the set", "fit them"))


def write(path, *shape, value=7):
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(np.full(shape, value, np.uint8)).save(path)


def test_images_at_any_depth_beside_each_other_without_a_split(places_of_its_own):
    mine = places_of_its_own / "mine"
    for value, name in enumerate(("top.png", "a/deep/one.png", "b/two.bmp", ".hidden/three.png")):
        write(mine / name, 8, 8, value=value)
    (mine / "b" / "notes.txt").write_text("mine")
    found = every_image("mine", GREY)
    assert found.images[:, 0, 0, 0].tolist() == [0, 1, 2]
    assert (found.labels, found.classes) == (None, 0)
    assert found.remark == "1 file without an image's ending ignored"


def test_labels_of_a_file_are_left_out():
    np.savez("a.npz", images=np.zeros((3, 8, 8), np.uint8), labels=np.array([5, 5, 9]))
    found = every_image("a.npz", GREY)
    assert (found.images.shape, found.labels, found.classes) == ((3, 1, 8, 8), None, 0)
    assert found.remark == "read as N, H, W, bytes; labels not used"


@pytest.mark.parametrize(("shape", "said"), [
    ((8, 12), "mine/b.png is 12 x 8 grey, but the set is 8 x 8 grey; fit them"),
    ((8, 8, 3), "mine/b.png is 8 x 8 in colour, but the set is 8 x 8 grey; fit them"),
])  # fmt: skip
def test_the_first_picture_of_another_shape_is_named(places_of_its_own, shape, said):
    write(places_of_its_own / "mine" / "a.png", 8, 8)
    write(places_of_its_own / "mine" / "b.png", *shape)
    with pytest.raises(UsageError) as caught:
        every_image("mine", GREY)
    assert str(caught.value) == said


def test_an_array_of_another_shape(places_of_its_own):
    np.save("a.npy", np.zeros((3, 3, 16, 8), np.uint8))
    with pytest.raises(UsageError, match=r"^a\.npy: an image is 8 x 16 in colour, but the set is 8 x 8 grey"):
        every_image("a.npy", GREY)


def test_an_empty_folder(places_of_its_own):
    (places_of_its_own / "mine" / "deep").mkdir(parents=True)
    with pytest.raises(
        UsageError, match=r"^mine: there is no image in this folder: a file counts whose name ends"
    ):
        every_image("mine", GREY)


def test_reading_alone_leaves_no_cache(places_of_its_own):
    write(places_of_its_own / "mine" / "a.png", 8, 8)
    every_image("mine", GREY)
    assert not places.cache_dir().exists()
