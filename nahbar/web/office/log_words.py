"""The record in words: what was done, by whom."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from nahbar.audit.models import AuditEntry
from nahbar.audit.queries import latest_of
from nahbar.audit.rules import Action
from nahbar.jobcenters.models import JobCenter
from nahbar.people.action_words import done_in_words
from nahbar.people.models import StaffMember

KINDS: Mapping[str, Promise] = {
    "account": gettext_lazy("Konto"),
    "account_link": gettext_lazy("Link zum Konto"),
    "appointment": gettext_lazy("Termin"),
    "audit": gettext_lazy("Protokoll"),
    "barrier_report": gettext_lazy("Meldung einer Barriere"),
    "call": gettext_lazy("Gespräch"),
    "call_task": gettext_lazy("Anruf"),
    "channel": gettext_lazy("Videokanal"),
    "client": gettext_lazy("Person"),
    "contact_type": gettext_lazy("Kontaktart"),
    "deputyship": gettext_lazy("Vertretung"),
    "device": gettext_lazy("Gerät"),
    "figures": gettext_lazy("Zahlen"),
    "import": gettext_lazy("Liste"),
    "invitation": gettext_lazy("Einladung"),
    "jobcenter": gettext_lazy("Büro"),
    "localholiday": gettext_lazy("Schließtag"),
    "meeting": gettext_lazy("Besprechung"),
    "message": gettext_lazy("Nachricht"),
    "office": gettext_lazy("Büro"),
    "page": gettext_lazy("Seite"),
    "participation": gettext_lazy("Teilnahme"),
    "place": gettext_lazy("Ort"),
    "retention": gettext_lazy("Löschlauf"),
    "second_device": gettext_lazy("Tablet"),
    "single_sign_on": gettext_lazy("Anmeldedienst"),
    "site": gettext_lazy("Standort"),
    "staff": gettext_lazy("Konto"),
    "team": gettext_lazy("Team"),
    "text": gettext_lazy("Text"),
    "topic": gettext_lazy("Thema"),
}

# What raises an office's revision; each of them by one.
SETUP = (
    Action.OFFICE_CHANGED,
    Action.OFFICE_CLOSED,
    Action.OFFICE_REOPENED,
    Action.SITE_ADDED,
    Action.SITE_CHANGED,
    Action.SITE_RETIRED,
    Action.SITE_RETURNED,
    Action.TEAM_ADDED,
    Action.TEAM_CHANGED,
    Action.TEAM_REMOVED,
    Action.TEAM_RETURNED,
    Action.TOPIC_ADDED,
    Action.TOPIC_CHANGED,
    Action.TOPIC_RETIRED,
    Action.TOPIC_RETURNED,
    Action.CHANNEL_ADDED,
    Action.CHANNEL_RETIRED,
    Action.CHANNEL_RETURNED,
    Action.CONTACT_TYPE_ADDED,
    Action.CONTACT_TYPE_CHANGED,
    Action.CONTACT_TYPE_RETIRED,
    Action.CONTACT_TYPE_RETURNED,
    Action.PLACE_ADDED,
    Action.PLACES_LISTED,
    Action.PLACE_CHANGED,
    Action.PLACE_RETIRED,
    Action.PLACE_RETURNED,
    Action.HOURS_CHANGED,
    Action.HOLIDAY_ADDED,
    Action.HOLIDAY_REMOVED,
    Action.DEPUTY_ADDED,
    Action.DEPUTY_ENDED,
)
MOST_TOLD = 5


def kind_in_words(kind: str) -> str:
    """What it was about; the bare code where nobody gave it a word."""
    return str(KINDS.get(kind, kind))


def staff_among(entries: Iterable[AuditEntry]) -> set[str]:
    """The public ids of the staff who acted."""
    return {one.actor_id for one in entries if one.actor_kind == "staff"}


def names_of(ids: Iterable[str]) -> dict[str, str]:
    """The names of staff by public id, looked up now and kept nowhere; one query, however many."""
    staff = StaffMember.objects.filter(public_id__in=[one for one in ids if _is_uuid(one)])
    return {str(one.public_id): one.full_name for one in staff}


def who_in_words(entry: AuditEntry, names: Mapping[str, str]) -> str:
    """Who acted: of clients only that it was one."""
    if entry.actor_kind == "staff":
        return names.get(entry.actor_id) or _("Konto, das es nicht mehr gibt")
    words = {"client": _("Klientin oder Klient"), "system": _("Nahbar selbst"), "anonymous": _("nicht angemeldet")}
    return words.get(entry.actor_kind, entry.actor_kind)


def detail_in_words(entry: AuditEntry) -> str:
    """The codes that explain a row, as they are."""
    return ", ".join(name if value is True else f"{name}: {value}" for name, value in entry.detail.items())


def changes_since(*, office: JobCenter, count: int) -> list[str]:
    """The last `count` changes of the set-up in words; of very many the last few."""
    entries = latest_of(office=office.slug, actions=SETUP, count=max(min(count, MOST_TOLD), 0))
    names = names_of(staff_among(entries))
    return [f"{who_in_words(one, names)}: {done_in_words(one.action)}." for one in entries]


def _is_uuid(text: str) -> bool:
    try:
        uuid.UUID(text)
    except ValueError:
        return False
    return True
