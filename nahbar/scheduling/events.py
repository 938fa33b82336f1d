"""News for the rooms above, sent inside the transaction that makes them true.

A receiver may refuse by raising `nahbar.scheduling.errors.Refused`; everything is then undone.
All carry `appointment`, `meeting` or `contact`, `by` (Actor) and `now`.
"""

from django.dispatch import Signal

appointment_booked = Signal()
appointment_moved = Signal()
"""Also `old_starts_at` and `old_ends_at`."""
appointment_mode_changed = Signal()
"""Also `old_mode`."""
appointment_taken_over = Signal()
"""Another counsellor holds it now. Also `absent`: who held it before."""
appointment_cancelled = Signal()
appointment_closed = Signal()
"""Held or not held."""
appointment_undone = Signal()
"""As it was before its last change. Also `undone`: that change, and `old_reason`: why it was called off, if it was."""
meeting_changed = Signal()
"""Booked, moved or cancelled."""
outcome_corrected = Signal()
"""Another outcome than was entered first. Also `old_outcome` (Outcome) and `old_mode`."""
contact_entered = Signal()
"""A contact stands in the ledger, by a talk or by hand."""
contact_removed = Signal()
"""A contact no longer stands in the ledger; sent before its row goes."""
