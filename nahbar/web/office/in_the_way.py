"""What is still to come on something that shall be retired: when, how and with whom, never who comes."""

from __future__ import annotations

import itertools
from typing import Any

from django.utils.crypto import salted_hmac
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from nahbar.people.models import StaffMember
from nahbar.scheduling.errors import HasFuture
from nahbar.scheduling.models import Appointment, CallTask, Meeting
from nahbar.scheduling.rules import BERLIN
from nahbar.web.office.saving import MOST_LISTED


def appointment_words(appointment: Appointment) -> str:
    """An administrator sees no cases: time, mode and counsellor only."""
    return _row(appointment.local_start, appointment.get_mode_display(), appointment.counsellor)


def listed(future: HasFuture) -> dict[str, Any]:
    """What a page shows of it: one line each, appointments first, of very many only the first."""
    lines = itertools.chain(
        map(appointment_words, future.appointments),
        map(_meeting, future.meetings),
        map(_call_task, future.call_tasks),
    )
    count = len(future.appointments) + len(future.meetings) + len(future.call_tasks)
    rows = list(itertools.islice(lines, MOST_LISTED))
    return {"rows": rows, "count": count, "more": count - len(rows)}


def seal_of(future: HasFuture) -> str:
    """Binds “they keep it” to the list that was shown."""
    keys = [
        [one.pk for one in future.appointments],
        [one.pk for one in future.meetings],
        [one.pk for one in future.call_tasks],
    ]
    return salted_hmac("nahbar.web.office.kept", repr(keys), algorithm="sha256").hexdigest()


def _meeting(meeting: Meeting) -> str:
    return _row(meeting.local_start, meeting.get_kind_display(), meeting.organiser)


def _call_task(task: CallTask) -> str:
    return _row(task.wanted_at.astimezone(BERLIN), _("Anruf vor der Buchung"), task.for_staff)


def _row(when: object, what: str, who: StaffMember) -> str:
    words = {"when": date_format(when, "D, j. F Y, H:i"), "what": what, "who": who.full_name}  # type: ignore[arg-type]
    return _("%(when)s Uhr, %(what)s, %(who)s") % words
