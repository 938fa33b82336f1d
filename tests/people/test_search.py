"""Names as they are heard and mistyped, numbers, birth dates; and who is found by whom."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from nahbar.people.models import Client, Deputyship, SearchKey
from nahbar.people.search import find_elsewhere, search_clients
from nahbar.people.spelling import day_in, folded, keys_of, nearly, number_key, sound
from tests.conftest import Cast
from tests.factories import desk_of, make_client


@pytest.fixture
def people(cast: Cast) -> dict[str, Client]:
    """The names of the issue, and some that are hard."""
    names = [
        "Müller",
        "Petersen",
        "Yılmaz",
        "Zieliński",
        "Großmann",
        "Al-Hassan",
        "Meier",
        "İnönü",
        "Bjørnsen",
        "d’Arc",
    ]
    return {name: make_client(cast.office, first_name="Kim", last_name=name) for name in names}


@pytest.mark.parametrize(
    ("typed", "name"),
    [
        ("Müller", "Müller"), ("mueller", "Müller"), ("Miller", "Müller"), ("muller", "Müller"), ("MÜLLER", "Müller"),
        ("Mu\u0308ller", "Müller"), ("Petresn", "Petersen"), ("Pettersen", "Petersen"), ("Petersne", "Petersen"),
        ("Pedersen", "Petersen"), ("Pertersen", "Petersen"), ("yilmaz", "Yılmaz"), ("Jilmaz", "Yılmaz"),
        ("zielinski", "Zieliński"), ("Grossmann", "Großmann"), ("Hassan", "Al-Hassan"), ("al hassan", "Al-Hassan"),
        ("Mayer", "Meier"), ("Maier", "Meier"), ("inonu", "İnönü"), ("Bjornsen", "Bjørnsen"),
        ("kim petersen", "Petersen"), ("Petersen, Kim", "Petersen"), ("Peter", "Petersen"),
    ],
)  # fmt: skip
def test_found_however_it_is_written_or_heard(cast: Cast, people: dict[str, Client], typed: str, name: str) -> None:
    assert search_clients(desk=cast.desk, text=typed)[0] == people[name]


def test_what_was_typed_comes_before_what_sounds_alike(cast: Cast) -> None:
    for name in ("Maier", "Mayer", "Meyer", "Meier"):
        make_client(cast.office, last_name=name)
    assert [one.last_name for one in search_clients(desk=cast.desk, text="Meier")] == [
        "Meier",
        "Maier",
        "Mayer",
        "Meyer",
    ]


def test_number_and_birth_date(cast: Cast) -> None:
    born = make_client(cast.office, first_name="Nora", last_name="Lind", birth_date=dt.date(1980, 3, 12))
    for typed in ("12.03.1980", "12.3.1980", "1980-03-12", "Lind 12.03.1980", born.number, born.number.lower()):
        assert search_clients(desk=cast.desk, text=typed) == [born], typed
    assert search_clients(desk=cast.desk, text="Kaya 12.03.1980") == []
    assert search_clients(desk=cast.desk, text=f"{born.number[:4]} {born.number[4:]}") == [born]


@pytest.mark.parametrize("typed", ["", "   ", "…", "99.99.1980", "'; DROP TABLE people_client; --", "%", "_", "Иван"])
def test_nothing_for_what_finds_nobody(cast: Cast, typed: str) -> None:
    assert search_clients(desk=cast.desk, text=typed) == []
    assert find_elsewhere(desk=cast.desk, text=typed) == []


def test_a_deputy_finds_whom_they_stand_in_for(cast: Cast, now: dt.datetime) -> None:
    desk = desk_of(cast.colleague, cast.office, now)
    assert search_clients(desk=desk, text="Kaya") == []
    Deputyship.objects.create(
        jobcenter=cast.office, absent=cast.owner, deputy=cast.colleague, first_day=now.date(), last_day=now.date()
    )
    make_client(cast.office, last_name="Kaya")
    assert search_clients(desk=desk_of(cast.colleague, cast.office, now), text="Elif Kaya") == [cast.person]


def test_other_teams_by_full_number_or_name_and_birth_date_only(cast: Cast) -> None:
    desk, person = desk_of(cast.colleague, cast.office), cast.person
    short = make_client(cast.office, first_name="Bo", last_name="Li", birth_date=dt.date(1980, 3, 12))
    tried = ("Ka 17.04.1990", "k 17.04.1990", "Kaja 17.04.1990", "Kayaa 17.04.1990", "Elif Kay 17.04.1990")
    for typed in (*tried, "Bo Li 12.03.1980", "Kaya", "17.04.1990", person.number[:-1], f"{person.number}9"):
        assert find_elsewhere(desk=desk, text=typed) == [], typed
    for typed in (person.number, "kaya 17.04.1990", "17.4.1990 Elif", "Elif Kaya 1990-04-17"):
        assert find_elsewhere(desk=desk, text=typed) == [person], typed
    assert find_elsewhere(desk=desk, text=short.number) == [short]
    assert find_elsewhere(desk=cast.desk, text=person.number) == []
    for staff in (cast.guide, cast.administrator):
        assert find_elsewhere(desk=desk_of(staff, cast.office), text=person.number) == []
    assert find_elsewhere(desk=desk_of(cast.stranger, cast.other_office), text=person.number) == []


@pytest.mark.parametrize("typed", ["Kaya", "Mller", "Kaja", "12.03.1980"])
def test_the_same_few_queries_however_many_people(cast: Cast, typed: str, django_assert_max_num_queries: Any) -> None:
    for _number in range(30):
        make_client(cast.office, last_name="Müller")
    desk = cast.desk
    with django_assert_max_num_queries(5):
        search_clients(desk=desk, text=typed)


def test_spelling() -> None:
    assert (folded("Müßig"), folded("Łukasz"), folded("Çelik"), folded("Đorđević")) == (
        "muessig", "lukasz", "celik", "dordevic",
    )  # fmt: skip
    assert sound("Müller") == sound("Miller") == "657"
    assert sound("O") == ""
    assert number_key("123 A/456") == "123a456"
    assert day_in("Kim 31.02.1980 x")[0] is None
    assert nearly("petresn", ["peters", "petersen", "hansen"])[0] == "petersen"
    assert all(key.isascii() and key.isalnum() for _kind, key in keys_of(names="Zoë Müller-Łęcki", number="1/2"))


def test_keys_go_with_the_client(cast: Cast) -> None:
    gone = make_client(cast.office)
    Client.objects.filter(pk=gone.pk).delete()
    assert not SearchKey.objects.filter(client_id=gone.pk).exists()
