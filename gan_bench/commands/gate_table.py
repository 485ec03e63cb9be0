"""The gate in a terminal: worst first, passes counted unless they are few."""

from __future__ import annotations

from rich.console import Console
from rich.table import Table
from rich.text import Text

from gan_bench.gate.finding import Finding, Outcome
from gan_bench.gate.gate import Gate

_STYLES = {
    Outcome.REGRESSION: "bold red",
    Outcome.MISSING: "red",
    Outcome.INCONCLUSIVE: "yellow",
    Outcome.PASS: "green",
    Outcome.NOT_COMPARED: "dim",
}
_FEW = 12


def show(gate: Gate, console: Console | None = None) -> None:
    """Print the findings; of many passes only their number."""
    console = console or Console()
    passes = gate.counts[Outcome.PASS]
    shown = [f for f in gate.findings if f.outcome is not Outcome.PASS or passes <= _FEW]
    if shown:
        console.print(_table(shown))
    if passes > _FEW:
        console.print(Text(f"{passes} passed", style=_STYLES[Outcome.PASS]))


def _table(findings: list[Finding]) -> Table:
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("outcome", no_wrap=True)
    table.add_column("what was found", overflow="fold")
    table.add_column("threshold", overflow="fold")
    for finding in findings:
        # Text, not str: a name with brackets is no markup.
        outcome = Text(finding.outcome.value, style=_STYLES[finding.outcome])
        table.add_row(outcome, Text(finding.sentence), Text(finding.place))
    return table
