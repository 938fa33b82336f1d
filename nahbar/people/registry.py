"""What rooms above tell this one: whose clients somebody needs to know besides those of their teams.

Registered in `AppConfig.ready()`; a deputy's appointments are known to scheduling, which this room must not ask.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from django.db.models import QuerySet

if TYPE_CHECKING:
    from nahbar.people.models import Client
    from nahbar.people.queries import Desk

Known = Callable[["Desk"], QuerySet["Client"]]

_known: list[Known] = []


def register_known(clients_for: Known) -> None:
    """Lets a desk open these clients without a reason, too; for desks of deputies only."""
    _known.append(clients_for)


def also_known(desk: Desk) -> list[QuerySet[Client]]:
    """What rooms above add; nothing, and no query, for whoever stands in for nobody."""
    return [clients_for(desk) for clients_for in _known] if desk.deputyships else []
