"""The gate as JUnit XML, which CI services show: a test suite per kind of threshold, a test per finding."""

from __future__ import annotations

import re
from xml.etree import ElementTree as Xml

from gan_bench.gate.finding import Finding, Outcome
from gan_bench.gate.gate import Gate

# What XML 1.0 has no place for, escaped or not.
_ILLEGAL = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def junit(gate: Gate) -> str:
    """Return the XML. regression: failure; missing: error; not compared: skipped; inconclusive: skipped, or
    failure where the gate is strict; no finding at all: one error.
    """
    root = Xml.Element("testsuites", name=_text(f"gan-bench check {gate.suite}"))
    kinds = dict.fromkeys(finding.kind for finding in gate.findings)
    for kind in kinds:
        _suite(root, gate, kind, [finding for finding in gate.findings if finding.kind == kind])
    if not kinds:
        nothing = Finding("gate", Outcome.MISSING, gate.suite, "", gate.reason)
        _suite(root, gate, "gate", [nothing])
    for name in ("tests", "failures", "errors", "skipped"):
        root.set(name, str(sum(int(suite.get(name, "0")) for suite in root)))
    Xml.indent(root)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + Xml.tostring(root, encoding="unicode") + "\n"


def _suite(root: Xml.Element, gate: Gate, kind: str, findings: list[Finding]) -> None:
    suite = Xml.SubElement(root, "testsuite", name=_text(f"{gate.suite}.{kind}"), tests=str(len(findings)))
    results = [_result(finding, gate.strict) for finding in findings]
    for name, tag in (("failures", "failure"), ("errors", "error"), ("skipped", "skipped")):
        suite.set(name, str(results.count(tag)))
    for finding, tag in zip(findings, results, strict=True):
        name = " ".join(filter(None, (finding.subject, finding.metric)))
        place = f" ({finding.place})" if finding.place else ""
        case = Xml.SubElement(
            suite, "testcase", classname=_text(f"{gate.suite}.{kind}"), name=_text(name + place), time="0"
        )
        if tag:
            Xml.SubElement(case, tag, type=finding.outcome.value, message=_text(finding.sentence))
        else:
            Xml.SubElement(case, "system-out").text = _text(finding.sentence)


def _result(finding: Finding, strict: bool) -> str:
    """The element of a finding that is no pass, or nothing."""
    if finding.outcome is Outcome.INCONCLUSIVE:
        return "failure" if strict else "skipped"
    return {Outcome.REGRESSION: "failure", Outcome.MISSING: "error", Outcome.NOT_COMPARED: "skipped"}.get(
        finding.outcome, ""
    )


def _text(text: str) -> str:
    return _ILLEGAL.sub("?", text)
