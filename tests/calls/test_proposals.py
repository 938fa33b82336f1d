"""What presence proposes: held, nobody came, because of the office, the line, or nobody knows."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nahbar.calls.models import Call, CallParticipation, CallPresence
from nahbar.calls.presence import contact_minutes
from nahbar.calls.proposals import Proposal, Seen, Side, proposals_for, propose, waiting_for_outcome
from nahbar.calls.rules import FORGOTTEN_AFTER, KEEP_PRESENCE, CallState, EndReason, PlaceState, shared_times
from nahbar.jobcenters.rules import Mode
from nahbar.scheduling.models import Appointment
from nahbar.scheduling.queries import with_people
from nahbar.scheduling.rules import NotHeldReason, ParticipationRole, Times
from tests.conftest import Cast
from tests.factories import at, book, desk_of, make_client

TEN = at("2026-03-03 10:00")
CLIENT, COUNSELLOR = ParticipationRole.CLIENT, ParticipationRole.COUNSELLOR


def span(begins: str, ends: str) -> Times:
    """Within that morning."""
    return at(f"2026-03-03 {begins}"), at(f"2026-03-03 {ends}")


def side(*times: Times) -> Side:
    return Side(tried=True, there=times)


CASES: dict[str, tuple[dict[str, Any], NotHeldReason | None, str]] = {
    "a talk": (
        {
            "client": side(span("09:54", "10:35")),
            "office": side(span("10:00", "10:35")),
            "together": (span("10:01", "10:35"),),
        },
        None,
        "Beide waren da, von 10:01 bis 10:35 Uhr.",
    ),
    "with a break": (
        {"together": (span("10:01", "10:14"), span("10:15", "10:35"))},
        None,
        "Beide waren da, von 10:01 bis 10:35 Uhr, mit Unterbrechung.",
    ),
    "short, and ended by both": (
        {"together": ((TEN, TEN + dt.timedelta(seconds=20)),), "ended_together": True},
        None,
        "Beide waren kurz da, um 10:00 Uhr.",
    ),
    "broken off": (
        {"together": ((TEN, TEN + dt.timedelta(seconds=20)),)},
        NotHeldReason.TECHNICAL,
        "Bild und Ton hielten nur 20 Sekunden, danach war das Gespräch weg.",
    ),
    "the client hung up": (
        {"together": ((TEN, TEN + dt.timedelta(seconds=14)),), "hung_up": True},
        NotHeldReason.UNKNOWN,
        "Die Person hat nach 14 Sekunden aufgelegt.",
    ),
    "nobody came": (
        {"office": side(span("09:58", "10:13"))},
        NotHeldReason.NOT_REACHED,
        "Das Jobcenter wartete 15 Minuten im Gespräch, es kam niemand.",
    ),
    "the office only looked in before": (
        {"office": side(span("09:45", "09:50"))},
        NotHeldReason.UNKNOWN,
        "Zur Zeit des Termins war niemand im Gespräch.",
    ),
    "the office never came": (
        {"client": side(span("09:55", "10:07"))},
        NotHeldReason.OFFICE,
        "Die Person wartete 12 Minuten, im Gespräch war niemand vom Jobcenter.",
    ),
    "the client only looked in before": (
        {"client": side(span("09:50", "09:52"))},
        NotHeldReason.UNKNOWN,
        "Zur Zeit des Termins war niemand im Gespräch.",
    ),
    "the office came too late": (
        {"client": side(span("09:55", "10:10")), "office": side(span("10:12", "10:20"))},
        NotHeldReason.OFFICE,
        "Die Person wartete 15 Minuten. Als jemand vom Jobcenter kam, war sie nicht mehr da.",
    ),
    "the office waited, the client came later": (
        {"client": side(span("10:20", "10:25")), "office": side(span("10:00", "10:15"))},
        NotHeldReason.UNKNOWN,
        "Beide waren da, aber nie zur selben Zeit.",
    ),
    "both there, never together": (
        {"client": side(span("09:55", "10:20")), "office": side(span("10:00", "10:20"))},
        NotHeldReason.TECHNICAL,
        "Beide waren zur selben Zeit da, kamen aber mit Bild und Ton nicht zusammen.",
    ),
    "the media server was away": (
        {"client": side(), "office": side()},
        NotHeldReason.TECHNICAL,
        "Beide wollten ins Gespräch, die Verbindung kam nicht zustande.",
    ),
    "the client's line": (
        {"client": side(), "office": side(span("10:00", "10:20"))},
        NotHeldReason.TECHNICAL,
        "Die Person wollte ins Gespräch, ihre Verbindung kam nicht zustande.",
    ),
    "the office's line": (
        {"client": side(span("10:00", "10:20")), "office": side()},
        NotHeldReason.TECHNICAL,
        "Das Jobcenter wollte ins Gespräch, die Verbindung kam nicht zustande.",
    ),
    "somebody else sat there": (
        {"together": (span("10:00", "10:05"),), "was_removed": True},
        NotHeldReason.UNKNOWN,
        "Wer kam, wurde aus dem Gespräch entfernt.",
    ),
    "nobody was there": ({}, NotHeldReason.UNKNOWN, "Zur Zeit des Termins war niemand im Gespräch."),
    "no longer kept": ({"is_kept": False}, NotHeldReason.UNKNOWN, "Wer da war, ist nicht mehr gespeichert."),
}


@pytest.mark.parametrize("case", CASES)
def test_what_was_seen_proposes(case: str) -> None:
    seen, reason, why = CASES[case]
    proposal = propose(Seen(starts_at=TEN, **seen))
    assert (proposal.reason, proposal.why) == (reason, why)


moments = st.integers(-1800, 3600).map(lambda seconds: TEN + dt.timedelta(seconds=seconds))
times = st.tuples(moments, moments).filter(lambda both: both[0] < both[1])
sides = st.builds(Side, tried=st.booleans(), there=st.lists(times, max_size=3).map(lambda found: tuple(sorted(found))))
seens = st.builds(
    Seen,
    starts_at=st.just(TEN),
    client=st.just(Side()) | sides,
    office=st.just(Side()) | sides,
    together=st.lists(times, max_size=3).map(lambda found: tuple(sorted(found))),
    ended_together=st.booleans(),
    hung_up=st.booleans(),
    was_removed=st.booleans(),
    is_kept=st.booleans(),
)


@given(seens)
def test_who_tried_is_never_said_not_to_have_come(seen: Seen) -> None:
    """“Niemand kam” only where the client never wanted in and the office was there after the start."""
    if propose(seen).reason is NotHeldReason.NOT_REACHED:
        assert not seen.client.tried
        assert seen.office.there
        assert seen.office.last > seen.starts_at


@given(seens)
def test_held_only_where_both_were_together(seen: Seen) -> None:
    proposal = propose(seen)
    assert proposal.is_held == (proposal.minutes is not None)
    if proposal.is_held:
        assert seen.together
        assert not seen.was_removed


@given(seens)
def test_who_never_got_a_connection_had_a_technical_failure(seen: Seen) -> None:
    never = seen.client.tried and not seen.client.there
    if never and not seen.together and not seen.was_removed:
        assert propose(seen).reason is NotHeldReason.TECHNICAL


@given(st.lists(times, max_size=4), st.lists(times, max_size=4))
def test_shared_times_are_both_ones_and_the_same_for_either(mine: list[Times], theirs: list[Times]) -> None:
    shared = shared_times(mine, theirs)
    assert shared == shared_times(theirs, mine)
    for begins, ends in shared:
        assert begins < ends
        for ones in (mine, theirs):
            assert any(one[0] <= begins and ends <= one[1] for one in ones)


def _place(call: Call, role: ParticipationRole, *there: Times, state: PlaceState = PlaceState.LEFT) -> None:
    participation = call.appointment.participations.get(role=role)
    place = CallParticipation.objects.create(call=call, participation=participation, state=state)
    for begins, ends in there:
        CallPresence.objects.create(place=place, joined_at=begins, left_at=ends)


def _call(appointment: Appointment, *, started: str = "", ended: str = "10:30") -> Call:
    moment = at(f"2026-03-03 {started}") if started else None
    return Call.objects.create(
        appointment=appointment,
        state=CallState.ENDED,
        opened_at=TEN,
        started_at=moment,
        ended_at=at(f"2026-03-03 {ended}"),
        end_reason=EndReason.FINISHED,
    )


def _proposal(appointment: Appointment, now: dt.datetime = TEN + dt.timedelta(hours=1)) -> Proposal | None:
    fresh = with_people(Appointment.objects.filter(pk=appointment.pk)).get()
    return proposals_for([fresh], now=now).get(appointment.pk)


def test_only_what_both_saw_after_admission_counts(cast: Cast) -> None:
    call = _call(cast.appointment, started="10:05")
    _place(call, CLIENT, span("09:50", "10:20"))
    _place(call, COUNSELLOR, span("09:59", "10:30"))
    proposal = _proposal(cast.appointment)
    assert proposal == Proposal("Beide waren da, von 10:05 bis 10:20 Uhr.", minutes=15)


def test_a_second_try_that_works_is_a_talk(cast: Cast) -> None:
    failed = _call(cast.appointment, ended="10:05")
    _place(failed, CLIENT)
    _place(failed, COUNSELLOR)
    call = _call(cast.appointment, started="10:10")
    _place(call, CLIENT, span("10:09", "10:30"))
    _place(call, COUNSELLOR, span("10:09", "10:30"))
    assert _proposal(cast.appointment) == Proposal("Beide waren da, von 10:10 bis 10:30 Uhr.", minutes=20)


def test_seconds_that_the_counsellor_ended_are_a_talk_and_a_lost_line_is_none(cast: Cast) -> None:
    call = _call(cast.appointment, started="10:00", ended="10:00")
    Call.objects.filter(pk=call.pk).update(ended_at=TEN + dt.timedelta(seconds=30))
    both = (TEN, TEN + dt.timedelta(seconds=30))
    _place(call, CLIENT, both)
    _place(call, COUNSELLOR, both)
    held = _proposal(cast.appointment)
    assert held is not None
    assert (held.is_held, held.minutes) == (True, 1)
    Call.objects.filter(pk=call.pk).update(ended_at=TEN + dt.timedelta(minutes=4))
    broken = _proposal(cast.appointment)
    assert broken is not None
    assert broken.reason is NotHeldReason.TECHNICAL
    CallParticipation.objects.filter(participation__role=CLIENT).update(state=PlaceState.LEFT, gone_at=both[1])
    hung_up = _proposal(cast.appointment)
    assert hung_up is not None
    assert hung_up.why == "Die Person hat nach 30 Sekunden aufgelegt."


def test_a_media_server_that_died_in_the_talk_makes_no_talk_of_hours(cast: Cast) -> None:
    call = Call.objects.create(appointment=cast.appointment, opened_at=TEN, state=CallState.ACTIVE, started_at=TEN)
    _place(call, CLIENT, state=PlaceState.ADMITTED)
    _place(call, COUNSELLOR, state=PlaceState.ADMITTED)
    for place in call.places.all():
        CallPresence.objects.create(place=place, joined_at=TEN)
    evening = TEN + dt.timedelta(hours=8)
    proposal = _proposal(cast.appointment, evening)
    assert proposal == Proposal("Beide waren da, von 10:00 bis 11:00 Uhr.", minutes=60)
    assert contact_minutes(appointment=cast.appointment, now=evening) == 60


def test_what_is_no_longer_kept_is_said(cast: Cast) -> None:
    later = cast.appointment.ends_at + KEEP_PRESENCE
    proposal = _proposal(cast.appointment, later)
    assert proposal == Proposal("Wer da war, ist nicht mehr gespeichert.", NotHeldReason.UNKNOWN, saw_nothing=True)


@pytest.mark.parametrize("mode", [Mode.TELEPHONE, Mode.ON_SITE, Mode.OUTREACH_VISIT])
def test_what_nobody_saw_is_asked_plainly(cast: Cast, mode: Mode) -> None:
    Appointment.objects.filter(pk=cast.appointment.pk).update(mode=mode)
    assert _proposal(cast.appointment) is None


def test_a_talk_that_went_on_by_telephone_was_held(cast: Cast) -> None:
    call = _call(cast.appointment, started="10:00", ended="10:05")
    _place(call, CLIENT, span("10:00", "10:05"))
    _place(call, COUNSELLOR, span("10:00", "10:05"))
    Appointment.objects.filter(pk=cast.appointment.pk).update(mode=Mode.TELEPHONE)
    assert _proposal(cast.appointment) == Proposal("Davon 5 Minuten per Video.", minutes=30)


@pytest.mark.parametrize(("mode", "minutes"), [(Mode.VIDEO, 36), (Mode.TELEPHONE, 36)])
def test_what_the_proposal_says_is_what_is_entered(cast: Cast, mode: Mode, minutes: int) -> None:
    first = _call(cast.appointment, started="10:01", ended="10:12")
    _place(first, CLIENT, span("09:58", "10:12"))
    _place(first, COUNSELLOR, span("10:00", "10:05"), span("10:06", "10:11"))
    second = _call(cast.appointment, started="10:12", ended="10:39")
    _place(second, CLIENT, span("10:12", "10:39"))
    _place(second, COUNSELLOR, span("10:11", "10:39"))
    Appointment.objects.filter(pk=cast.appointment.pk).update(mode=mode)
    proposal = _proposal(cast.appointment)
    assert proposal is not None
    fresh = with_people(Appointment.objects.all()).get(pk=cast.appointment.pk)
    assert (proposal.minutes, contact_minutes(appointment=fresh, now=TEN + dt.timedelta(hours=1))) == (minutes, minutes)


@pytest.mark.parametrize("many", [1, 3, 30])
def test_many_cost_as_much_as_one(cast: Cast, now: dt.datetime, django_assert_num_queries: Any, many: int) -> None:
    for number in range(many):
        start = now + dt.timedelta(days=1, minutes=30 * number)
        _place(
            _call(book(client=make_client(cast.office), staff=cast.owner, starts_at=start, now=now)),
            COUNSELLOR,
            span("10:00", "10:20"),
        )
    appointments = list(with_people(Appointment.objects.filter(starts_at__gte=now + dt.timedelta(hours=20))))
    assert len(appointments) == many
    with django_assert_num_queries(2):
        assert len(proposals_for(appointments, now=now + dt.timedelta(days=3))) == many


def test_own_ones_that_are_over_wait_the_oldest_first(cast: Cast, now: dt.datetime) -> None:
    later = book(
        client=make_client(cast.office),
        staff=cast.owner,
        starts_at=at("2026-03-03 13:00"),
        now=now,
        mode=Mode.TELEPHONE,
        agreed_by=None,
    )
    assert list(waiting_for_outcome(desk=cast.desk, now=at("2026-03-03 10:29"))) == []
    assert list(waiting_for_outcome(desk=cast.desk, now=at("2026-03-03 13:30"))) == [cast.appointment, later]
    mate = desk_of(cast.teammate, cast.office)
    assert list(waiting_for_outcome(desk=mate, now=at("2026-03-03 13:30"))) == []


def test_a_talk_somebody_is_still_in_is_not_asked_about_until_it_is_forgotten(cast: Cast) -> None:
    call = Call.objects.create(appointment=cast.appointment, opened_at=TEN, state=CallState.ACTIVE, started_at=TEN)
    _place(call, COUNSELLOR, state=PlaceState.ADMITTED)
    CallParticipation.objects.update(connected_at=TEN)
    over = cast.appointment.ends_at
    assert list(waiting_for_outcome(desk=cast.desk, now=over)) == []
    assert list(waiting_for_outcome(desk=cast.desk, now=over + FORGOTTEN_AFTER)) == [cast.appointment]
