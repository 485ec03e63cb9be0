"""One look per method, the same in every picture: hue, line style and marker, never colour alone."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

# Okabe and Ito (2008) without black and with yellow last: the order in which they stand out on paper.
HUES = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#7B5EA7")
DASHES = ((), (5.0, 1.6), (1.4, 1.4), (6.0, 1.6, 1.4, 1.6), (3.0, 1.2), (8.0, 2.4), (2.4, 1.0, 0.9, 1.0))
MARKERS = ("o", "s", "^", "D", "v", "P", "X")


@dataclass(frozen=True)
class Look:
    """How the method of a label is drawn: index of its hue, the hue, dash pattern (on, off, ...), marker."""

    index: int
    colour: str
    dashes: tuple[float, ...]
    marker: str
    label: str = ""

    @property
    def name(self) -> str:
        """What a page may call this look: the same for the same look, letters and digits only."""
        return f"look-{self.index}-{DASHES.index(self.dashes)}-{MARKERS.index(self.marker)}"


def looks(labels: Iterable[str]) -> dict[str, Look]:
    """Give each label a look by its order of first appearance; hues repeat after seven, pairs after 49."""
    result: dict[str, Look] = {}
    for label in dict.fromkeys(labels):
        k = len(result)
        index, turn = k % len(HUES), k // len(HUES)
        dashes = DASHES[(index + turn) % len(DASHES)]
        marker = MARKERS[(index + 3 * turn) % len(MARKERS)]
        result[label] = Look(index, HUES[index], dashes, marker, label)
    return result
