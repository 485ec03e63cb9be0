"""The regression gate: thresholds and a baseline against a run, three verdicts, one exit code. Free of torch."""
