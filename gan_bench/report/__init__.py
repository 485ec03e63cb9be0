"""The HTML report: reads stored outcomes only, never imports torch."""
