import re

import pytest

from gan_bench.errors import UsageError
from gan_bench.harness.suite import Suite, read_suite

FAKE = "tests/journeys/fake_experiment.py:EXPERIMENT"


def suite_file(tmp_path, text):
    file = tmp_path / "toy.toml"
    file.write_text(text)
    return file


def data(**experiment):
    return {
        "suite": {"name": "toy", "seeds": 2},
        "experiment": [{"kind": FAKE, "methods": ["works"], **experiment}],
    }


def complaints(source):
    with pytest.raises(UsageError) as caught:
        read_suite(source)
    return str(caught.value).splitlines()


def test_a_file_is_read_with_its_defaults(tmp_path):
    file = suite_file(
        tmp_path,
        '[suite]\nname = "toy"\nseeds = 3\nfirst_seed = 10\n'
        f'[[experiment]]\nkind = "{FAKE}"\nmethods = ["works"]',
    )
    suite = read_suite(file)
    assert suite.seeds == (10, 11, 12)
    assert suite.as_dict()["experiment"][0]["steps"] == 3
    assert suite.as_dict()["suite"]["device"] == "auto"
    assert read_suite(suite) is suite
    assert isinstance(read_suite(suite.as_dict()), Suite)


def test_all_errors_come_at_once_with_their_place(tmp_path):
    file = suite_file(
        tmp_path,
        f"""
suit = 1
[suite]
name = "toy"
seeds = 0
devise = "cpu"
[[experiment]]
kind = "{FAKE}"
methods = ["works", {{ name = "works", wait = 3 }}, 4]
steps = -5
mode = "fsat"
[[experiment]]
kind = "trainin"
[[experiment]]
methods = ["gan"]
[[experiment]]
kind = "{FAKE}"
""",
    )
    lines = complaints(file)
    expected = [
        r'toy.toml: unknown key "suit" - did you mean "suite"\? \(known: experiment, suite\)',
        r"toy.toml: suite: seeds: should be greater than or equal to 1, not 0",
        r'toy.toml: suite: unknown key "devise" - did you mean "device"\?',
        r'toy.toml: experiment 1: methods: item 2: unknown key "wait" - did you mean "weight"\? '
        r"\(known: name, weight\)",
        r"toy.toml: experiment 1: methods: item 3: should be a valid string, not 4",
        r"toy.toml: experiment 1: steps: should be greater than or equal to 1, not -5",
        r"toy.toml: experiment 1: mode: should be 'fast' or 'slow', not 'fsat'",
        r'toy.toml: experiment 2: unknown experiment "trainin" - did you mean "training"\?',
        r"toy.toml: experiment 3: kind: required",
        r"toy.toml: experiment 4: methods: required, but missing",
    ]
    for pattern in expected:
        assert any(re.match(pattern, line) for line in lines), (pattern, lines)


@pytest.mark.parametrize("seeds", [0, -1, True, 2.0, "8"])
def test_seeds_are_a_positive_whole_number(seeds):
    source = data()
    source["suite"]["seeds"] = seeds
    assert complaints(source)[0].startswith("suite: suite: seeds: ")


@pytest.mark.parametrize(("source", "message"), [
    ({}, r"suite: suite: the table \[suite\] with name and seeds is required"),
    ({"suite": {"name": "a", "seeds": 1}}, r"suite: experiment: at least one \[\[experiment\]\] table"),
    ({"suite": {"name": "a", "seeds": 1}, "experiment": []}, "suite: experiment: at least one"),
    ({"suite": {"seeds": 1}, "experiment": []}, "suite: suite: name: required, but missing"),
    ({"suite": {"name": "../a", "seeds": 1}, "experiment": []}, "suite: suite: name: .*should match pattern"),
])  # fmt: skip
def test_missing_tables(source, message):
    assert any(re.match(message, line) for line in complaints(source))


def test_malformed_toml_has_line_and_column(tmp_path):
    (line,) = complaints(suite_file(tmp_path, '[suite]\nname "toy"'))
    assert re.match(r"toy.toml: not valid TOML: .*\(at line 2, column 6\)", line)
    (line,) = complaints(suite_file(tmp_path, "\n").parent / "no.toml")
    assert "no such suite file" in line


def test_text_that_is_no_utf8(tmp_path):
    file = tmp_path / "toy.toml"
    file.write_bytes(b'name = "\xff"')
    assert "not valid TOML" in complaints(file)[0]


def test_a_folder_is_no_suite(tmp_path):
    assert "is a folder, not a suite file" in complaints(tmp_path)[0]


def test_unknown_name_offers_a_shipped_one(monkeypatch):
    monkeypatch.setattr("gan_bench.harness.suite.shipped", lambda: {"smoke": "", "default": ""})
    (line,) = complaints("smok")
    assert line == 'unknown suite "smok" - did you mean "smoke"? (known: default, smoke)'


def test_an_experiment_that_cannot_be_imported(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "mine.py").write_text("import nothing_like_it")
    (line,) = complaints(data(kind="mine.py:EXPERIMENT"))
    assert line.startswith("suite: experiment 1: mine.py:EXPERIMENT cannot be imported: ModuleNotFoundError")


def test_number_of_seeds_can_be_overridden():
    assert read_suite(data()).with_seeds(5).seeds == (0, 1, 2, 3, 4)
    for count in (0, 10**15):
        with pytest.raises(UsageError, match=f"seeds: must be a whole number from 1 to 100000, not {count}"):
            read_suite(data()).with_seeds(count)


def test_a_wrong_type_is_reported_beside_other_errors():
    lines = complaints(data(datasets="ring8", steps=0))
    assert "suite: experiment 1: datasets: should be a valid list, not 'ring8'" in lines
    assert len(lines) == 2


@pytest.mark.parametrize(
    ("kind", "changes", "said"),
    [
        ("divergence-sweep", {"separations": []}, "separations: must not be empty"),
        ("divergence-sweep", {"separations": [-1.0]}, "separations"),
        ("divergence-sweep", {"pairs": []}, "pairs: must not be empty"),
        ("critic-depth", {"depths": [0]}, "depths"),
        ("critic-depth", {"width": 0}, "width"),
        ("vanishing-gradient", {"separations": [-4.0]}, "separations"),
        ("non-overlap", {"separations": []}, "separations: must not be empty"),
        ("separability", {"datasets": ["ring8"], "sizes": []}, "sizes: must not be empty"),
        ("dirac", {"step_size": 0.0}, "step_size"),
        ("robustness", {"optimisers": []}, "optimisers: must not be empty"),
    ],
)
def test_bad_settings_of_an_experiment_are_one_line(kind, changes, said):
    table = {"kind": kind, "methods": ["gan"], **changes}
    with pytest.raises(UsageError) as caught:
        read_suite({"suite": {"name": "bad", "seeds": 1}, "experiment": [table]})
    lines = str(caught.value).splitlines()
    assert len(lines) == 1
    assert lines[0].startswith("suite: experiment 1: ")
    assert said in lines[0]
