"""Exit codes of the command line.

Where several apply: REGRESSION before FAILED before NOTHING before INCONCLUSIVE.
"""

FINE = 0
REGRESSION = 1
FAILED = 2
INCONCLUSIVE = 3
USAGE = 4
NOTHING = 5
INTERRUPTED = 130
