"""A list compared with the records, applied, repeated, undone; and what others do meanwhile."""

from __future__ import annotations

import datetime as dt

import pytest

from nahbar.audit.models import AuditEntry
from nahbar.audit.retention import Tally
from nahbar.audit.rules import Action
from nahbar.jobcenters.models import Place, Team
from nahbar.people.imports import (
    Elsewhere,
    apply_next,
    confirm,
    discard,
    map_columns,
    read_upload,
    start_import,
    undo,
)
from nahbar.people.models import Client, ClientImport, ImportRow
from nahbar.people.records import change_client
from nahbar.people.retention import IMPORTS
from nahbar.people.rules import ImportState
from nahbar.people.search import search_clients
from tests.conftest import Cast
from tests.factories import book, desk_of, make_client
from tests.people.lists import (
    HEADER,
    NEW,
    applied,
    damaged,
    fates,
    outcomes,
    problems,
    reread,
    text,
    undone,
    uploaded,
    waiting_tasks,
    workbook,
)


def row_of(client: Client, **changes: str) -> list[str]:
    """The client as a list has them, but for `changes`."""
    said = {
        "Kundennummer": client.number,
        "Nachname": client.last_name,
        "Vorname": client.first_name,
        "Geburtsdatum": f"{client.birth_date:%d.%m.%Y}",
        "Team": client.team.name,
        "E-Mail": client.email,
        "Telefon": client.phone_display,
        "Anrede": "Frau",
    }
    return [changes.get(name, said[name]) for name in HEADER]


def numbered(cast: Cast, number: str) -> Client:
    client: Client = Client.objects.get(jobcenter=cast.office, number=number)
    return client


def test_new_changed_unchanged_and_wrong(cast: Cast, now: dt.datetime) -> None:
    rows = [HEADER, NEW, row_of(cast.person, Telefon="040 1"), row_of(cast.other_person), ["9", "Ohne", "", "", "", ""]]
    upload = uploaded(cast, text(rows), now=now)
    assert (upload.state, upload.total, upload.done) == (ImportState.READ, 4, 4)
    assert outcomes(upload) == [(2, "new"), (3, "changed"), (4, "unchanged"), (5, "wrong")]
    assert problems(upload) == {5: [("first_name", "missing"), ("birth_date", "missing"), ("team", "missing")]}
    assert ImportRow.objects.get(parent=upload, position=3).before == {"phone_display": "0176 1234567"}
    assert Client.objects.of(cast.office).count() == 2


def test_applying_keeps_exactly_what_was_shown(cast: Cast, now: dt.datetime) -> None:
    rows = [HEADER, NEW, row_of(cast.person, Telefon="040 1", Nachname="Kaya-Öz")]
    upload = applied(cast, uploaded(cast, text(rows, encoding="cp1252"), now=now), now=now)
    assert (upload.state, upload.done, bytes(upload.content)) == (ImportState.APPLIED, 2, b"")
    made, changed = numbered(cast, NEW[0]), numbered(cast, cast.person.number)
    assert (made.full_name, made.birth_date, made.team.name) == ("Jürgen Müller", dt.date(1980, 3, 12), "Team 2")
    assert (made.email, made.phone_display, made.salutation) == ("j.mueller@example.org", "0176 555", "herr")
    assert (changed.last_name, changed.phone_display, changed.email) == ("Kaya-Öz", "040 1", cast.person.email)
    assert (changed.revision, changed.changed_by, changed.changed_at) == (1, cast.administrator, now)
    assert search_clients(desk=cast.desk, text="kaya öz") == [changed]
    assert search_clients(desk=desk_of(cast.colleague, cast.office), text="Mueller") == [made]


