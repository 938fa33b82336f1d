"""News for the rooms above, sent inside the transaction."""

from django.dispatch import Signal

# Sessions of somebody were ended, one or all: `staff`, `now`. Nobody knows in which of them a talk is open, so every
# talk ends for them; from a session that stays they come back with a click.
sessions_ended = Signal()
# An office ended somebody's access: `staff`, `jobcenter`, `now`.
access_ended = Signal()
