import pytest

from gan_bench.analysis.verdicts import Verdict
from gan_bench.errors import UsageError
from gan_bench.gate.schema import Margin, parse_margin
from gan_bench.gate.thresholds import read_thresholds

GOOD = """
[[smoke.absolute]]
cells = "training/*/ring8"
metric = "w1"
upper_end_below = 2
[[smoke.claim]]
claim = "dirac"
not = ["refuted", "not tested"]
[[default.relative]]
cells = "images"
metric = "fid"
margin = "10%"
primary = true
"""


@pytest.fixture
def read(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    def reading(text):
        (tmp_path / "gate.toml").write_text(text)
        return read_thresholds(tmp_path / "gate.toml")

    return reading


def test_one_file_serves_several_suites(read):
    found = read(GOOD)
    smoke = found.of("smoke")
    assert [placed.place for placed in smoke.absolute] == ["smoke.absolute 1"]
    assert smoke.absolute[0].rule.bounds == {"upper_end_below": 2}
    assert not smoke.claim[0].rule.allows(Verdict.REFUTED)
    assert smoke.claim[0].rule.allows(Verdict.INCONCLUSIVE)
    assert found.of("default").relative[0].rule.margin == Margin(0.1, True)
    assert found.of("images").relative == ()


@pytest.mark.parametrize(("text", "line"), [
    ("[[smoke.absolut]]", 'smoke: unknown key "absolut" - did you mean "absolute"? (known: absolute, '),
    ("smoke = 3", 'unknown key "smoke": thresholds stand in tables such as [[smoke.absolute]]'),
    ("[smoke.absolute]\ncells = 'x'", "smoke.absolute: write [[smoke.absolute]], which may be repeated"),
    ("[[smoke.absolute]]\ncells = 'x'\nmetric = 'w1'",
     "smoke.absolute 1: needs a bound: upper_end_below, lower_end_above, median_below, median_above"),
    ("[[smoke.absolute]]\ncells = 'x'\nmetric = 'w1'\nmedian_belw = 1",
     'smoke.absolute 1: unknown key "median_belw" - did you mean "median_below"?'),
    ("[[smoke.absolute]]\ncells = 'x'\nmetric = 'w1'\nmedian_below = '1'",
     "smoke.absolute 1: median_below: should be a valid number, not '1'"),
    ("[[smoke.absolute]]\nmetric = 'w1'\nmedian_below = 1", "smoke.absolute 1: cells: required, but missing"),
    ("[[smoke.absolute]]\ncells = 3\nmetric = 'w1'\nmedian_below = 1",
     "smoke.absolute 1: cells: should be experiment/method/dataset, with * for any, not 3"),
    ("[[smoke.claim]]\nclaim = 'diraq'\nnot = 'refuted'",
     'smoke.claim 1: claim: unknown claim "diraq" - did you mean "dirac"?'),
    ("[[smoke.claim]]\nclaim = 'dirac'\nnot = 'refutd'",
     'smoke.claim 1: not: unknown verdict "refutd" - did you mean "refuted"? (known: confirmed, refuted, '),
    ("[[smoke.claim]]\nclaim = 'dirac'",
     'smoke.claim 1: needs one of allowed = "confirmed" and not = "refuted"'),
    ("[[smoke.rate]]\ncells = 'x'\nof = 'lost'\nupper_end_below = 0.5",
     "smoke.rate 1: of: should be 'diverged', 'collapsed' or 'failed', not 'lost'"),
    ("[[smoke.rate]]\ncells = 'x'\nof = 'failed'\nupper_end_below = 5",
     "smoke.rate 1: upper_end_below: should be less than or equal to 1, not 5"),
    ("[[smoke.relative]]\ncells = 'x'\nmetric = 'w1'\nmargin = '10'\n[[smoke.relative]]\nmargin = '-1%'",
     "smoke.relative 2: margin: should be a share such as \"10%\" or a number, not '-1%'"),
    ("[[smoke.relative]]\ncells = 'x'\nmetric = 'w1'\nmargin = 'max:5%'",
     'smoke.relative 1: margin: "max": only the mean is compared with a baseline; write "mean:10%"'),
    ("[[smoke.relative]]\ncells = 'x'\nmetric = 'w1'\nmargin = 0",
     "smoke.relative 1: margin: a margin is finite and above 0, not 0"),
    ("[[smoke.timing]]\ncells = 'x'\nmetric = 'w1'\nmedian_below = inf",
     "smoke.timing 1: median_below: should be a finite number, not inf"),
    ("[[smoke", "not valid TOML: "),
])  # fmt: skip
def test_every_mistake_has_its_line(read, text, line):
    with pytest.raises(UsageError) as raised:
        read(text)
    assert any(one.startswith(f"gate.toml: {line}") for one in str(raised.value).splitlines())


def test_all_mistakes_are_told_at_once(read):
    with pytest.raises(UsageError) as raised:
        read("[[smoke.claim]]\nclaim = 'x'\n[[default.rate]]\nof = 'y'\n[[default.wrong]]\n")
    assert len(str(raised.value).splitlines()) == 5


@pytest.mark.parametrize(("path", "message"), [
    ("gone.toml", "gone.toml: no such file of thresholds"),
    (".", "is a folder, not a file"),
])  # fmt: skip
def test_a_file_that_cannot_be_read_is_one_line(tmp_path, path, message):
    with pytest.raises(UsageError, match=message):
        read_thresholds(tmp_path / path)


@pytest.mark.parametrize(
    ("value", "size"), [("5%", 0.05), ("2.5 %", 0.025), ("mean:5%", 0.05), ("0.2", 0.2), (3, 3.0)]
)
def test_margins(value, size):
    assert parse_margin(value).size == pytest.approx(size)