def test_each_record_is_audited_without_names(cast: Cast, now: dt.datetime) -> None:
    upload = applied(cast, uploaded(cast, text([HEADER, NEW, row_of(cast.person, Telefon="1 2 3")]), now=now), now=now)
    created = AuditEntry.objects.get(action=Action.CLIENT_CREATED)
    changed = AuditEntry.objects.get(action=Action.CLIENT_CHANGED)
    assert created.object_id == str(numbered(cast, NEW[0]).public_id)
    assert changed.object_id == str(cast.person.public_id)
    assert created.detail == changed.detail == {"upload": str(upload.public_id)}
    assert created.actor_id == str(cast.administrator.public_id)
    whole = AuditEntry.objects.get(action=Action.CLIENTS_IMPORTED)
    assert (whole.object_id, whole.detail) == (str(upload.public_id), {"rows": 2})


def test_the_same_list_again_changes_nothing(cast: Cast, now: dt.datetime) -> None:
    content = text([HEADER, NEW, row_of(cast.person, Telefon="040 1")])
    applied(cast, uploaded(cast, content, now=now), now=now)
    before = list(Client.objects.order_by("pk").values())
    again = uploaded(cast, content, now=now)
    assert outcomes(again) == [(2, "unchanged"), (3, "unchanged")]
    applied(cast, again, now=now)
    assert list(Client.objects.order_by("pk").values()) == before


def test_an_empty_cell_deletes_nothing(cast: Cast, now: dt.datetime) -> None:
    upload = uploaded(cast, text([HEADER, row_of(cast.person, Telefon="", **{"E-Mail": "", "Team": ""})]), now=now)
    assert outcomes(upload) == [(2, "unchanged")]


def test_a_number_twice_makes_both_rows_wrong(cast: Cast, now: dt.datetime) -> None:
    rows = [HEADER, NEW, row_of(cast.person), [NEW[0], "Anders", *NEW[2:]]]
    upload = uploaded(cast, text(rows), now=now)
    assert outcomes(upload) == [(2, "wrong"), (3, "unchanged"), (4, "wrong")]
    assert problems(upload) == {2: [("number", "twice")], 4: [("number", "twice")]}


@pytest.mark.parametrize(
    ("column", "cell", "wrong"),
    [
        ("Geburtsdatum", "31.02.1980", ("birth_date", "no_day")),
        ("Geburtsdatum", "12.03.80", ("birth_date", "no_day")),
        ("Geburtsdatum", "12.03.2980", ("birth_date", "no_day")),
        ("Geburtsdatum", "12.03.1780", ("birth_date", "no_day")),
        ("E-Mail", "j.mueller", ("email", "no_email")),
        ("Telefon", "ruf mich an", ("phone_display", "no_phone")),
        ("Team", "Team 9", ("team", "unknown_team")),
        ("Anrede", "Doktor", ("salutation", "unknown_word")),
        ("Nachname", "=1", ("last_name", "no_name")),
        ("Nachname", "x" * 81, ("last_name", "too_long")),
        ("Kundennummer", "9" * 21, ("number", "no_number")),
        ("Kundennummer", "", ("number", "missing")),
    ],
)
def test_a_wrong_cell_is_named(cast: Cast, now: dt.datetime, column: str, cell: str, wrong: tuple[str, str]) -> None:
    row = [cell if name == column else value for name, value in zip(HEADER, NEW, strict=True)]
    assert problems(uploaded(cast, text([HEADER, row]), now=now)) == {2: [wrong]}


def test_a_formula_refuses_its_row(cast: Cast, now: dt.datetime) -> None:
    row = ["=A1", *NEW[1:]]
    assert problems(uploaded(cast, workbook([HEADER, row]), now=now)) == {2: [("number", "formula")]}


def test_a_cell_like_a_formula_is_kept_as_it_is(cast: Cast, now: dt.datetime) -> None:
    row = [*NEW[:1], "=cmd|' /c calc'!A0", *NEW[2:]]
    applied(cast, uploaded(cast, text([HEADER, row]), now=now), now=now)
    assert numbered(cast, NEW[0]).last_name == "=cmd|' /c calc'!A0"


