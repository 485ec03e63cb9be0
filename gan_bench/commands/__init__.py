"""The commands, a module each. Heavy imports happen when a command runs: `--help` must answer at once."""
