"""Exit codes of the command line."""

FINE = 0
FAILED = 2
USAGE = 4
INTERRUPTED = 130
