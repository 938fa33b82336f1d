"""What a waiting person is told, in words. Only what a server state proves.

"Weiß Bescheid" once the counsellor's page has shown the notice, "spricht noch" while another talk of
theirs goes on; nothing is guessed and nothing promised.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, replace
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from nahbar.calls.models import Call, CallParticipation
from nahbar.calls.queries import (
    asking_for,
    is_finished,
    is_refused,
    last_call,
    opens_at,
    place_of,
    switched_call,
    was_replaced,
)
from nahbar.calls.rules import HAS_RIGHTS, CallState, PlaceState
from nahbar.consent.queries import consent_in_force
from nahbar.invitations.queries import Standing, Visit, standing_of
from nahbar.jobcenters.rules import Mode
from nahbar.scheduling.models import Appointment
from nahbar.scheduling.rules import ParticipationRole
from nahbar.web.client import words
from nahbar.web.client.appointment import number_ends
from nahbar.web.templatetags.nb import unbroken

SOON, IN_TALK, LATER = 3, 10, 30
MINUTE = dt.timedelta(minutes=1)


@dataclass(frozen=True)
class Said:
    """One state with its words and where it leads."""

    state: str
    headline: str
    text: str = ""
    page: str = ""
    noticed: bool = False
    ask_again: int = LATER


def client_state(visit: Visit, *, now: dt.datetime) -> dict[str, Any]:
    """The answer to `…/gespraech/stand`."""
    booked = visit.appointment
    said = _say(visit, now=now)
    return {
        "state": said.state,
        "headline": unbroken(said.headline),
        "text": unbroken(said.text),
        "opensAt": opens_at(appointment=booked).isoformat(),
        "startsAt": booked.starts_at.isoformat(),
        "counterpart": counterpart(visit),
        "noticed": said.noticed,
        "next": reverse(said.page, args=[visit.invitation.public_id]) if said.page else None,
        "askAgain": said.ask_again,
    }


def counterpart(visit: Visit) -> dict[str, str]:
    """Whom the person talks to; another one when a deputy has taken over."""
    counsellor = visit.appointment.counsellor
    return {
        "name": unbroken(counsellor.formal_name),
        "whom": unbroken(counsellor.formal_name_dative),
        "initials": counsellor.initials,
    }


def _say(visit: Visit, *, now: dt.datetime) -> Said:
    barred = _barred(visit, now=now)
    if barred:
        return barred
    call = last_call(appointment=visit.appointment)
    if is_finished(call):
        return Said("ended", _("Das Gespräch ist beendet."), page="client_end")
    open_call = call if call and call.state != CallState.ENDED else None
    place = place_of(call=open_call, role=ParticipationRole.CLIENT) if open_call else None
    return _in_place(visit, place, now=now) if place else _outside(visit, now=now)


def _barred(visit: Visit, *, now: dt.datetime) -> Said | None:
    booked = visit.appointment
    standing = standing_of(appointment=booked, now=now)
    if standing is Standing.CANCELLED:
        return Said("ended", _("Ihr Termin findet nicht statt."), page="client_appointment")
    if standing is Standing.OVER:
        return Said("ended", _("Das Gespräch ist beendet."), page="client_end")
    agreed = consent_in_force(client=booked.client) is not None
    if not booked.is_video:
        state = "mode" if agreed else "withdrawn"
        switched = switched_call(appointment=booked, now=now)
        headline, text = settled(booked), _("Ihr Termin gilt.")
        if switched is not None and switched.started_at is not None:
            headline, text = _on_the_telephone(booked)
        return Said(state, headline, text=text, page="client_appointment")
    if not agreed:
        return Said("withdrawn", _("Ihr Nein gilt ab jetzt. Das Video ist aus."), page="client_consent")
    return None


def _on_the_telephone(booked: Appointment) -> tuple[str, str]:
    """Who calls whom now, where a talk goes on by telephone."""
    ends = number_ends(booked.client)
    if not ends:
        number = {"number": booked.jobcenter.phone_display}
        return _("Bitte rufen Sie uns jetzt an."), _("Unsere Nummer: %(number)s") % number
    name = {"name": booked.counsellor.formal_name}
    return _("%(name)s ruft Sie jetzt an.") % name, _("Auf der Nummer, die mit %(ends)s endet.") % {"ends": ends}


def settled(booked: Appointment) -> str:
    """What happens instead of video."""
    values = {"name": booked.counsellor.formal_name, "time": words.spoken_time(booked.starts_at)}
    if booked.mode == Mode.TELEPHONE:
        return _("%(name)s ruft Sie um %(time)s an.") % values
    if booked.mode == Mode.ON_SITE:
        return _("Sie treffen sich um %(time)s im Jobcenter.") % values
    return _("Sie treffen sich um %(time)s.") % values


def _outside(visit: Visit, *, now: dt.datetime) -> Said:
    opening = opens_at(appointment=visit.appointment)
    if now < opening:
        return Said(
            "not_open",
            _("Der Warteraum öffnet um %(time)s.") % {"time": words.spoken_time(opening)},
            text=_begins(visit.appointment, now=now),
            ask_again=max(1, min(LATER, int((opening - now).total_seconds()) + 1)),
        )
    return Said("waiting", _("Der Warteraum ist offen."), text=_begins(visit.appointment, now=now), ask_again=SOON)


def _named(visit: Visit) -> dict[str, str]:
    counsellor = visit.appointment.counsellor
    return {"name": counsellor.formal_name, "whom": counsellor.formal_name_dative}


def _in_place(visit: Visit, place: CallParticipation, *, now: dt.datetime) -> Said:
    name = _named(visit)
    if place.state == PlaceState.REMOVED:
        text = _("Bitte rufen Sie uns an. Dann sprechen wir am Telefon weiter.")
        return Said("removed", _("Das Video ist für Sie beendet."), text=text, page="client_end")
    if place.state == PlaceState.LEFT:
        return _left(visit, now=now)
    if place.device_id != visit.device.pk:
        return _on_another_device(visit, place)
    if place.state in HAS_RIGHTS:
        text = _("Sie sprechen mit %(name)s.") % {"name": name["whom"]}
        return Said("admitted", _("Es geht los."), text=text, noticed=True, ask_again=IN_TALK)
    return Said(
        "waiting",
        _who_knows(place) % name,
        text=_meanwhile(visit, place, now=now),
        noticed=place.noticed_at is not None or place.deputy_noticed_at is not None,
        ask_again=SOON,
    )


def _who_knows(place: CallParticipation) -> str:
    """Whose page has shown that the person waits; a deputy gets no name before the talk is theirs."""
    if place.noticed_at is not None and place.deputy_noticed_at is not None:
        return _("Sie sind da. %(name)s und die Vertretung wissen Bescheid.")
    if place.deputy_noticed_at is not None:
        return _("Sie sind da. Die Vertretung für %(whom)s weiß Bescheid.")
    if place.noticed_at is not None:
        return _("Sie sind da. %(name)s weiß Bescheid.")
    return _("Sie sind da. %(name)s bekommt jetzt Bescheid.")


def _on_another_device(visit: Visit, place: CallParticipation) -> Said:
    """The place is another device's: this one asks for it, was refused, was replaced, or may ask."""
    name = _named(visit)
    request = asking_for(place=place)
    if request is not None and request.device_id == visit.device.pk:
        seen = _("%(name)s sieht, dass Sie auf diesem Gerät weitersprechen möchten.")
        unseen = _("Wir sagen %(whom)s, dass Sie auf diesem Gerät weitersprechen möchten.")
        noticed = request.noticed_at is not None
        text = _("Bis dahin läuft das Gespräch auf dem anderen Gerät weiter.")
        return Said("asking", (seen if noticed else unseen) % name, text=text, noticed=noticed, ask_again=SOON)
    if is_refused(place=place, visit=visit):
        text = _("Auf diesem Gerät geht es nicht weiter. Legen Sie dort auf, dann geht es hier.")
        return Said("taken_over", _("Das Gespräch bleibt auf dem anderen Gerät."), text=text)
    if was_replaced(place=place, visit=visit):
        text = _("%(name)s hat Sie dort eingelassen. Waren Sie das nicht? Dann rufen Sie uns bitte an.") % name
        return Said("taken_over", _("Das Gespräch läuft jetzt auf einem anderen Gerät."), text=text)
    text = _("Sie können hier weitersprechen. %(name)s muss Sie dafür noch einmal einlassen.") % name
    return Said("taken_over", _("Sie sind schon auf einem anderen Gerät dabei."), text=text)