def test_only_mapped_columns_are_kept(cast: Cast, now: dt.datetime) -> None:
    upload = uploaded(cast, text([[*HEADER, "Diagnose"], [*NEW, "geheim"]]), now=now)
    row = ImportRow.objects.get(parent=upload)
    assert "geheim" not in str(row.values)
    assert "geheim" not in str(upload.header)


def test_headers_nobody_knows_can_be_mapped(cast: Cast, now: dt.datetime) -> None:
    strange = ["A", "B", "C", "D", "E", "F", "G", "H"]
    upload = uploaded(cast, text([strange, NEW]), now=now)
    assert (upload.state, upload.mapping, outcomes(upload)) == (ImportState.READ, {}, [])
    mapping = {"number": 0, "last_name": 1, "first_name": 2, "birth_date": 3, "team": 4, "no_field": 5}
    map_columns(upload=upload, mapping=mapping)
    upload = reread(upload, now=now)
    assert outcomes(upload) == [(2, "new")]
    assert "no_field" not in upload.mapping
    assert "email" not in ImportRow.objects.get(parent=upload).values


def test_an_older_reading_ends_without_effect(cast: Cast, now: dt.datetime) -> None:
    upload = uploaded(cast, text([HEADER, NEW]), now=now)
    map_columns(upload=upload, mapping={"number": 0})
    current = ClientImport.objects.get(pk=upload.pk)
    stale = ClientImport.objects.get(pk=upload.pk)
    stale.reading = 0
    assert reread(stale, now=now).state == ImportState.READING
    assert reread(current, now=now).state == ImportState.READ


def test_a_file_that_is_none_says_so_and_keeps_nothing(cast: Cast, now: dt.datetime) -> None:
    upload = uploaded(cast, b"%PDF-1.7", now=now)
    assert (upload.state, upload.problem, bytes(upload.content)) == (ImportState.FAILED, "not_a_list", b"")
    late = text([HEADER, *([*NEW[:1], *NEW[1:]] for _ in range(700)), ["x"] * 501])
    upload = uploaded(cast, late, now=now)
    assert (upload.state, upload.problem, upload.rows.count()) == (ImportState.FAILED, "too_many_columns", 0)


def test_what_was_changed_since_the_preview_is_left_alone(cast: Cast, now: dt.datetime) -> None:
    upload = uploaded(cast, text([HEADER, NEW, row_of(cast.person, Telefon="040 1")]), now=now)
    change_client(desk=cast.desk, client=cast.person, facts={"phone_display": "040 2"}, revision=0, now=now)
    make_client(cast.office, number=NEW[0])
    upload = applied(cast, upload, now=now)
    assert fates(upload) == [(2, "overtaken"), (3, "overtaken")]
    assert numbered(cast, cast.person.number).phone_display == "040 2"


def test_undoing_brings_back_what_was(cast: Cast, now: dt.datetime) -> None:
    before = row_of(cast.person)
    rows = [HEADER, NEW, row_of(cast.person, Telefon="040 1", Geburtsdatum="01.01.1991", Nachname="Anders")]
    upload = applied(cast, uploaded(cast, text(rows), now=now), now=now)
    upload = undone(cast, upload, now=now)
    assert (upload.state, upload.done) == (ImportState.UNDONE, 2)
    assert not Client.objects.filter(number=NEW[0]).exists()
    person = numbered(cast, cast.person.number)
    assert row_of(person) == before
    assert search_clients(desk=cast.desk, text="Kaya") == [person]
    assert search_clients(desk=cast.desk, text="Anders") == []
    assert AuditEntry.objects.filter(action=Action.DELETED).count() == 1


