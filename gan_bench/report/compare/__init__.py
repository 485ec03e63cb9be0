"""Two runs as a difference: what moved, what is new, what vanished, what must not be compared."""

from gan_bench.report.compare.comparison import Comparison, compare

__all__ = ["Comparison", "compare"]
