"""“Server prüfen”: the test mail's way and what its fate says; the media server's door."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.test import Client as Browser
from django.urls import reverse

from nahbar.onboarding.trial_mail import TEMPLATE, last_trial_mail, send_trial_mail, still_wanted
from nahbar.outbox.models import OutboxMessage
from nahbar.outbox.queries import rendered
from nahbar.outbox.rules import State
from nahbar.web.office.server import mail_standing
from tests.conftest import Cast
from tests.factories import as_staff
from tests.servers import LiveKitServer


def test_mail_goes_to_the_administrator_alone(cast: Cast, frozen: Any) -> None:
    browser = as_staff(Browser(), cast.administrator)
    answer = browser.post(reverse("server_mail", args=["altona"]), {"to": "somebody@example.org"})
    assert answer.status_code == 302
    message = OutboxMessage.objects.get(template=TEMPLATE)
    assert rendered(message).to == cast.administrator.email
    assert still_wanted(message.about_id, message.queued_at)
    assert browser.get(reverse("server_check", args=["altona"])).context["mail"]["tone"] == "wait"


def test_mail_is_not_sent_to_somebody_switched_off(cast: Cast, now: dt.datetime) -> None:
    message = send_trial_mail(to=cast.administrator, office="altona", now=now)
    cast.administrator.is_active = False
    cast.administrator.save()
    assert not still_wanted(message.about_id, now)


@pytest.mark.parametrize(
    ("fields", "seconds", "told"),
    [
        ({"state": State.QUEUED}, 1, ("wait", "Die Mail ist unterwegs")),
        ({"state": State.QUEUED}, 30, ("bad", "Der Worker holt die Mail nicht ab")),
        ({"state": State.SENT}, 30, ("ok", "Angenommen")),
        ({"state": State.QUEUED, "last_error": "unreachable Timeout"}, 3, ("bad", "Der Mailserver antwortet")),
        ({"state": State.QUEUED, "last_error": "535 temporary"}, 3, ("bad", "Der Mailserver nimmt die Anmeldung")),
        ({"state": State.FAILED, "last_error": "550 permanent"}, 3, ("bad", "Der Mailserver lehnt")),
        ({"state": State.QUEUED, "last_error": "451 temporary"}, 3, ("bad", "Der Mailserver vertröstet")),
        ({"state": State.QUEUED, "last_error": "render KeyError"}, 3, ("bad", "Bitte sehen Sie in das Protokoll")),
    ],
)
def test_fate_says_what_to_do(
    fields: dict[str, Any], seconds: int, told: tuple[str, str], cast: Cast, now: dt.datetime
) -> None:
    message = send_trial_mail(to=cast.administrator, office="altona", now=now)
    OutboxMessage.objects.filter(pk=message.pk).update(**fields)
    standing = mail_standing(last_trial_mail(cast.administrator), now=now + dt.timedelta(seconds=seconds))
    tone, begins = told
    assert (standing["tone"], str(standing["words"])[: len(begins)]) == (tone, begins)


def test_without_a_mail_there_is_nothing_to_tell(cast: Cast, now: dt.datetime) -> None:
    assert mail_standing(last_trial_mail(cast.administrator), now=now) == {"tone": "none"}


def test_browser_gets_a_room_of_its_own_without_rights(cast: Cast, media: LiveKitServer) -> None:
    browser = as_staff(Browser(), cast.administrator)
    answers = [browser.post(reverse("server_media", args=["altona"])).json() for _ in range(2)]
    assert sorted(answers[0]) == ["iceServers", "token", "url"]
    assert answers[0]["token"] != answers[1]["token"]


def test_media_server_that_is_gone_is_told(cast: Cast, settings: Any) -> None:
    settings.NAHBAR_LIVEKIT_API_URL = "http://127.0.0.1:9"
    answer = as_staff(Browser(), cast.administrator).post(reverse("server_media", args=["altona"]))
    assert (answer.status_code, answer.json()) == (503, {"reason": "media"})
