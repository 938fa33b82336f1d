"""“Büro”, and what every page of the set-up does when something is saved."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client as Browser

from nahbar.audit.models import AuditEntry
from nahbar.audit.rules import Action
from nahbar.jobcenters.models import JobCenter
from nahbar.jobcenters.rules import Mode, Role
from nahbar.scheduling.operations import switch_mode
from tests.conftest import Cast
from tests.factories import as_staff, join_office
from tests.web.office.pages import Setup
from tests.web.reading import said

pytestmark = pytest.mark.usefixtures("frozen")

FACTS = {
    "name": "Jobcenter Altona",
    "phone_display": "040 66969-100",
    "email": "altona@example.org",
    "street": "",
    "postcode": "",
    "city": "Hamburg",
    "opening_hours": "",
    "land": "",
}


def changes() -> list[tuple[str, dict[str, Any]]]:
    return list(AuditEntry.objects.filter(action=Action.OFFICE_CHANGED).values_list("actor_id", "detail"))


def test_what_affects_nobody_is_saved_at_once(setup: Setup, cast: Cast) -> None:
    answer = setup.post("office_facts", **FACTS | {"opening_hours": "Mo bis Fr 8 bis 12 Uhr"})
    assert answer["Location"] == setup.address("office_facts")
    assert JobCenter.objects.get(pk=cast.office.pk).opening_hours == "Mo bis Fr 8 bis 12 Uhr"
    assert changes() == [(str(cast.administrator.public_id), {"opening_hours": True})]
    assert setup.revision == 1


def test_saving_the_same_again_changes_nothing(setup: Setup) -> None:
    assert setup.post("office_facts", **FACTS).status_code == 302
    assert changes() == []
    assert setup.revision == 0


def test_another_number_says_first_how_many_invitations_name_the_old_one(setup: Setup) -> None:
    wished = FACTS | {"phone_display": "040 3020100"}
    shown = setup.post("office_facts", **wished)
    assert "2 Termine stehen bevor" in said(shown)
    assert changes() == []

    assert setup.confirm(shown, "office_facts", **wished).status_code == 302
    setup.office.refresh_from_db()
    assert (setup.office.phone_display, setup.office.phone) == ("040 3020100", "+49403020100")


def test_confirmation_holds_for_what_was_shown_only(setup: Setup, cast: Cast) -> None:
    shown = setup.post("office_facts", **FACTS | {"phone_display": "040 3020100"})
    other = setup.confirm(shown, "office_facts", **FACTS | {"phone_display": "040 3020101"})
    assert "Was das bewirkt" in said(other)

    switch_mode(appointment=cast.appointment, mode=Mode.ON_SITE, by=cast.desk.actor, now=cast.appointment.created_at)
    shown = setup.post("office_facts", **FACTS | {"street": "Platz 1", "postcode": "22765"})
    assert "1 Termin vor Ort steht bevor" in said(shown)
    other_appointment = cast.other_appointment
    switch_mode(appointment=other_appointment, mode=Mode.ON_SITE, by=cast.desk.actor, now=other_appointment.created_at)
    again = setup.confirm(shown, "office_facts", **FACTS | {"street": "Platz 1", "postcode": "22765"})
    assert "2 Termine vor Ort stehen bevor" in said(again)
    assert changes() == []


def test_whoever_thinks_again_finds_what_was_typed(setup: Setup) -> None:
    answer = setup.post("office_facts", **FACTS | {"phone_display": "040 3020100"}, edit="1")
    assert 'value="040 3020100"' in said(answer)
    assert changes() == []


def test_second_administrator_reads_what_the_first_one_did_and_decides(setup: Setup, cast: Cast) -> None:
    join_office(cast.guide, cast.office, Role.ADMINISTRATOR)
    first = Setup(as_staff(Browser(), cast.guide), cast.office)
    old = setup.revision
    first.post("office_facts", **FACTS | {"opening_hours": "Immer"})

    answer = setup.post("office_facts", **FACTS | {"opening_hours": "Nie", "revision": old})
    page = said(answer)
    assert answer.status_code == 409
    assert "Tom Lohse: Büro geändert." in page
    assert 'value="Nie"' in page
    setup.office.refresh_from_db()
    assert setup.office.opening_hours == "Immer"

    assert setup.post("office_facts", **FACTS | {"opening_hours": "Nie"}).status_code == 302
    setup.office.refresh_from_db()
    assert setup.office.opening_hours == "Nie"


@pytest.mark.parametrize("revision", ["", "x", "-1", "9" * 40, "7"])
def test_a_revision_that_never_was_saves_nothing(setup: Setup, revision: str) -> None:
    answer = setup.post("office_facts", **FACTS | {"name": "Anders", "revision": revision})
    assert answer.status_code == 409
    assert changes() == []


@pytest.mark.parametrize(
    ("field", "typed"),
    [
        ("phone_display", "zwölf"),
        ("phone_display", "12"),
        ("phone_display", ""),
        ("name", " "),
        ("email", "altona"),
        ("land", "XX"),
        ("name", "x" * 121),
    ],
)
def test_what_cannot_be_stays_as_typed(setup: Setup, field: str, typed: str) -> None:
    answer = setup.post("office_facts", **FACTS | {field: typed})
    assert answer.status_code == 422
    assert 'aria-invalid="true"' in said(answer)
    assert changes() == []


def test_another_land_counts_what_lies_on_its_holidays(setup: Setup, cast: Cast) -> None:
    # 8 March is a holiday in Berlin only; the Cast's appointments are on the 3rd.
    answer = setup.post("office_facts", **FACTS | {"land": "BE"})
    assert answer.status_code == 302
    moment = cast.appointment.starts_at.replace(day=8)
    type(cast.appointment).objects.filter(pk=cast.appointment.pk).update(
        starts_at=moment, ends_at=moment.replace(hour=20)
    )
    assert setup.post("office_facts", **FACTS | {"land": ""}).status_code == 302
    assert "1 Termin liegt dann" in said(setup.post("office_facts", **FACTS | {"land": "BE"}))


def test_hub_leads_to_every_page(setup: Setup) -> None:
    page = setup.read("office_setup")
    for title in (
        "Büro",
        "Standorte",
        "Teams",
        "Themen",
        "Videokanäle",
        "Zeiten",
        "Vertretungen",
        "Regeln",
        "Protokoll",
    ):
        assert f"<b>{title}</b>" in page