def test_undoing_leaves_what_somebody_touched_and_says_which(cast: Cast, now: dt.datetime) -> None:
    second = ["777A000002", "Schulz", *NEW[2:5], "s@example.org", *NEW[6:]]
    rows = [HEADER, NEW, second, row_of(cast.person, Telefon="040 1"), row_of(cast.other_person, Telefon="040 1")]
    upload = applied(cast, uploaded(cast, text(rows), now=now), now=now)
    made = numbered(cast, NEW[0])
    book(client=made, staff=cast.colleague, starts_at=now + dt.timedelta(days=1), now=now)
    change_client(desk=cast.desk, client=cast.person, facts={"email": "neu@example.org"}, revision=1, now=now)
    upload = undone(cast, upload, now=now)
    assert fates(upload) == [(2, "kept_used"), (3, "undone"), (4, "kept_changed"), (5, "undone")]
    assert Client.objects.filter(number=NEW[0]).exists()
    assert numbered(cast, cast.person.number).email == "neu@example.org"


def test_slices_go_on_where_a_killed_worker_stopped(cast: Cast, now: dt.datetime) -> None:
    many = [[f"77{number:04}", f"Name{number}x", *NEW[2:5], "", "", ""] for number in range(1_100)]
    upload = uploaded(cast, text([HEADER, *many]), now=now)
    confirm(desk=desk_of(cast.administrator, cast.office), upload=upload, now=now)
    apply_next(public_id=upload.public_id, now=now)
    assert ClientImport.objects.get(pk=upload.pk).done == 500
    upload = ClientImport.objects.get(pk=upload.pk)
    while upload.state == ImportState.APPLYING:
        apply_next(public_id=upload.public_id, now=now)
        upload.refresh_from_db()
    assert (upload.done, Client.objects.filter(number__startswith="77").count()) == (1_100, 1_100)
    apply_next(public_id=upload.public_id, now=now)
    assert Client.objects.filter(number__startswith="77").count() == 1_100


def test_one_import_at_work_in_an_office(cast: Cast, now: dt.datetime) -> None:
    desk = desk_of(cast.administrator, cast.office)
    first, second = (uploaded(cast, text([HEADER, NEW]), now=now) for _ in range(2))
    confirm(desk=desk, upload=first, now=now)
    with pytest.raises(Elsewhere):
        confirm(desk=desk, upload=second, now=now)
    assert ClientImport.objects.get(pk=second.pk).state == ImportState.READ


def test_a_page_that_is_stale_does_nothing(cast: Cast, now: dt.datetime) -> None:
    desk = desk_of(cast.administrator, cast.office)
    upload = uploaded(cast, text([HEADER, NEW]), now=now)
    stale = ClientImport.objects.get(pk=upload.pk)
    applied(cast, upload, now=now)
    for operation in (confirm, discard):
        with pytest.raises(Elsewhere):
            operation(desk=desk, upload=stale, now=now)
    with pytest.raises(Elsewhere):
        undo(desk=desk, upload=stale, now=now)
    assert Client.objects.filter(number=NEW[0]).count() == 1


def test_each_step_has_a_task(cast: Cast, now: dt.datetime) -> None:
    desk = desk_of(cast.administrator, cast.office)
    upload = start_import(desk=desk, content=text([HEADER, NEW]), now=now)
    assert waiting_tasks() == ["read"]
    upload = reread(upload, now=now)
    confirm(desk=desk, upload=upload, now=now)
    apply_next(public_id=upload.public_id, now=now)
    assert sorted(waiting_tasks()) == ["apply", "apply", "read"]


def test_everything_of_it_goes_after_fourteen_days(cast: Cast, now: dt.datetime) -> None:
    old, young = (uploaded(cast, text([HEADER, NEW]), now=now - dt.timedelta(days=age)) for age in (15, 13))
    assert IMPORTS.delete(now=now, limit=5) == {cast.office.slug: Tally(1, old.created_at)}
    assert list(ClientImport.objects.all()) == [young]
    assert not ImportRow.objects.filter(parent_id=old.pk).exists()


def test_a_damaged_workbook_is_broken_and_can_be_thrown_away(cast: Cast, now: dt.datetime) -> None:
    upload = uploaded(cast, damaged(workbook([HEADER, NEW])), now=now)
    assert (upload.state, upload.problem, bytes(upload.content)) == (ImportState.FAILED, "broken", b"")


