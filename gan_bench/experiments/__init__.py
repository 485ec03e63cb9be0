"""Experiments: a folder each, named in the registry and loaded when asked for."""
