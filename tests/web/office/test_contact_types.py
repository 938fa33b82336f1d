"""“Kontaktarten”: an office's own kinds of contact, and what changing one does to those that were counted."""

from __future__ import annotations

import datetime as dt
import uuid

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from nahbar.audit.models import AuditEntry
from nahbar.audit.rules import Action
from nahbar.scheduling.contacts import Entry, enter_contact
from nahbar.scheduling.models import ContactType
from nahbar.scheduling.rules import ContactKind
from tests.conftest import Cast
from tests.web.office.pages import Setup
from tests.web.reading import said

pytestmark = pytest.mark.usefixtures("frozen")


@pytest.fixture
def messenger(cast: Cast) -> ContactType:
    return ContactType.objects.create(jobcenter=cast.office, name="Messenger")


def count_one(cast: Cast, own_type: ContactType, now: dt.datetime) -> None:
    seen = [cast.appointment.public_id, *cast.person.contacts.values_list("public_id", flat=True)]
    entry = Entry(client=cast.person, kind=ContactKind.OTHER, own_type=own_type, key=uuid.uuid4())
    enter_contact(desk=cast.desk, entry=entry, now=now, despite=seen)


def audited() -> list[tuple[str, dict[str, object]]]:
    entries = AuditEntry.objects.filter(object_kind="contact_type").order_by("pk")
    return list(entries.values_list("action", "detail"))


def test_one_is_added_and_counts_unless_one_says_otherwise(setup: Setup) -> None:
    page = setup.read("office_contact_types")
    assert "Noch keine eigenen." in page
    assert "persönlich, Telefon, Video, aufsuchend" in page
    assert setup.post("office_contact_types", name="Messenger", counts="on").status_code == 302
    assert setup.post("office_contact_types", name="Brief").status_code == 302
    assert list(ContactType.objects.values_list("name", "counts")) == [("Brief", False), ("Messenger", True)]
    assert audited() == [(Action.CONTACT_TYPE_ADDED, {})] * 2
    assert setup.revision == 2


@pytest.mark.parametrize("name", ["Messenger", "messenger", " MESSENGER ", "telefon", "Persönlich"])
def test_a_name_that_is_taken_is_said_at_its_field(setup: Setup, messenger: ContactType, name: str) -> None:
    answer = setup.post("office_contact_types", name=name, counts="on")
    assert answer.status_code == 422
    assert "Das gibt es schon" in said(answer)
    assert (ContactType.objects.count(), setup.revision) == (1, 0)
    other = ContactType.objects.create(jobcenter=messenger.jobcenter, name="Gruppe")
    assert setup.post("office_contact_type", other.pk, name=name, counts="on").status_code == 422


def test_nobody_counts_what_has_no_name(setup: Setup) -> None:
    for name in ("", "   ", "x" * 41):
        assert setup.post("office_contact_types", name=name).status_code == 422
    assert not ContactType.objects.exists()


def test_another_name_says_first_how_many_are_called_so(
    setup: Setup, cast: Cast, messenger: ContactType, now: dt.datetime
) -> None:
    assert setup.post("office_contact_type", messenger.pk, name="Chat", counts="on").status_code == 302
    count_one(cast, messenger, now)
    shown = setup.post("office_contact_type", messenger.pk, name="Signal", counts="on")
    assert "1 Kontakt ist von dieser Art. Er heißt danach auch so." in said(shown)
    assert setup.confirm(shown, "office_contact_type", messenger.pk, name="Signal", counts="on").status_code == 302
    messenger.refresh_from_db()
    assert messenger.name == "Signal"


def test_what_counts_no_longer_says_first_what_it_does(
    setup: Setup, cast: Cast, messenger: ContactType, now: dt.datetime
) -> None:
    for _time in range(2):
        count_one(cast, messenger, now)
    shown = setup.post("office_contact_type", messenger.pk, name="Messenger")
    assert "2 Kontakte dieser Art zählen dann nicht mehr zur Kontaktdichte." in said(shown)
    assert list(ContactType.objects.values_list("counts", flat=True)) == [True]
    assert setup.confirm(shown, "office_contact_type", messenger.pk, name="Messenger").status_code == 302
    assert list(ContactType.objects.values_list("counts", flat=True)) == [False]
    assert audited() == [(Action.CONTACT_TYPE_CHANGED, {"counts": False})]
    back = setup.post("office_contact_type", messenger.pk, name="Messenger", counts="on")
    assert "2 Kontakte dieser Art zählen dann zur Kontaktdichte." in said(back)


def test_who_saves_an_older_page_reads_what_changed(setup: Setup, messenger: ContactType) -> None:
    setup.post("office_contact_types", name="Gruppe")
    answer = setup.post("office_contact_type", messenger.pk, name="Chat", revision=0)
    assert answer.status_code == 409
    assert "Uwe Haase: Kontaktart angelegt." in said(answer)
    messenger.refresh_from_db()
    assert messenger.name == "Messenger"


def test_it_is_retired_and_brought_back(setup: Setup, messenger: ContactType) -> None:
    for wanted, active in (("off", False), ("off", False), ("on", True), ("on", True), ("", True)):
        setup.post("office_contact_type_offer", messenger.pk, wanted=wanted)
        messenger.refresh_from_db()
        assert messenger.is_active is active
    assert audited() == [(Action.CONTACT_TYPE_RETIRED, {}), (Action.CONTACT_TYPE_RETURNED, {})]
    assert setup.revision == 2


def test_the_list_takes_the_same_queries_however_long(
    setup: Setup, cast: Cast, messenger: ContactType, now: dt.datetime
) -> None:
    counts = []
    for more in (1, 2, 12):
        for number in range(more):
            made = ContactType.objects.create(jobcenter=cast.office, name=f"Art {more}-{number}")
            count_one(cast, made, now)
        with CaptureQueriesContext(connection) as captured:
            assert "1 Kontakt" in setup.read("office_contact_types")
        counts.append(len(captured))
    assert counts[0] == counts[1] == counts[2]
