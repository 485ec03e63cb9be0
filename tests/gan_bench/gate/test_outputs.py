"""JUnit, markdown, the terminal and the stored gate: other programs and people read them."""

import io
import json
import math
from dataclasses import replace
from xml.etree import ElementTree as Xml

import pytest
from rich.console import Console

from gan_bench.commands import codes
from gan_bench.commands.gate_table import show
from gan_bench.gate import gate as gates
from gan_bench.gate.finding import Finding, Outcome
from gan_bench.gate.gate import Gate, Source, gate_of, values_digest
from gan_bench.gate.junit import junit
from gan_bench.gate.stored import read, write
from gan_bench.gate.summary import summary

HOSTILE = "</script><img onerror=x> | `a` [b](c) \x00 & *d*"


def made(*outcomes: Outcome, strict: bool = False, sentence: str = HOSTILE) -> Gate:
    findings = [
        Finding("absolute", o, f"training/gan/{k}", "w1", sentence, f"toy.absolute {k}")
        for k, o in enumerate(outcomes)
    ]
    return gate_of("toy", findings, Source("t.toml", "ab"), Source("base", "cd"), (), strict=strict)


EVERY = tuple(Outcome)


@pytest.mark.parametrize("strict", [False, True])
def test_junit_counts_what_it_holds_and_survives_hostile_names(strict):
    root = Xml.fromstring(junit(made(*EVERY, strict=strict)))
    assert root.tag == "testsuites"
    (suite,) = root
    tags = [{child.tag for child in case} for case in suite]
    assert tags == [{"failure"}, {"error"}, {"failure" if strict else "skipped"}, {"system-out"}, {"skipped"}]
    for element in (root, suite):
        assert element.get("tests") == "5"
        assert element.get("failures") == ("2" if strict else "1")
        assert element.get("errors") == "1"
        assert element.get("skipped") == ("1" if strict else "2")
    assert suite[0][0].get("message") == HOSTILE.replace("\x00", "?")


def test_junit_of_nothing_compared_is_an_error():
    root = Xml.fromstring(junit(made()))
    assert (root.get("tests"), root.get("errors")) == ("1", "1")
    assert "no threshold for the suite" in root[0][0][0].get("message")


def test_the_summary_keeps_its_table_whatever_a_name_holds():
    text = summary(made(*EVERY))
    rows = [line for line in text.splitlines() if line.startswith("|") and "absolute" in line]
    assert len(rows) == len(EVERY)
    for row in rows:
        unescaped = row.replace(r"\|", "")
        assert unescaped.count("|") == 6
        assert "<img" not in unescaped.replace(r"\<", "")
    assert text.startswith("## gan-bench check: regression (exit code 1)\n")
    assert "<details><summary>1 passed</summary>" in text


def test_the_terminal_shows_the_worst_first_and_counts_many_passes():
    def printed(gate):
        out = io.StringIO()
        show(gate, Console(file=out, width=120))
        return out.getvalue().splitlines()

    lines = printed(made(Outcome.PASS, Outcome.REGRESSION, sentence="[bold]x"))
    assert [line.split()[0] for line in lines] == ["outcome", "regression", "pass"]
    assert "[bold]x" in lines[1]
    lines = printed(made(*[Outcome.PASS] * 40, Outcome.MISSING, sentence="x"))
    assert [line.split()[0] for line in lines] == ["outcome", "missing", "40"]


@pytest.mark.parametrize(("outcomes", "strict", "verdict", "code"), [
    (EVERY, True, "regression", 1),
    (EVERY[1:], True, "missing", 2),
    (EVERY[4:], True, "nothing compared", 5),
    (EVERY[2:], True, "inconclusive", 3),
    (EVERY[2:], False, "inconclusive", 0),
    (EVERY[3:], True, "pass", 0),
    ((), False, "nothing compared", 5),
])  # fmt: skip
def test_precedence_of_verdicts_and_exit_codes(outcomes, strict, verdict, code):
    gate = made(*outcomes, strict=strict)
    assert (gate.verdict, gate.exit_code) == (verdict, code)


def test_the_gate_and_the_command_line_mean_the_same_codes():
    assert (gates.FINE, gates.REGRESSION, gates.MISSING, gates.INCONCLUSIVE, gates.NOTHING) == (
        codes.FINE,
        codes.REGRESSION,
        codes.FAILED,
        codes.INCONCLUSIVE,
        codes.NOTHING,
    )


def test_a_stored_gate_is_read_back_and_outdated_once_a_value_changes(tmp_path, run_of):
    run = run_of({"training/gan/ring8": {"w1": [0.1, 0.2]}})
    gate = replace(made(*EVERY), outcomes=values_digest(run.outcomes))
    write(gate, tmp_path)
    assert read(tmp_path, run.outcomes) == gate
    other = run_of({"training/gan/ring8": {"w1": [0.1, 0.2000001]}})
    assert read(tmp_path, other.outcomes) == replace(gate, outdated=True)
    lost = run_of({"training/gan/ring8": {"w1": [0.1, math.inf]}})
    assert read(tmp_path, lost.outcomes).outdated


@pytest.mark.parametrize("content", [None, "{", "[]", '{"format": 2}'])
def test_there_is_no_gate_where_no_file_of_this_version_is(tmp_path, content):
    if content is not None:
        (tmp_path / "gate.json").write_text(content)
    assert read(tmp_path, ()) is None


def test_the_stored_gate_says_what_it_was_made_from(tmp_path):
    data = json.loads(write(made(Outcome.PASS), tmp_path).read_text())
    assert data["thresholds"] == {"name": "t.toml", "digest": "ab"}
    assert data["baseline"] == {"name": "base", "digest": "cd"}
    assert (data["verdict"], data["exit_code"], data["counts"]["pass"]) == ("pass", 0, 1)
