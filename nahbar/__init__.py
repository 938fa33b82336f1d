"""Nahbar: video counselling for public job centres, on public servers."""

__version__ = "0.1.0"
