"""News for the rooms above, sent inside the transaction."""

from django.dispatch import Signal

# Somebody's sessions were all ended: `staff`, `now`. Whatever else is open for them ends, too.
sessions_ended = Signal()
