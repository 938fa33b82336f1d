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
from nahbar.people.models import StaffMember

DONE: Mapping[Action, Promise] = {
    Action.SIGN_IN: gettext_lazy("Angemeldet"),
    Action.SIGN_IN_FAILED: gettext_lazy("Anmeldung abgewiesen"),
    Action.SIGN_OUT: gettext_lazy("Abgemeldet"),
    Action.DENIED: gettext_lazy("Zugriff abgewiesen"),
    Action.STAFF_INVITED: gettext_lazy("Konto eingeladen"),
    Action.STAFF_LINK_ISSUED: gettext_lazy("Link zum Konto ausgestellt"),
    Action.STAFF_LINK_USED: gettext_lazy("Link zum Konto benutzt"),
    Action.ROLE_GIVEN: gettext_lazy("Rolle gegeben"),
    Action.ACCESS_ENDED: gettext_lazy("Zugang beendet"),
    Action.ACCESS_RESTORED: gettext_lazy("Zugang wieder geöffnet"),
    Action.PASSWORD_CHANGED: gettext_lazy("Passwort geändert"),
    Action.EMAIL_CHANGED: gettext_lazy("E-Mail-Adresse geändert"),
    Action.FACTOR_ADDED: gettext_lazy("Zweiten Faktor eingerichtet"),
    Action.FACTOR_REMOVED: gettext_lazy("Zweiten Faktor entfernt"),
    Action.FACTOR_RESET: gettext_lazy("Zweiten Faktor zurückgesetzt"),
    Action.FACTOR_FAILED: gettext_lazy("Zweiter Faktor abgewiesen"),
    Action.FACTOR_POLICY: gettext_lazy("Pflicht zum zweiten Faktor geändert"),
    Action.IDENTITY_LINKED: gettext_lazy("Mit zentraler Anmeldung verbunden"),
    Action.IDENTITY_UNLINKED: gettext_lazy("Verbindung mit zentraler Anmeldung gelöst"),
    Action.IDENTITY_REFUSED: gettext_lazy("Zentrale Anmeldung abgewiesen"),
    Action.GROUP_ROLES_SET: gettext_lazy("Rollen aus Gruppen festgelegt"),
    Action.SESSION_ENDED: gettext_lazy("Sitzung beendet"),
    Action.APPOINTMENT_BOOKED: gettext_lazy("Termin gebucht"),
    Action.MOVED: gettext_lazy("Termin verschoben"),
    Action.MODE_CHANGED: gettext_lazy("Art gewechselt"),
    Action.TAKEN_OVER: gettext_lazy("In Vertretung übernommen"),
    Action.CANCELLED: gettext_lazy("Abgesagt"),
    Action.OUTCOME: gettext_lazy("Ergebnis eingetragen"),
    Action.UNDONE: gettext_lazy("Zurückgenommen"),
    Action.MEETING_BOOKED: gettext_lazy("Besprechung angelegt"),
    Action.INVITATION_ISSUED: gettext_lazy("Einladung ausgestellt"),
    Action.REISSUED: gettext_lazy("Neuer Link ausgestellt"),
    Action.LINK_OPENED: gettext_lazy("Link geöffnet"),
    Action.PROOF_PASSED: gettext_lazy("Nachweis bestanden"),
    Action.PROOF_FAILED: gettext_lazy("Nachweis nicht bestanden"),
    Action.UNLOCKED: gettext_lazy("Link freigeschaltet"),
    Action.CONSENT_GIVEN: gettext_lazy("Einverstanden mit Video"),
    Action.CONSENT_WITHDRAWN: gettext_lazy("Einverständnis zurückgenommen"),
    Action.WAITING: gettext_lazy("Im Warteraum"),
    Action.ADMITTED: gettext_lazy("Eingelassen"),
    Action.EJECTED: gettext_lazy("Aus dem Gespräch genommen"),
    Action.DEVICE_ASKED: gettext_lazy("Anderes Gerät fragt an"),
    Action.DEVICE_CHANGED: gettext_lazy("Gerät gewechselt"),
    Action.DEVICE_REFUSED: gettext_lazy("Anderes Gerät abgelehnt"),
    Action.SECOND_DEVICE_JOINED: gettext_lazy("Tablet verbunden"),
    Action.SECOND_DEVICE_LEFT: gettext_lazy("Tablet getrennt"),
    Action.CALL_STARTED: gettext_lazy("Gespräch begonnen"),
    Action.CALL_ENDED: gettext_lazy("Gespräch beendet"),
    Action.MESSAGE_RETRIED: gettext_lazy("Nachricht noch einmal gesendet"),
    Action.MESSAGE_SETTLED: gettext_lazy("Nachricht erledigt"),
    Action.VIDEO_OFFERED: gettext_lazy("Video für sich eingeschaltet"),
    Action.VIDEO_NOT_OFFERED: gettext_lazy("Video für sich ausgeschaltet"),
    Action.CHANNEL_RETIRED: gettext_lazy("Videokanal stillgelegt"),
    Action.TOPIC_RETIRED: gettext_lazy("Thema stillgelegt"),
    Action.ROLE_ENDED: gettext_lazy("Rolle beendet"),
    Action.CALENDAR_FEED_MADE: gettext_lazy("Kalender-Adresse angelegt"),
    Action.CALENDAR_FEED_ENDED: gettext_lazy("Kalender-Adresse beendet"),
    Action.OFFICE_CHANGED: gettext_lazy("Büro geändert"),
    Action.OFFICE_CLOSED: gettext_lazy("Büro geschlossen"),
    Action.OFFICE_REOPENED: gettext_lazy("Büro wieder geöffnet"),
    Action.SITE_ADDED: gettext_lazy("Standort angelegt"),
    Action.SITE_CHANGED: gettext_lazy("Standort geändert"),
    Action.SITE_RETIRED: gettext_lazy("Standort stillgelegt"),
    Action.SITE_RETURNED: gettext_lazy("Standort zurückgeholt"),
    Action.TEAM_ADDED: gettext_lazy("Team angelegt"),
    Action.TEAM_CHANGED: gettext_lazy("Team geändert"),
    Action.TEAM_REMOVED: gettext_lazy("Team aufgelöst"),
    Action.TEAM_RETURNED: gettext_lazy("Team zurückgeholt"),
    Action.TOPIC_ADDED: gettext_lazy("Thema angelegt"),
    Action.TOPIC_CHANGED: gettext_lazy("Thema geändert"),
    Action.TOPIC_RETURNED: gettext_lazy("Thema zurückgeholt"),
    Action.CHANNEL_ADDED: gettext_lazy("Videokanal angelegt"),
    Action.CHANNEL_RETURNED: gettext_lazy("Videokanal zurückgeholt"),
    Action.HOURS_CHANGED: gettext_lazy("Öffnungszeiten geändert"),
    Action.HOLIDAY_ADDED: gettext_lazy("Schließtag eingetragen"),
    Action.HOLIDAY_REMOVED: gettext_lazy("Schließtag gelöscht"),
    Action.DEPUTY_ADDED: gettext_lazy("Vertretung eingetragen"),
    Action.DEPUTY_ENDED: gettext_lazy("Vertretung beendet"),
    Action.OFFICE_FOUNDED: gettext_lazy("Büro angelegt"),
    Action.TEXT_DRAFTED: gettext_lazy("Text entworfen"),
    Action.TEXT_DRAFT_DROPPED: gettext_lazy("Entwurf verworfen"),
    Action.TEXT_PUBLISHED: gettext_lazy("Text veröffentlicht"),
    Action.BARRIER_REPORTED: gettext_lazy("Barriere gemeldet"),
    Action.CLIENT_CREATED: gettext_lazy("Akte angelegt"),
    Action.CLIENT_CHANGED: gettext_lazy("Akte geändert"),
    Action.CLIENT_DOOR_SHOWN: gettext_lazy("Nach dem Grund für eine Akte gefragt"),
    Action.CLIENT_OPENED: gettext_lazy("Akte mit Begründung geöffnet"),
    Action.CLIENTS_MERGED: gettext_lazy("Akten zusammengeführt"),
    Action.CLIENTS_PREVIEWED: gettext_lazy("Liste mit Akten verglichen"),
    Action.CLIENTS_IMPORTED: gettext_lazy("Liste übernommen"),
    Action.IMPORT_UNDONE: gettext_lazy("Übernahme zurückgenommen"),
    Action.IMPORT_DISCARDED: gettext_lazy("Liste verworfen"),
    Action.PERSON_FOUND: gettext_lazy("Akte für Auskunft oder Löschung aufgerufen"),
    Action.HOLD_SET: gettext_lazy("Löschsperre gesetzt"),
    Action.HOLD_RELEASED: gettext_lazy("Löschsperre aufgehoben"),
    Action.RETENTION_SET: gettext_lazy("Löschfrist geändert"),
    Action.RETENTION_TRIED: gettext_lazy("Löschlauf geprobt"),
    Action.EXPORTED: gettext_lazy("Ausgegeben"),
    Action.DELETED: gettext_lazy("Gelöscht"),
}

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
    "deputyship": gettext_lazy("Vertretung"),
    "device": gettext_lazy("Gerät"),
    "import": gettext_lazy("Liste"),
    "invitation": gettext_lazy("Einladung"),
    "jobcenter": gettext_lazy("Büro"),
    "localholiday": gettext_lazy("Schließtag"),
    "meeting": gettext_lazy("Besprechung"),
    "message": gettext_lazy("Nachricht"),
    "office": gettext_lazy("Büro"),
    "page": gettext_lazy("Seite"),
    "participation": gettext_lazy("Teilnahme"),
    "retention": gettext_lazy("Löschlauf"),
    "second_device": gettext_lazy("Tablet"),
    "single_sign_on": gettext_lazy("Zentrale Anmeldung"),
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
    Action.HOURS_CHANGED,
    Action.HOLIDAY_ADDED,
    Action.HOLIDAY_REMOVED,
    Action.DEPUTY_ADDED,
    Action.DEPUTY_ENDED,
)
MOST_TOLD = 5


def done_in_words(action: str) -> str:
    """What was done; the bare code of an action that no page knows any more."""
    return str(DONE[Action(action)]) if action in Action.values else action


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
