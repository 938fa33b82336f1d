"""News for the rooms above; sent inside the transaction that makes them true."""

from django.dispatch import Signal

consent_withdrawn = Signal()
"""Keyword arguments: `client`, `purpose`, `by` (Actor), `now`."""
