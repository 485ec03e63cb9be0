"""The regression gate: thresholds and a baseline against a run, one exit code. Free of torch."""
