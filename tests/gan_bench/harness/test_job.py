import pytest

from gan_bench.harness.job import Job

JOB = Job("training", "wgan-gp", "ring[modes=12]", (0, 1), {"steps": 5, "rate": 0.1})


def test_key_is_readable_and_a_safe_folder_name():
    assert JOB.key == f"training--wgan-gp--ring-modes-12--{JOB.digest}"
    hostile = Job("../../x", "</script>", "a" * 300, (0,))
    assert "/" not in hostile.key
    assert len(hostile.key) < 120


@pytest.mark.parametrize("other", [
    Job("other", "wgan-gp", "ring[modes=12]", (0, 1), {"steps": 5, "rate": 0.1}),
    Job("training", "gan", "ring[modes=12]", (0, 1), {"steps": 5, "rate": 0.1}),
    Job("training", "wgan-gp", "ring8", (0, 1), {"steps": 5, "rate": 0.1}),
    Job("training", "wgan-gp", "ring[modes=12]", (0, 2), {"steps": 5, "rate": 0.1}),
    Job("training", "wgan-gp", "ring[modes=12]", (0, 1), {"steps": 6, "rate": 0.1}),
])  # fmt: skip
def test_whatever_changes_numbers_changes_the_key(other):
    assert other.digest != JOB.digest


def test_what_changes_no_number_leaves_the_key():
    same = Job("training", "wgan-gp", "ring[modes=12]", (0, 1), {"rate": 0.1, "steps": 5}, "reason", "x.py:E")
    assert same.key == JOB.key


def test_round_trip_as_plain_data():
    job = Job("a", "b", "c", (3,), {"x": [1, {"y": None}]}, skip="why", source="x.py:E")
    assert Job.from_dict(job.as_dict()) == job


def test_settings_without_a_json_form_are_refused():
    with pytest.raises(ValueError, match="JSON"):
        _ = Job("a", "b", "c", (0,), {"x": float("nan")}).digest