def test_what_nobody_thought_of_ends_the_reading_too(
    cast: Cast, now: dt.datetime, caplog: pytest.LogCaptureFixture
) -> None:
    upload = start_import(desk=desk_of(cast.administrator, cast.office), content=text([HEADER, NEW]), now=now)
    # Positions are numbers.
    ClientImport.objects.filter(pk=upload.pk).update(mapping={"number": "A"})
    upload = reread(upload, now=now)
    assert (upload.state, upload.problem, upload.rows.count()) == (ImportState.FAILED, "broken", 0)
    assert [record.getMessage() for record in caplog.records] == ["a list was not read: TypeError"]


def test_a_list_that_is_being_read_can_be_thrown_away(cast: Cast, now: dt.datetime) -> None:
    desk = desk_of(cast.administrator, cast.office)
    upload = start_import(desk=desk, content=text([HEADER, NEW]), now=now)
    discard(desk=desk, upload=upload, now=now)
    read_upload(public_id=upload.public_id, reading=0, now=now)
    assert not ClientImport.objects.exists()


def test_whoever_has_a_list_compared_is_in_the_log(cast: Cast, now: dt.datetime) -> None:
    upload = uploaded(cast, text([HEADER, NEW, row_of(cast.person)]), now=now)
    seen = AuditEntry.objects.get(action=Action.CLIENTS_PREVIEWED)
    assert (seen.object_id, seen.actor_id) == (str(upload.public_id), str(cast.administrator.public_id))
    assert (seen.detail, seen.office, seen.at) == ({"rows": 2}, cast.office.slug, now)


# --- teams that go, numbers that are given ---------------------------------------------------------


def passing_team(cast: Cast) -> Team:
    team: Team = Team.objects.create(jobcenter=cast.office, name="Team 9")
    return team


def test_a_removed_team_is_unknown(cast: Cast, now: dt.datetime) -> None:
    Team.objects.create(jobcenter=cast.office, name="Team 9", is_active=False)
    upload = uploaded(cast, text([HEADER, [*NEW[:4], "Team 9", *NEW[5:]]]), now=now)
    assert problems(upload) == {2: [("team", "unknown_team")]}


def test_where_one_team_is_left_nobody_need_name_it(cast: Cast, now: dt.datetime) -> None:
    Team.objects.filter(jobcenter=cast.office).exclude(name="Team 2").update(is_active=False)
    upload = uploaded(cast, text([HEADER, [*NEW[:4], "", *NEW[5:]]]), now=now)
    assert outcomes(upload) == [(2, "new")]
    assert upload.rows.get().values["team"] == Team.objects.get(jobcenter=cast.office, name="Team 2").pk


@pytest.mark.parametrize("deleted", [True, False])
def test_a_team_removed_since_the_preview_stops_its_rows_alone(cast: Cast, now: dt.datetime, *, deleted: bool) -> None:
    team = passing_team(cast)
    moved = row_of(cast.person, Team="Team 9")
    rows = [HEADER, [*NEW[:4], "Team 9", *NEW[5:]], moved, ["777A000002", *NEW[1:]]]
    upload = uploaded(cast, text(rows), now=now)
    assert outcomes(upload) == [(2, "new"), (3, "changed"), (4, "new")]
    team.delete() if deleted else Team.objects.filter(pk=team.pk).update(is_active=False)
    upload = applied(cast, upload, now=now)
    assert (upload.state, fates(upload)) == (
        ImportState.APPLIED,
        [(2, "overtaken"), (3, "overtaken"), (4, "applied")],
    )
    assert numbered(cast, cast.person.number).team == cast.person.team


def test_undoing_leaves_whoever_came_from_a_team_that_is_no_more(cast: Cast, now: dt.datetime) -> None:
    team = passing_team(cast)
    Client.objects.filter(pk=cast.person.pk).update(team=team)
    upload = applied(cast, uploaded(cast, text([HEADER, NEW, row_of(cast.person)]), now=now), now=now)
    team.delete()
    upload = undone(cast, upload, now=now)
    assert (upload.state, fates(upload)) == (ImportState.UNDONE, [(2, "undone"), (3, "kept_changed")])


