"""The mail to whoever was not there any more when the talk ended, and so never saw the question.

Whether it is sent depends on presence alone. It must not depend on whether somebody has answered: then it would say so.
"""

from __future__ import annotations

import datetime as dt
import uuid

from django.conf import settings
from django.db.models import Exists, OuterRef, Prefetch, QuerySet
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from nahbar.calls.models import Call, CallPresence
from nahbar.calls.rules import CallState
from nahbar.jobcenters.rules import Mode
from nahbar.outbox.mail import RenderedMail
from nahbar.outbox.models import OutboxMessage
from nahbar.outbox.operations import queue
from nahbar.outbox.rules import About
from nahbar.people.queries import language_of
from nahbar.scheduling.models import Appointment, Participation
from nahbar.scheduling.queries import with_people
from nahbar.scheduling.rules import BERLIN, ParticipationRole
from nahbar.surveys.queries import ASKABLE, took_place
from nahbar.surveys.rules import MAIL_AFTER, MAIL_LIVES, MAIL_LOOKS_BACK, TEMPLATE, mail_at
from nahbar.surveys.tickets import ticket_of_talk

KIND = "survey"


def ask_by_mail(now: dt.datetime) -> int:
    """Queues one mail for each talk that ended an hour ago without its client; returns how many.

    Only where the client has an address. Safe to repeat: a talk is asked about once.
    """
    people = Prefetch("appointment__participations", Participation.objects.select_related("client"))
    gone = _ended_without_client(now).select_related("appointment__jobcenter").prefetch_related(people).order_by("pk")
    calls = {_key(call.appointment): call for call in gone}
    known = set(OutboxMessage.objects.filter(key__in=calls).values_list("key", flat=True))
    return sum(_ask(call, key=key, now=now) for key, call in calls.items() if key not in known)


def _ended_without_client(now: dt.datetime) -> QuerySet[Call]:
    """Calls whose client had been there, and had left before the end: as a rule few, and one query finds them.

    Whoever could not be asked anyway is left out here, too; they would be looked at every ten minutes for two days.
    """
    theirs = Participation.objects.filter(appointment=OuterRef("appointment"), role=ParticipationRole.CLIENT)
    been = CallPresence.objects.filter(place__call=OuterRef("pk"), place__participation__role=ParticipationRole.CLIENT)
    return Call.objects.filter(
        Exists(theirs.exclude(client__email="")),
        Exists(been),
        ~Exists(been.filter(left_at__gte=OuterRef("ended_at"))),
        state=CallState.ENDED,
        started_at__isnull=False,
        ended_at__lte=now - MAIL_AFTER,
        ended_at__gt=now - MAIL_LOOKS_BACK,
        appointment__mode=Mode.VIDEO,
        appointment__state__in=ASKABLE,
    )


def _ask(call: Call, *, key: str, now: dt.datetime) -> bool:
    appointment = call.appointment
    if not is_wanted(appointment, now=now):
        return False
    assert call.ended_at is not None
    at = mail_at(call.ended_at)
    about = About(KIND, str(appointment.public_id))
    queue(
        template=TEMPLATE,
        about=about,
        office=appointment.jobcenter.slug,
        not_before=at,
        not_after=at + MAIL_LIVES,
        key=key,
        now=now,
    )
    return True


def _key(appointment: Appointment) -> str:
    return f"{TEMPLATE}:{appointment.public_id}"


def is_wanted(appointment: Appointment, *, now: dt.datetime) -> bool:
    """Whether the talk took place, and its client has an address."""
    return took_place(appointment=appointment, now=now) and bool(appointment.client.email)


def still_wanted(about_id: str, now: dt.datetime) -> bool:
    """Asked by the worker before it sends."""
    appointment = _find(about_id)
    return appointment is not None and is_wanted(appointment, now=now)


def render(about_id: str) -> RenderedMail:
    """The mail in the client's language, its link with the ticket behind "#". LookupError when the talk is gone."""
    appointment = _find(about_id)
    if appointment is None:
        raise LookupError("the appointment is gone")
    client = appointment.client
    language = language_of(client)
    context = {
        "client": client,
        "office": appointment.jobcenter,
        "link": link_of(appointment, language=language),
    }
    with translation.override(language), timezone.override(BERLIN):
        return RenderedMail(
            to=client.email,
            subject=_("Wie war das Gespräch per Video?"),
            text=render_to_string("surveys/mail.txt", context),
            html=render_to_string("surveys/mail.html", context),
            headers={"Content-Language": language.split("-")[0]},
        )


def link_of(appointment: Appointment, *, language: str) -> str:
    """The whole link as it stands in the mail."""
    page = reverse("survey") if language == settings.LANGUAGE_CODE else reverse("survey_in", args=[language])
    return f"{settings.NAHBAR_BASE_URL}{page}#{ticket_of_talk(appointment)}"


def _find(about_id: str) -> Appointment | None:
    return with_people(Appointment.objects.filter(public_id=uuid.UUID(about_id))).first()
