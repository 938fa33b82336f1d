"""What a refusal or a state is called on the page."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _

from nahbar.calls.errors import Closed
from nahbar.jobcenters.rules import Mode
from nahbar.outbox.rules import State
from nahbar.scheduling.errors import Reason
from nahbar.scheduling.free_times import Conflict

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise as Promise  # exists for type checkers only

REFUSALS: dict[Reason, Promise] = {
    Reason.IN_PAST: _("Dieser Beginn ist schon vorbei. Bitte wählen Sie eine spätere Zeit."),
    Reason.LENGTH: _("Ein Termin dauert mindestens 5 und höchstens 240 Minuten."),
    Reason.MODE_NOT_ALLOWED: _("Für dieses Thema ist diese Art nicht vorgesehen. Bitte wählen Sie eine andere."),
    Reason.NOT_AGREED: _("Video ist freiwillig. Bitte geben Sie an, wie Sie es vereinbart haben."),
    Reason.VIDEO_NOT_OFFERED: _("Diese Fachkraft bietet kein Video an. Bitte wählen Sie eine andere Art."),
    Reason.CONSENT_WITHDRAWN: _(
        "Die Person hat ihr Einverständnis zu Video widerrufen. Bitte wählen Sie eine andere Art."
    ),
    Reason.TOPIC_RETIRED: _("Dieses Thema wird nicht mehr angeboten. Bitte wählen Sie ein anderes."),
    Reason.NOT_COUNSELLING: _("Diese Fachkraft führt in diesem Jobcenter keine Gespräche mehr."),
    Reason.COUNSELLOR_BUSY: _("Um diese Zeit gibt es in diesem Kalender schon einen Termin."),
    Reason.COUNSELLOR_ABSENT: _("In dieser Zeit ist eine Abwesenheit eingetragen."),
    Reason.CLIENT_BUSY: _("Um diese Zeit hat die Person schon einen Termin."),
    Reason.NO_CHANNEL: _("Um diese Zeit ist kein Videokanal frei."),
    Reason.NOT_PLANNED: _("Der Termin hat schon ein Ergebnis oder ist abgesagt."),
    Reason.STALE: _("Der Termin wurde inzwischen geändert. Bitte sehen Sie noch einmal nach."),
    Reason.IN_TALK: _("Das Gespräch läuft gerade. Bitte beenden Sie es zuerst."),
    Reason.NOT_UNDOABLE: _("Das lässt sich nicht zurücknehmen. Sie können den Termin aber noch ändern."),
    Reason.TOO_LATE: _("Zurücknehmen geht nur in der ersten Minute. Sie können den Termin aber noch ändern."),
    Reason.NOT_BEGUN: _("Der Termin hat noch nicht begonnen. Das Ergebnis folgt danach."),
    Reason.NO_OUTCOME: _("Hier gibt es kein Ergebnis, das sich berichtigen lässt."),
    Reason.TALK_LENGTH: _("Bitte geben Sie eine Dauer von 1 bis 600 Minuten an."),
    Reason.IN_FUTURE: _("Diese Zeit kommt erst noch. Bitte geben Sie an, wann der Kontakt war."),
    Reason.BEFORE_FILE: _("Damals gab es diese Akte noch nicht. Bitte prüfen Sie den Tag."),
    Reason.CONTACT_LENGTH: _("Bitte geben Sie 1 bis 480 Minuten an."),
    Reason.CONTACT_TYPE: _("Diese Art gibt es nicht mehr. Bitte wählen Sie eine andere."),
    Reason.CALL_DONE: _("Dieser Anruf ist inzwischen erledigt."),
}

# The same where it is a colleague's time.
COLLEAGUES: dict[Reason, Promise] = {
    Reason.COUNSELLOR_BUSY: _("%(name)s hat um diese Zeit schon einen Termin."),
    Reason.COUNSELLOR_ABSENT: _("%(name)s ist in dieser Zeit abwesend."),
}

# A meeting that is not any more what the page showed.
OVERTAKEN: dict[Reason, Promise] = {
    Reason.NOT_PLANNED: _("Das ist schon vorbei oder abgesagt."),
    Reason.STALE: _("Das wurde inzwischen geändert. Bitte sehen Sie noch einmal nach."),
}

# Where a refusal belongs to one field of a form; all others stand above it.
FIELDS: dict[Reason, str] = {
    Reason.IN_PAST: "start",
    Reason.LENGTH: "minutes",
    Reason.MODE_NOT_ALLOWED: "mode",
    Reason.VIDEO_NOT_OFFERED: "mode",
    Reason.TOPIC_RETIRED: "topic",
    Reason.CONSENT_WITHDRAWN: "mode",
    Reason.NOT_AGREED: "agreed",
}

# Why a day of a series cannot be had; a holiday has its own name.
CONFLICTS: dict[Conflict, Promise] = {
    Conflict.PAST: _("schon vorbei"),
    Conflict.HOLIDAY: _("Feiertag"),
    Conflict.ABSENT: _("Sie sind abwesend"),
    Conflict.COUNSELLOR_BUSY: _("bei Ihnen belegt"),
    Conflict.CLIENT_BUSY: _("die Person hat einen anderen Termin"),
    Conflict.NO_CHANNEL: _("kein Videokanal frei"),
}

CLOSED: dict[Closed, Promise] = {
    Closed.NOT_OPEN: _("Der Warteraum ist noch nicht offen."),
    Closed.CONSENT: _("Das Einverständnis zu Video liegt nicht vor."),
    Closed.ENDED: _("Der Termin ist abgeschlossen."),
    Closed.MODE: _("Der Termin findet nicht mehr per Video statt."),
    Closed.REMOVED: _("Die Person wurde aus dem Gespräch entfernt."),
    Closed.ELSEWHERE: _("Das Gespräch läuft auf einem anderen Gerät."),
    Closed.NOBODY_WAITS: _("Im Moment wartet niemand."),
    Closed.OTHER_DEVICE: _("Bild und Ton laufen auf dem anderen Gerät."),
    Closed.NOBODY_ASKS: _("Die Anfrage vom anderen Gerät gibt es nicht mehr."),
}

MEDIA_AWAY = _("Die Videotechnik antwortet gerade nicht. Wir versuchen es weiter. Am Telefon geht es sofort.")

BY_MODE: dict[Mode, Promise] = {
    Mode.VIDEO: _("per Video"),
    Mode.TELEPHONE: _("am Telefon"),
    Mode.ON_SITE: _("vor Ort"),
    Mode.OUTREACH_VISIT: _("als Außentermin"),
}


@dataclass(frozen=True)
class Chip:
    """A state as icon, word and tint."""

    text: str | Promise
    icon: str
    tone: str


FATES: dict[State, Chip] = {
    State.QUEUED: Chip(_("Wird versendet"), "schedule", "info"),
    State.SENDING: Chip(_("Wird gerade versendet"), "schedule", "info"),
    State.SENT: Chip(_("Versendet"), "check", "ok"),
    State.FAILED: Chip(_("Nicht zustellbar"), "error", "bad"),
    State.UNCERTAIN: Chip(_("Ungewiss, ob versendet"), "help", "warn"),
    State.DROPPED: Chip(_("Nicht mehr nötig"), "close", "sunk"),
}