def test_what_the_database_refuses_stops_its_row_alone(cast: Cast, now: dt.datetime) -> None:
    others = [[f"777A00000{number}", *NEW[1:]] for number in (2, 3, 4)]
    upload = uploaded(cast, text([HEADER, NEW, *others]), now=now)
    # As if the number were given, or a rule of the database had come, while the slice is at work.
    twice, refused = upload.rows.get(position=3), upload.rows.get(position=4)
    twice.values["number"], refused.values["language"] = NEW[0], "xx"
    ImportRow.objects.bulk_update([twice, refused], ["values"])
    upload = applied(cast, upload, now=now)
    assert (upload.state, fates(upload)) == (
        ImportState.APPLIED,
        [(2, "applied"), (3, "overtaken"), (4, "overtaken"), (5, "applied")],
    )
    assert AuditEntry.objects.filter(action=Action.CLIENT_CREATED).count() == 2


def test_another_offices_numbers_are_another_matter(cast: Cast, now: dt.datetime) -> None:
    upload = applied(cast, uploaded(cast, text([HEADER, [cast.foreign_person.number, *NEW[1:]]]), now=now), now=now)
    assert fates(upload) == [(2, "applied")]
    assert Client.objects.get(pk=cast.foreign_person.pk).last_name == "Petrenko"


# --- where somebody lives -------------------------------------------------------------------------


def with_place(row: list[str], place: str) -> list[str]:
    return [*row, place]


def test_a_place_is_found_whatever_its_spelling(cast: Cast, now: dt.datetime) -> None:
    wedel = Place.objects.create(jobcenter=cast.office, name="Wedel (Holstein)", km=18)
    rows = [with_place(HEADER, "Wohnort"), with_place(NEW, " wedel  (HOLSTEIN) ")]
    rows.append(with_place(row_of(cast.person), "Wedel (Holstein)"))
    upload = uploaded(cast, text(rows), now=now)
    assert outcomes(upload) == [(2, "new"), (3, "changed")]
    upload = applied(cast, upload, now=now)
    assert numbered(cast, NEW[0]).place == numbered(cast, cast.person.number).place == wedel
    undone(cast, upload, now=now)
    assert numbered(cast, cast.person.number).place is None


@pytest.mark.parametrize("place", ["Nirgendwo", "Uetersen", "Geesthacht", "x" * 90])
def test_a_place_nobody_listed_is_said_and_the_row_kept(cast: Cast, now: dt.datetime, place: str) -> None:
    wedel = Place.objects.create(jobcenter=cast.office, name="Wedel", km=18)
    Place.objects.create(jobcenter=cast.office, name="Uetersen", km=30, is_active=False)
    Place.objects.create(jobcenter=cast.other_office, name="Geesthacht", km=30)
    Client.objects.filter(pk=cast.person.pk).update(place=wedel)
    rows = [with_place(HEADER, "Ort"), with_place(NEW, place), with_place(row_of(cast.person, Telefon="040 1"), place)]
    upload = uploaded(cast, text(rows), now=now)
    assert outcomes(upload) == [(2, "new"), (3, "changed")]
    assert problems(upload) == {row: [("place", "unknown_place")] for row in (2, 3)}
    applied(cast, upload, now=now)
    assert numbered(cast, NEW[0]).place is None
    changed = numbered(cast, cast.person.number)
    assert (changed.place, changed.phone_display) == (wedel, "040 1")


def test_a_formula_for_a_place_does_not_refuse_the_row(cast: Cast, now: dt.datetime) -> None:
    upload = uploaded(cast, workbook([with_place(HEADER, "Wohnort"), with_place(NEW, "=A1")]), now=now)
    assert (outcomes(upload), problems(upload)) == ([(2, "new")], {2: [("place", "formula")]})