def _left(visit: Visit, *, now: dt.datetime) -> Said:
    """The door is open; a page that still waits learns that its place was given up, and comes again by itself."""
    said = _outside(visit, now=now)
    return replace(said, state="left") if said.state == "waiting" else said


def _meanwhile(visit: Visit, place: CallParticipation, *, now: dt.datetime) -> str:
    booked = visit.appointment
    name = {"name": booked.counsellor.formal_name}
    if _counsellor_is_here(place.call):
        return _("%(name)s ist da und lässt Sie gleich herein.") % name
    if now < booked.starts_at:
        return _begins(booked, now=now)
    if _counsellor_is_in_talk(booked):
        return _("%(name)s spricht noch. Bitte warten Sie. Sie haben nichts falsch gemacht.") % name
    return _("%(name)s ist noch nicht so weit. Bitte warten Sie. Sie haben nichts falsch gemacht.") % name


def _begins(booked: Appointment, *, now: dt.datetime) -> str:
    time = {"time": words.spoken_time(booked.starts_at)}
    left = booked.starts_at - now
    if left <= dt.timedelta():
        return _("Ihr Termin ist um %(time)s.") % time
    if left > 60 * MINUTE:
        return _("Ihr Termin ist %(when)s.") % {"when": words.when(booked.starts_at, now=now)}
    time["minutes"] = words.minutes(-int(-left // MINUTE))
    return _("Es geht um %(time)s los, in %(minutes)s.") % time


def _counsellor_is_here(call: Call) -> bool:
    place = place_of(call=call, role=ParticipationRole.COUNSELLOR)
    return place is not None and place.state == PlaceState.ADMITTED and place.connected_at is not None


def _counsellor_is_in_talk(booked: Appointment) -> bool:
    theirs = Call.objects.filter(state=CallState.ACTIVE, appointment__participations__staff=booked.counsellor)
    return theirs.exclude(appointment=booked).exists()
