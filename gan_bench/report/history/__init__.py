"""Many runs of one suite over time: what changed, when, by how much, how surely."""

from gan_bench.report.history.course import History, history

__all__ = ["History", "history"]
