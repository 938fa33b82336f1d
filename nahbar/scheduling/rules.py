"""States, outcomes and times of an appointment; no database."""

from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from nahbar.jobcenters.rules import LENGTH_MINUTES, Mode

BERLIN = ZoneInfo("Europe/Berlin")
# A half-open time: its start and its end.
Times = tuple[dt.datetime, dt.datetime]


class ParticipationRole(TextChoices):
    """As whom somebody takes part."""

    CLIENT = "client", _("Klientin oder Klient")
    COUNSELLOR = "counsellor", _("Fachkraft")
    INTERPRETER = "interpreter", _("Dolmetschen")
    EMPLOYER = "employer", _("Arbeitgeber")
    TRAINER = "trainer", _("Träger")
    COMPANION = "companion", _("Beistand")
    REPRESENTATIVE = "representative", _("Bevollmächtigte")


class AppointmentState(TextChoices):
    """Where an appointment stands."""

    PLANNED = "planned", _("geplant")
    HELD = "held", _("Stattgefunden")
    NOT_HELD = "not_held", _("Nicht stattgefunden")
    CANCELLED = "cancelled", _("Abgesagt")


TRANSITIONS: dict[AppointmentState, frozenset[AppointmentState]] = {
    AppointmentState.PLANNED: frozenset({AppointmentState.HELD, AppointmentState.NOT_HELD, AppointmentState.CANCELLED}),
    # An outcome is corrected to another, or to the same with another reason, length or mode (`outcomes.py`).
    AppointmentState.HELD: frozenset({AppointmentState.HELD, AppointmentState.NOT_HELD}),
    AppointmentState.NOT_HELD: frozenset({AppointmentState.HELD, AppointmentState.NOT_HELD}),
    # Back only while it can be undone (`undo.py`).
    AppointmentState.CANCELLED: frozenset({AppointmentState.PLANNED}),
}

# So long a slip of the hand can be taken back; mails about it wait for it.
UNDO_TIME = dt.timedelta(seconds=60)


def mails_wait_until(*, by_kind: str, soonest: dt.datetime, now: dt.datetime) -> dt.datetime | None:
    """When the news of a change may go out: staff can take it back so long, but nobody hears of it too late.

    `soonest` is the earlier of the old start and the new one. None: at once.
    """
    if by_kind != "staff" or soonest < now + 5 * UNDO_TIME:
        return None
    return now + UNDO_TIME


class AgreedBy(TextChoices):
    """How the client agreed to video. Without it there is a call task, not a video appointment."""

    PHONE = "phone", _("am Telefon")
    IN_PERSON = "in_person", _("persönlich")
    IN_WRITING = "in_writing", _("schriftlich")


class CancelledBy(TextChoices):
    """Who called it off."""

    CLIENT = "client", _("auf Wunsch der Person")
    OFFICE = "office", _("durch das Jobcenter")


class CancelReason(TextChoices):
    """Why, as far as the time is concerned; nobody is asked for more."""

    NOT_SAID = "not_said", _("nicht genannt")
    OTHER_TIME = "other_time", _("die Zeit passt nicht")
    DONE = "done", _("nicht mehr nötig")
    STAFF_AWAY = "staff_away", _("die Fachkraft fällt aus")
    TECHNICAL = "technical", _("die Technik fehlt oder streikt")
    MISTAKE = "mistake", _("aus Versehen angelegt")


class Notice(TextChoices):
    """How long before the appointment it was called off."""

    IN_TIME = "in_time", _("rechtzeitig")
    LATE = "late", _("kurzfristig")
    AFTERWARDS = "afterwards", _("im Nachhinein")


def notice_of(*, cancelled_at: dt.datetime, starts_at: dt.datetime, late_hours: int) -> Notice:
    """Late is less than `late_hours` before the start; from the start on it is afterwards."""
    if cancelled_at >= starts_at:
        return Notice.AFTERWARDS
    return Notice.LATE if starts_at - cancelled_at < dt.timedelta(hours=late_hours) else Notice.IN_TIME


class NotHeldReason(TextChoices):
    """Why nothing came of it; technical failure is nobody's fault and stands apart."""

    NOT_REACHED = "no_show", _("niemand kam")
    TECHNICAL = "technical", _("Technik gestört")
    OFFICE = "office", _("lag am Jobcenter")
    # Honest where nobody can say it any more.
    UNKNOWN = "unknown", _("nicht bekannt")


# Where nobody comes: by telephone one is reached or not, at home somebody is met or not.
_NOBODY = {Mode.TELEPHONE: _("nicht erreicht"), Mode.OUTREACH_VISIT: _("niemand angetroffen")}


def reason_in_words(reason: NotHeldReason, mode: Mode) -> str:
    """Why nothing came of an appointment of this mode; `label` says it where the mode is open."""
    if reason is NotHeldReason.NOT_REACHED and mode in _NOBODY:
        return str(_NOBODY[mode])
    return str(reason.label)


