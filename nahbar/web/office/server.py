"""“Server prüfen”: does mail go out, and does this browser reach the media server."""

from __future__ import annotations

import datetime as dt

from django.contrib import messages
from django.http import HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from nahbar.calls.operations import probe_connection
from nahbar.calls.sfu import MediaUnavailable
from nahbar.onboarding.trial_mail import last_trial_mail, send_trial_mail
from nahbar.outbox.models import OutboxMessage
from nahbar.outbox.rules import State
from nahbar.web.shared.connecting import connection
from nahbar.web.shared.desks import DeskRequest, administrator_view
from nahbar.web.shared.limits import Limit, is_exhausted

MAILING = Limit("trial-mail", 10)
TRYING = Limit("trial-media", 30)
# A worker takes a mail within a second or two.
PATIENCE = dt.timedelta(seconds=20)
LOGIN_REFUSED = gettext_lazy(
    "Der Mailserver nimmt die Anmeldung nicht an. Bitte NAHBAR_SMTP_USER und NAHBAR_SMTP_PASSWORD prüfen."
)
# The outbox's classes of error (`outbox.smtp`), by their beginning.
ADVICE = (
    ("unreachable SMTPAuthentication", LOGIN_REFUSED),
    (
        "unreachable",
        gettext_lazy(
            "Der Mailserver antwortet nicht. Bitte NAHBAR_SMTP_HOST, NAHBAR_SMTP_PORT und NAHBAR_SMTP_TLS prüfen, "
            "und ob die Firewall diesen Weg freigibt."
        ),
    ),
    ("53", LOGIN_REFUSED),
    (
        "5",
        gettext_lazy("Der Mailserver lehnt die Mail ab. Bitte prüfen, ob er NAHBAR_MAIL_FROM als Absender annimmt."),
    ),
    ("4", gettext_lazy("Der Mailserver vertröstet uns. Wir versuchen es weiter.")),
    ("unanswered", gettext_lazy("Die Verbindung brach ab, als die Mail schon unterwegs war. Vielleicht kam sie an.")),
)
OTHER_ADVICE = gettext_lazy("Bitte sehen Sie in das Protokoll des Workers.")


@require_safe
@administrator_view
def server_check(request: DeskRequest) -> HttpResponse:
    """The page; for htmx only how the mail stands."""
    context = {"mail": mail_standing(last_trial_mail(request.desk.staff), now=timezone.now()), "setup_page": True}
    if request.htmx:
        return render(request, "office/_trial_mail.html", context)
    return render(request, "office/server.html", context | {"texts": TEXTS})


@require_POST
@administrator_view
def server_mail(request: DeskRequest) -> HttpResponse:
    """A mail to the administrator's own address."""
    desk, now = request.desk, timezone.now()
    if is_exhausted(limit=MAILING, request=request, now=now):
        messages.warning(request, _("Das waren viele Probe-Mails. Bitte warten Sie zehn Minuten."))
    else:
        send_trial_mail(to=desk.staff, office=desk.jobcenter.slug, now=now)
    return redirect("server_check", desk.jobcenter.slug)


@require_POST
@administrator_view
def server_media(request: DeskRequest) -> HttpResponse:
    """A room for this browser alone, without rights, to see whether it comes in."""
    now = timezone.now()
    if is_exhausted(limit=TRYING, request=request, now=now):
        return JsonResponse({"reason": "too_often"}, status=429)
    try:
        entry = probe_connection()
    except MediaUnavailable:
        return JsonResponse({"reason": "media"}, status=503)
    return JsonResponse(connection(entry, now=now))


def mail_standing(message: OutboxMessage | None, *, now: dt.datetime) -> dict[str, object]:
    """How the mail stands: `tone` (none, wait, ok, bad), `words`, and whether to look again soon."""
    if message is None:
        return {"tone": "none"}
    told = {"at": message.queued_at, "again": False}
    if message.state == State.SENT:
        words = _("Angenommen. Bitte sehen Sie in Ihr Postfach: Ist sie da, ist alles richtig eingestellt.")
        return told | {"tone": "ok", "words": words}
    if message.last_error:
        return told | {"tone": "bad", "words": _advice(message.last_error), "error": message.last_error}
    if message.state in {State.QUEUED, State.SENDING}:
        if message.state == State.QUEUED and now - message.queued_at > PATIENCE:
            words = _("Der Worker holt die Mail nicht ab. Läuft er? Der Befehl heißt: python -m nahbar worker")
            return told | {"tone": "bad", "words": words, "again": True}
        return told | {"tone": "wait", "words": _("Die Mail ist unterwegs zum Mailserver."), "again": True}
    return told | {"tone": "bad", "words": str(OTHER_ADVICE)}


def _advice(error: str) -> str:
    return str(next((words for beginning, words in ADVICE if error.startswith(beginning)), OTHER_ADVICE))


TEXTS = {
    "trying": gettext_lazy("Ihr Browser verbindet sich mit dem Medienserver."),
    "ok": gettext_lazy("Ihr Browser hat den Medienserver erreicht, auch mit Bild und Ton."),
    "media": gettext_lazy(
        "Nahbar erreicht den Medienserver nicht. Läuft LiveKit? Bitte NAHBAR_LIVEKIT_API_URL, NAHBAR_LIVEKIT_KEY und "
        "NAHBAR_LIVEKIT_SECRET prüfen. Der Befehl „python -m nahbar check_media“ sagt, was fehlt."
    ),
    "too_often": gettext_lazy("Das waren viele Versuche. Bitte warten Sie zehn Minuten."),
    "refused": gettext_lazy(
        "Der Medienserver lehnt unseren Schlüssel ab. NAHBAR_LIVEKIT_KEY und NAHBAR_LIVEKIT_SECRET müssen in seinen "
        "keys stehen."
    ),
    "unreachable": gettext_lazy(
        "Ihr Browser erreicht den Medienserver nicht, Nahbar selbst erreicht ihn. Bitte "
        "NAHBAR_LIVEKIT_URL, den Proxy und die Ports für Bild und Ton prüfen."
    ),
    "failed": gettext_lazy("Die Prüfung ließ sich nicht starten. Bitte laden Sie die Seite neu."),
}
