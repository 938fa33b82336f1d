"""“Orte und Entfernungen”: the places, a pasted list, and what another distance does."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from nahbar.audit.models import AuditEntry
from nahbar.audit.rules import Action
from nahbar.jobcenters.models import Place
from nahbar.people.models import Client
from tests.conftest import Cast
from tests.factories import make_client
from tests.web.office.pages import Setup
from tests.web.reading import said

pytestmark = pytest.mark.usefixtures("frozen")


@pytest.fixture
def wedel(cast: Cast) -> Place:
    return Place.objects.create(jobcenter=cast.office, name="Wedel", km=18)


def places(cast: Cast) -> list[tuple[str, int, bool]]:
    return list(cast.office.places.values_list("name", "km", "is_active"))


def audited() -> list[tuple[str, dict[str, object]]]:
    entries = AuditEntry.objects.filter(action__startswith="place").order_by("pk")
    return list(entries.values_list("action", "detail"))


def test_a_place_is_added_and_changed(setup: Setup, cast: Cast) -> None:
    assert "Noch keine Orte." in setup.read("office_distances")
    assert setup.post("office_distances", name="Wedel", km="18").status_code == 302
    (place,) = cast.office.places.all()
    assert setup.post("office_distance", place.pk, name="Wedel (Holstein)", km="19").status_code == 302
    assert places(cast) == [("Wedel (Holstein)", 19, True)]
    assert audited() == [(Action.PLACE_ADDED, {}), (Action.PLACE_CHANGED, {"name": True, "km": 19})]


@pytest.mark.parametrize(
    ("name", "km"),
    [("", "3"), ("Kiel", ""), ("Kiel", "-1"), ("Kiel", "1000"), ("Kiel", "weit"), ("x" * 81, "3"), ("wedel", "3")],
)
def test_what_is_wrong_adds_nothing_and_is_kept(setup: Setup, wedel: Place, name: str, km: str) -> None:
    answer = setup.post("office_distances", name=name, km=km)
    assert answer.status_code == 422
    assert f'value="{name}"' in said(answer) or not name
    assert (Place.objects.count(), setup.revision) == (1, 0)


def test_another_distance_says_first_for_whom(setup: Setup, cast: Cast, wedel: Place) -> None:
    Client.objects.filter(pk=cast.person.pk).update(place=wedel)
    shown = setup.post("office_distance", wedel.pk, name="Wedel", km="21")
    page = said(shown)
    assert "1 Person wohnt dort. Ihre Videogespräche zählen dann 21 statt 18 Kilometer je Weg." in page
    assert "Gespräche, deren Ergebnis schon eingetragen ist, bleiben, wie sie sind." in page
    assert places(cast) == [("Wedel", 18, True)]
    assert setup.confirm(shown, "office_distance", wedel.pk, name="Wedel", km="21").status_code == 302
    assert places(cast) == [("Wedel", 21, True)]


def test_it_is_retired_and_brought_back_and_kept_by_who_lives_there(setup: Setup, cast: Cast, wedel: Place) -> None:
    Client.objects.filter(pk=cast.person.pk).update(place=wedel)
    for wanted, active in (("off", False), ("off", False), ("on", True), ("on", True), ("", True)):
        setup.post("office_distance_offer", wedel.pk, wanted=wanted)
        assert places(cast) == [("Wedel", 18, active)]
    assert Client.objects.get(pk=cast.person.pk).place == wedel
    assert [action for action, _detail in audited()] == [Action.PLACE_RETIRED, Action.PLACE_RETURNED]


# --- a list ---------------------------------------------------------------------------------------


def test_a_list_is_shown_before_it_is_kept(setup: Setup, cast: Cast, wedel: Place) -> None:
    Place.objects.create(jobcenter=cast.office, name="Uetersen", km=30, is_active=False)
    Place.objects.create(jobcenter=cast.office, name="Pinneberg", km=20)
    Place.objects.create(jobcenter=cast.other_office, name="Glinde", km=5)
    pasted = "Ort;km\r\nWEDEL; 21\r\nUetersen\t30\r\n\r\nPinneberg;20 km\r\nGlinde;7,5\r\nNeu  Wulmstorf ; 12,4\r\n"
    Client.objects.filter(pk=cast.person.pk).update(place=wedel)
    shown = setup.post("office_distances_paste", places=pasted)
    page = said(shown)
    assert "2 Orte kommen dazu." in page
    assert "1 Ort bekommt andere Kilometer." in page
    assert (
        "1 Person wohnt an einem Ort mit anderen Kilometern. Sie gelten für Gespräche, deren Ergebnis von jetzt" in page
    )
    assert "1 Ort steht wieder zur Wahl." in page
    for line in ("Wedel: 21 statt bisher 18 km", "Uetersen: wieder zur Wahl", "Glinde: neu, 8 km"):
        assert line in page
    assert "Pinneberg" not in page.replace(pasted, "").split("Im Einzelnen")[1].split("<form")[0]
    assert Place.objects.get(pk=wedel.pk).km == 18

    assert setup.confirm(shown, "office_distances_paste", places=pasted).status_code == 302
    assert places(cast) == [
        ("Glinde", 8, True),
        ("Neu Wulmstorf", 12, True),
        ("Pinneberg", 20, True),
        ("Uetersen", 30, True),
        ("Wedel", 21, True),
    ]
    assert Place.objects.get(jobcenter=cast.other_office).km == 5
    assert audited() == [(Action.PLACES_LISTED, {"new": 2, "changed": 1, "returned": 1})]
    again = setup.browser.post(setup.address("office_distances_paste"), {"places": pasted}, follow=True)
    assert "Diese Liste ändert nichts" in said(again)


def test_every_line_that_cannot_be_read_is_named_and_nothing_is_kept(setup: Setup, cast: Cast) -> None:
    pasted = "\r\n".join(
        ["Wedel;18", "Kiel", "Plön;weit", "Eutin;3;4", ";7", "wedel; 20", "x" * 81 + ";3", "Kappeln;1000", "Husum;-3"]
    )
    answer = setup.post("office_distances_paste", places=pasted)
    page = said(answer)
    assert answer.status_code == 422
    for line in (2, 4, 5):
        assert f"Zeile {line}: Bitte schreiben Sie den Ort, ein Semikolon und die Kilometer." in page
    for line in (3, 8, 9):
        assert f"Zeile {line}: Bitte geben Sie ganze Kilometer von 0 bis 999 an." in page
    assert "Zeile 6: Diesen Ort nennt schon Zeile 1." in page
    assert "Zeile 7: Der Name hat mehr als 80 Zeichen." in page
    assert "Zeile 1:" not in page
    assert "Plön;weit" in page
    assert places(cast) == []


@pytest.mark.parametrize(
    "pasted", ["", "   \r\n ", "\x00;3", "Ort;km", "x;1\n" * 2_001 + "y;1", "ä" * 100_001, "a" + " " * 99_000 + "b"]
)
def test_no_list_is_refused(setup: Setup, cast: Cast, pasted: str) -> None:
    assert setup.post("office_distances_paste", places=pasted).status_code == 422
    assert places(cast) == []


def test_a_confirmation_is_one_of_just_this_list(setup: Setup, cast: Cast, wedel: Place) -> None:
    shown = setup.post("office_distances_paste", places="Wedel;20")
    Place.objects.filter(pk=wedel.pk).update(km=19)
    again = setup.confirm(shown, "office_distances_paste", places="Wedel;20")
    assert again.status_code == 200
    assert "Wedel: 20 statt bisher 19 km" in said(again)
    assert places(cast) == [("Wedel", 19, True)]


def test_the_list_takes_the_same_queries_however_long(setup: Setup, cast: Cast) -> None:
    counts = []
    for more in (1, 2, 12):
        for number in range(more):
            place = Place.objects.create(jobcenter=cast.office, name=f"Ort {more}-{number}", km=number)
            make_client(cast.office, place=place)
        with CaptureQueriesContext(connection) as captured:
            assert "1 Person" in setup.read("office_distances")
        counts.append(len(captured))
    assert counts[0] == counts[1] == counts[2]
