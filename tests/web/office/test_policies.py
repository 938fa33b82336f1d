"""“Regeln”: proof, languages and names; each says first whom it touches."""

from __future__ import annotations

from typing import Any

import pytest

from nahbar.audit.models import AuditEntry
from nahbar.audit.rules import Action
from nahbar.invitations import mails
from nahbar.invitations.rules import Reference, Template
from nahbar.jobcenters.models import JobCenter
from tests.conftest import Cast
from tests.factories import make_client
from tests.web.office.pages import Setup
from tests.web.reading import said

pytestmark = pytest.mark.usefixtures("frozen")

RULES = {
    "proof": "birthday",
    "offers_plain_german": "on",
    "names_counsellor_in_messages": "on",
    "names_office_in_calendars": "on",
}


def without(name: str) -> dict[str, Any]:
    return {key: value for key, value in RULES.items() if key != name}


def test_another_proof_says_first_who_is_asked(setup: Setup, cast: Cast) -> None:
    make_client(cast.office, number="12")
    wished = RULES | {"proof": "number"}
    shown = setup.post("office_policies", **wished)
    page = said(shown)
    assert "2 Termine stehen bevor." in page
    assert "die letzten vier Zeichen der Kundennummer" in page
    assert "1 Person hat eine Kundennummer mit weniger als vier Zeichen." in page
    assert setup.confirm(shown, "office_policies", **wished).status_code == 302
    assert JobCenter.objects.get(pk=cast.office.pk).proof == "number"
    assert AuditEntry.objects.get(action=Action.OFFICE_CHANGED).detail == {"proof": "number"}


def test_no_plain_german_says_first_who_reads_it(setup: Setup, cast: Cast) -> None:
    cast.person.language = "de-simple"
    cast.person.save()
    wished = without("offers_plain_german")
    shown = setup.post("office_policies", **wished)
    assert "1 Person bekommt ihre E-Mails bisher in Einfacher Sprache." in said(shown)
    reference = Reference(str(cast.invitation.public_id), cast.appointment.revision, cast.invitation.generation)
    before = mails.render(Template.INVITATION, str(reference)).text
    setup.confirm(shown, "office_policies", **wished)
    after = mails.render(Template.INVITATION, str(reference))
    assert after.text != before
    assert after.headers["Content-Language"] == "de"


def test_names_say_first_that_what_was_sent_stays(setup: Setup) -> None:
    shown = setup.post("office_policies", **without("names_counsellor_in_messages"))
    assert "2 Termine stehen bevor. Was dazu verschickt ist, bleibt" in said(shown)


@pytest.mark.parametrize("proof", ["", "password"])
def test_an_unknown_proof_is_refused(setup: Setup, cast: Cast, proof: str) -> None:
    assert setup.post("office_policies", **RULES | {"proof": proof}).status_code == 422
    assert JobCenter.objects.get(pk=cast.office.pk).proof == "birthday"