class Outcome(TextChoices):
    """What came of an appointment, on one axis: state, reason and notice together, as figures count it."""

    OPEN = "open", _("noch ohne Ergebnis")
    HELD = "held", _("stattgefunden")
    CLIENT = "client", _("niemand kam")
    OFFICE = "office", _("lag am Jobcenter")
    UNKNOWN = "unknown", _("Grund nicht bekannt")
    TECHNICAL = "technical", _("Technik gestört")
    CANCELLED = "cancelled", _("rechtzeitig abgesagt")
    CANCELLED_LATE = "cancelled_late", _("kurzfristig abgesagt")
    CANCELLED_AFTERWARDS = "cancelled_after", _("im Nachhinein abgesagt")


_OUTCOME_OF_REASON = {
    NotHeldReason.NOT_REACHED: Outcome.CLIENT,
    NotHeldReason.OFFICE: Outcome.OFFICE,
    NotHeldReason.TECHNICAL: Outcome.TECHNICAL,
    NotHeldReason.UNKNOWN: Outcome.UNKNOWN,
}
_OUTCOME_OF_NOTICE = {
    Notice.IN_TIME: Outcome.CANCELLED,
    Notice.LATE: Outcome.CANCELLED_LATE,
    Notice.AFTERWARDS: Outcome.CANCELLED_AFTERWARDS,
}


def outcome_of(*, state: AppointmentState, reason: str, notice: Notice | None) -> Outcome:
    """The one outcome; without a reason or a notice on record the cautious one."""
    if state == AppointmentState.PLANNED:
        return Outcome.OPEN
    if state == AppointmentState.HELD:
        return Outcome.HELD
    if state == AppointmentState.CANCELLED:
        return _OUTCOME_OF_NOTICE[notice or Notice.IN_TIME]
    return _OUTCOME_OF_REASON[NotHeldReason(reason)] if reason else Outcome.UNKNOWN


class ChangeKind(TextChoices):
    """What happened to an appointment; each change leaves a row."""

    BOOKED = "booked", _("gebucht")
    MOVED = "moved", _("verschoben")
    MODE_CHANGED = "mode_changed", _("Art gewechselt")
    CANCELLED = "cancelled", _("abgesagt")
    HELD = "held", _("stattgefunden")
    NOT_HELD = "not_held", _("nicht stattgefunden")
    TAKEN_OVER = "taken_over", _("in Vertretung übernommen")
    UNDONE = "undone", _("zurückgenommen")
    CORRECTED = "corrected", _("Ergebnis berichtigt")


class MeetingKind(TextChoices):
    """What staff meet for."""

    MEETING = "meeting", _("Besprechung")
    PRACTICE = "practice", _("Geführte Übung")


class CallTaskState(TextChoices):
    """“Explain first”: a call to make before anything is booked."""

    OPEN = "open", _("offen")
    DONE = "done", _("erledigt")
    # The person wants no talk for now; nobody asks why.
    NO_TALK = "no_talk", _("Kein Termin gewünscht")


class ContactKind(TextChoices):
    """How people were in contact, for the ledger."""

    IN_PERSON = "in_person", _("persönlich")
    TELEPHONE = "telephone", _("Telefon")
    VIDEO = "video", _("Video")
    OUTREACH = "outreach", _("aufsuchend")
    # One of the types the office has added.
    OTHER = "other", _("andere")


CONTACT_KIND_OF_MODE: dict[Mode, ContactKind] = {
    Mode.VIDEO: ContactKind.VIDEO,
    Mode.TELEPHONE: ContactKind.TELEPHONE,
    Mode.ON_SITE: ContactKind.IN_PERSON,
    Mode.OUTREACH_VISIT: ContactKind.OUTREACH,
}


# How long a talk can have been, planned or not.
TALK_MINUTES = (1, 600)


def length_is_possible(minutes: int) -> bool:
    """Whether an appointment may be that long."""
    return LENGTH_MINUTES[0] <= minutes <= LENGTH_MINUTES[1]


def local_time_exists(day: dt.date, time: dt.time) -> bool:
    """False in the hour that the clocks skip in spring (Europe/Berlin), and at the ends of the calendar."""
    local = dt.datetime.combine(day, time, tzinfo=BERLIN)
    try:
        back = local.astimezone(dt.UTC).astimezone(BERLIN)
    except OverflowError:
        return False
    return back.replace(tzinfo=None) == local.replace(tzinfo=None)


def day_bounds(day: dt.date) -> Times:
    """Start and end of a calendar day in Berlin; 23 or 25 hours apart when the clocks change."""
    start = dt.datetime.combine(day, dt.time(), tzinfo=BERLIN)
    end = dt.datetime.combine(day + dt.timedelta(days=1), dt.time(), tzinfo=BERLIN)
    return start.astimezone(dt.UTC), end.astimezone(dt.UTC)


def overlap(a_start: dt.datetime, a_end: dt.datetime, b_start: dt.datetime, b_end: dt.datetime) -> bool:
    """Whether two half-open spans share a moment."""
    return a_start < b_end and b_start < a_end
