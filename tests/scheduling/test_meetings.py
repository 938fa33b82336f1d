"""Meetings and guided practice: nobody and no channel in two places, whichever came first."""

from __future__ import annotations

import dataclasses
import datetime as dt
import uuid
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from nahbar.audit.models import AuditEntry
from nahbar.audit.rules import Action
from nahbar.jobcenters.models import JobCenter
from nahbar.jobcenters.rules import Mode
from nahbar.outbox.models import OutboxMessage
from nahbar.people.models import StaffMember
from nahbar.people.queries import NotYours, colleagues_of
from nahbar.scheduling import calendar_mails
from nahbar.scheduling.constraints import violates
from nahbar.scheduling.errors import Reason, Refused
from nahbar.scheduling.feeds import appointments_in, find_feed, make_feed
from nahbar.scheduling.free_times import Need, is_free, next_free_times
from nahbar.scheduling.hours import enter_absence
from nahbar.scheduling.meetings import (
    MeetingWish,
    access_meeting,
    access_own_meeting,
    book_meeting,
    cancel_meeting,
    meetings_between,
    move_meeting,
)
from nahbar.scheduling.models import Appointment, ChannelBooking, Meeting, Participation
from nahbar.scheduling.operations import keep_channel, move_appointment
from nahbar.scheduling.queries import channels_now, in_the_way
from nahbar.scheduling.rules import BERLIN, MeetingKind
from tests.conftest import Cast
from tests.factories import at, book, desk_of, make_client, make_staff, meet
from tests.scheduling.test_calendars import calendar_of, event_of, latest, read_mail

pytestmark = pytest.mark.django_db


def refused(work: Callable[[], object]) -> tuple[Reason, StaffMember | None]:
    with pytest.raises(Refused) as caught:
        work()
    return caught.value.reason, caught.value.colleague


def round_of(cast: Cast, start: str, now: dt.datetime, **changes: Any) -> Meeting:
    """The owner's meeting with the teammate."""
    values = {"colleagues": [cast.teammate], **changes}
    return meet(cast.owner, cast.office, starts_at=at(start), now=now, **values)


def move(meeting: Meeting, start: str, cast: Cast, now: dt.datetime, *, revision: int = 0) -> None:
    by = cast.desk.actor
    move_meeting(meeting=meeting, starts_at=at(start), minutes=30, revision=revision, by=by, now=now)


def cancel(meeting: Meeting, cast: Cast, now: dt.datetime) -> None:
    cancel_meeting(meeting=meeting, revision=meeting.revision, by=cast.desk.actor, now=now)


# --- booking -------------------------------------------------------------------------------------


def test_booking_takes_everybodys_time_and_a_channel_with_its_buffer(cast: Cast, now: dt.datetime) -> None:
    meeting = round_of(cast, "2026-03-04 10:00", now, uses_channel=True, kind=MeetingKind.PRACTICE)
    assert meeting.people == [cast.owner, cast.teammate]
    assert meeting.team == cast.office.teams.get(name="Team 1")
    assert meeting.channel_booking.ends_at == at("2026-03-04 10:40")
    busy = channels_now(jobcenter=cast.office, now=at("2026-03-04 10:35"))
    assert [one.taken_until for one in busy] == [at("2026-03-04 10:40"), None]


def test_the_audit_names_no_title(cast: Cast, now: dt.datetime) -> None:
    meeting = round_of(cast, "2026-03-04 10:00", now, title="Neue Software")
    entry = AuditEntry.objects.get(action=Action.MEETING_BOOKED)
    assert (entry.object_kind, entry.object_id) == ("meeting", str(meeting.public_id))
    assert entry.detail == {"kind": "meeting", "channel": False}


def test_without_a_channel_none_is_taken(cast: Cast, now: dt.datetime) -> None:
    meeting = round_of(cast, "2026-03-04 10:00", now)
    assert not ChannelBooking.objects.filter(meeting=meeting).exists()


def test_the_same_form_books_once_and_with_other_content_not_at_all(cast: Cast, now: dt.datetime) -> None:
    wish = MeetingWish(
        kind=MeetingKind.MEETING,
        title="Teamrunde",
        starts_at=at("2026-03-04 10:00"),
        minutes=30,
        colleagues=[cast.teammate],
        uses_channel=True,
        key=uuid.uuid4(),
    )
    submit = partial(book_meeting, desk=cast.desk, now=now)
    meeting = submit(wish=wish)
    assert submit(wish=wish) == meeting
    others: list[dict[str, Any]]
    others = [{"title": "Anderes"}, {"colleagues": []}, {"minutes": 45}, {"uses_channel": False}]
    for other in others:
        changed = dataclasses.replace(wish, **other)
        assert refused(partial(submit, wish=changed)) == (Reason.STALE, None)
    cancel(meeting, cast, now)
    assert refused(partial(submit, wish=wish)) == (Reason.STALE, None)
    assert Meeting.objects.count() == 1


@pytest.mark.parametrize(
    ("start", "changes", "reason"),
    [
        ("2026-03-03 09:29", {}, Reason.IN_PAST),
        ("2026-03-04 10:00", {"minutes": 241}, Reason.LENGTH),
        ("2026-03-04 10:00", {"minutes": 4}, Reason.LENGTH),
        ("2026-03-03 10:15", {}, Reason.COUNSELLOR_BUSY),
    ],
)
def test_booking_is_refused(cast: Cast, now: dt.datetime, start: str, changes: dict[str, Any], reason: Reason) -> None:
    assert refused(lambda: round_of(cast, start, now, **changes)) == (reason, None)
    assert not Meeting.objects.exists()
    assert not Participation.objects.filter(staff=cast.teammate).exists()


def test_the_refusal_names_the_colleague_who_is_busy_or_absent(cast: Cast, now: dt.datetime) -> None:
    book(client=make_client(cast.office), staff=cast.teammate, starts_at=at("2026-03-04 10:15"), now=now)
    assert refused(lambda: round_of(cast, "2026-03-04 10:00", now)) == (Reason.COUNSELLOR_BUSY, cast.teammate)
    absent = desk_of(cast.teammate, cast.office)
    enter_absence(desk=absent, starts_at=at("2026-03-05 00:00"), ends_at=at("2026-03-06 00:00"))
    assert refused(lambda: round_of(cast, "2026-03-05 10:00", now)) == (Reason.COUNSELLOR_ABSENT, cast.teammate)
    enter_absence(desk=cast.desk, starts_at=at("2026-03-05 00:00"), ends_at=at("2026-03-06 00:00"))
    assert refused(lambda: round_of(cast, "2026-03-05 10:00", now)) == (Reason.COUNSELLOR_ABSENT, None)
    assert "Vogt" not in str(Refused(Reason.COUNSELLOR_BUSY, colleague=cast.teammate))


# --- in two places -------------------------------------------------------------------------------


def test_no_appointment_where_anybody_meets_and_no_meeting_where_anybody_counsels(cast: Cast, now: dt.datetime) -> None:
    round_of(cast, "2026-03-04 10:00", now)
    for staff in (cast.owner, cast.teammate):
        hold = partial(book, client=make_client(cast.office), staff=staff, now=now, mode=Mode.TELEPHONE)
        assert refused(partial(hold, starts_at=at("2026-03-04 10:15")))[0] is Reason.COUNSELLOR_BUSY
        # It may begin when the meeting ends.
        hold(starts_at=at("2026-03-04 10:30"))
    assert refused(lambda: round_of(cast, "2026-03-04 10:45", now))[0] is Reason.COUNSELLOR_BUSY
    move_to = partial(move_appointment, appointment=cast.appointment, minutes=30, by=cast.desk.actor, now=now)
    assert refused(partial(move_to, starts_at=at("2026-03-04 10:15")))[0] is Reason.COUNSELLOR_BUSY


def test_the_database_refuses_staff_and_channels_in_two_places(cast: Cast, now: dt.datetime) -> None:
    meeting = round_of(cast, "2026-03-04 10:00", now, uses_channel=True)
    other = book(client=make_client(cast.office), staff=cast.colleague, starts_at=at("2026-03-04 10:00"), now=now)
    span = {"starts_at": at("2026-03-04 10:15"), "ends_at": at("2026-03-04 10:45")}
    double: list[tuple[str, Callable[[], object]]] = [
        ("no_overlap_staff", partial(other.participations.filter(role="counsellor").update, staff=cast.teammate)),
        ("no_overlap_staff", partial(meeting.participations.filter(staff=cast.owner).update, staff=cast.colleague)),
        ("no_overlap_channel", partial(_onto_the_channel_of, meeting, other)),
        ("no_overlap_channel", partial(_onto_the_channel_of, other, meeting)),
        ("participation_of_one_occasion", partial(_take_part, {**span, "appointment": other, "meeting": meeting})),
        ("participation_of_one_occasion", partial(_take_part, span)),
    ]
    for constraint, work in double:
        with pytest.raises(IntegrityError) as caught, transaction.atomic():
            work()
        assert violates(caught.value, constraint), constraint


def _onto_the_channel_of(one: Appointment | Meeting, other: Appointment | Meeting) -> None:
    taken = ChannelBooking.objects.filter(pk=other.channel_booking.pk)
    taken.update(channel=one.channel_booking.channel)


def _take_part(values: dict[str, Any]) -> None:
    Participation.objects.create(role="counsellor", staff=make_staff(JobCenter.objects.get(slug="altona")), **values)


def test_no_channel_is_left_in_either_direction(cast: Cast, now: dt.datetime) -> None:
    round_of(cast, "2026-03-04 10:00", now, uses_channel=True)
    meet(cast.colleague, cast.office, starts_at=at("2026-03-04 10:00"), now=now, uses_channel=True)
    third = make_staff(cast.office)
    hold = partial(book, client=make_client(cast.office), staff=third, starts_at=at("2026-03-04 10:00"), now=now)
    assert refused(hold)[0] is Reason.NO_CHANNEL
    gather = partial(meet, third, cast.office, starts_at=at("2026-03-04 10:35"), now=now)
    assert refused(partial(gather, uses_channel=True)) == (Reason.NO_CHANNEL, None)
    # In the buffer people are free, the channel is not.
    assert not gather(uses_channel=False).uses_channel


def _seat(cast: Cast, start: str, minutes: int, now: dt.datetime) -> ChannelBooking:
    """An appointment of people who have nothing else, on the first free channel."""
    appointment = book(
        client=make_client(cast.office), staff=make_staff(cast.office), starts_at=at(start), minutes=minutes, now=now
    )
    return appointment.channel_booking


def test_a_meeting_to_come_is_seated_anew_for_an_appointment(cast: Cast, now: dt.datetime) -> None:
    """Channel 1 is free from 10:10 and taken by the meeting from 10:40, channel 2 is taken until then."""
    for minutes in (30, 60):
        _seat(cast, "2026-03-05 09:30", minutes, now)
    before = round_of(cast, "2026-03-05 10:40", now, uses_channel=True).channel_booking
    assert _seat(cast, "2026-03-05 10:10", 60, now).channel.number == before.channel.number == 1
    after = ChannelBooking.objects.get(meeting=before.meeting)
    assert (after.pk, after.channel.number, after.starts_at) == (before.pk, 2, before.starts_at)


def test_an_appointment_to_come_is_seated_anew_for_a_meeting(cast: Cast, now: dt.datetime) -> None:
    for minutes in (30, 60):
        _seat(cast, "2026-03-05 09:30", minutes, now)
    before = _seat(cast, "2026-03-05 10:40", 30, now)
    meeting = round_of(cast, "2026-03-05 10:10", now, uses_channel=True, minutes=60)
    assert meeting.channel_booking.channel.number == before.channel.number == 1
    after = ChannelBooking.objects.get(appointment=before.appointment)
    assert (after.pk, after.channel.number, after.starts_at) == (before.pk, 2, before.starts_at)


def test_a_talk_that_goes_on_seats_a_meeting_anew(cast: Cast, now: dt.datetime) -> None:
    meeting = meet(cast.teammate, cast.office, starts_at=at("2026-03-03 10:40"), minutes=5, now=now, uses_channel=True)
    assert meeting.channel_booking.channel == cast.appointment.channel_booking.channel
    assert keep_channel(appointment=cast.appointment, until=at("2026-03-03 10:45"), now=at("2026-03-03 10:35"))
    assert ChannelBooking.objects.get(meeting=meeting).channel.number == 2


# --- free times ----------------------------------------------------------------------------------


def test_free_times_leave_meetings_out_for_everybody_who_takes_part(cast: Cast, now: dt.datetime) -> None:
    round_of(cast, "2026-03-09 08:00", now)
    for staff, first in ((cast.owner, "08:30"), (cast.teammate, "08:30"), (cast.colleague, "08:00")):
        need = Need(client=make_client(cast.office), counsellor=staff, mode=Mode.TELEPHONE, minutes=30)
        (start,) = next_free_times(need=need, after=at("2026-03-09 00:00"), now=now, most=1)
        assert start == at(f"2026-03-09 {first}")
        assert is_free(need=need, starts_at=at("2026-03-09 08:00"), now=now) is (first == "08:00")


def test_free_times_for_video_leave_out_the_channels_of_meetings(cast: Cast, now: dt.datetime) -> None:
    for staff in (cast.teammate, cast.colleague):
        meet(staff, cast.office, starts_at=at("2026-03-09 08:00"), now=now, uses_channel=True)
    need = Need(client=cast.person, counsellor=cast.owner, mode=Mode.VIDEO, minutes=30)
    for moving in (None, cast.appointment):
        wanted = dataclasses.replace(need, moving=moving)
        (start,) = next_free_times(need=wanted, after=at("2026-03-09 00:00"), now=now, most=1)
        assert f"{start.astimezone(BERLIN):%H:%M}" == "08:45"


def test_what_is_in_a_deputys_way_may_be_a_meeting(cast: Cast, now: dt.datetime) -> None:
    meet(cast.teammate, cast.office, starts_at=cast.appointment.starts_at, now=now)
    assert in_the_way(staff=cast.teammate, appointment=cast.appointment) is None


# --- change --------------------------------------------------------------------------------------


def test_moving_moves_everybody_and_the_channel(cast: Cast, now: dt.datetime) -> None:
    meeting = round_of(cast, "2026-03-04 10:00", now, uses_channel=True)
    # Onto a part of its own time: nobody stands in their own way.
    move(meeting, "2026-03-04 10:15", cast, now)
    assert (meeting.revision, meeting.sequence) == (1, 1)
    times = set(Participation.objects.filter(meeting=meeting).values_list("starts_at", "ends_at"))
    assert times == {(at("2026-03-04 10:15"), at("2026-03-04 10:45"))}
    assert ChannelBooking.objects.get(meeting=meeting).starts_at == at("2026-03-04 10:15")
    assert AuditEntry.objects.filter(action=Action.MOVED, object_kind="meeting").exists()


def test_a_refused_move_changes_nothing(cast: Cast, now: dt.datetime) -> None:
    meeting = round_of(cast, "2026-03-04 10:00", now, uses_channel=True)
    book(client=make_client(cast.office), staff=cast.teammate, starts_at=at("2026-03-04 14:00"), now=now)
    with pytest.raises(Refused) as caught:
        move(meeting, "2026-03-04 14:15", cast, now)
    assert (caught.value.reason, caught.value.colleague) == (Reason.COUNSELLOR_BUSY, cast.teammate)
    for known in (meeting, Meeting.objects.get()):
        assert (known.starts_at, known.revision) == (at("2026-03-04 10:00"), 0)
    assert ChannelBooking.objects.get(meeting=meeting).starts_at == at("2026-03-04 10:00")


def test_acting_on_a_stale_page_is_refused(cast: Cast, now: dt.datetime) -> None:
    meeting = round_of(cast, "2026-03-04 10:00", now)
    stale = Meeting.objects.get(pk=meeting.pk)
    move(meeting, "2026-03-04 11:00", cast, now)
    assert refused(lambda: move(stale, "2026-03-04 12:00", cast, now))[0] is Reason.STALE
    fresh = Meeting.objects.get(pk=meeting.pk)
    assert refused(lambda: move(fresh, "2026-03-04 12:00", cast, now))[0] is Reason.STALE
    old = Meeting(pk=meeting.pk, revision=0, **{name: getattr(meeting, name) for name in ("starts_at", "ends_at")})
    old.jobcenter = cast.office
    assert refused(lambda: cancel(old, cast, now))[0] is Reason.STALE
    assert Meeting.objects.get(pk=meeting.pk).starts_at == at("2026-03-04 11:00")


def test_cancelling_frees_people_and_channel_once(cast: Cast, now: dt.datetime) -> None:
    meeting = round_of(cast, "2026-03-04 10:00", now, uses_channel=True)
    cancel(meeting, cast, now)
    assert not ChannelBooking.objects.filter(meeting=meeting).exists()
    round_of(cast, "2026-03-04 10:00", now)
    assert refused(lambda: cancel(meeting, cast, now))[0] is Reason.NOT_PLANNED
    assert refused(lambda: move(meeting, "2026-03-04 12:00", cast, now, revision=1))[0] is Reason.NOT_PLANNED


def test_what_is_over_stays(cast: Cast, now: dt.datetime) -> None:
    meeting = round_of(cast, "2026-03-04 10:00", now)
    after = at("2026-03-04 10:30")
    assert refused(lambda: cancel(meeting, cast, after))[0] is Reason.NOT_PLANNED
    assert refused(lambda: move(meeting, "2026-03-04 12:00", cast, after))[0] is Reason.NOT_PLANNED


# --- who sees it ---------------------------------------------------------------------------------


def test_team_and_participants_see_it_and_only_the_organiser_changes_it(cast: Cast, now: dt.datetime) -> None:
    meeting = round_of(cast, "2026-03-04 10:00", now, colleagues=[])
    for staff in (cast.owner, cast.teammate, cast.team_lead):
        assert access_meeting(desk=desk_of(staff, cast.office), public_id=meeting.public_id) == meeting
    for staff in (cast.colleague, cast.guide, cast.administrator):
        with pytest.raises(NotYours):
            access_meeting(desk=desk_of(staff, cast.office), public_id=meeting.public_id)
    with pytest.raises(NotYours):
        access_meeting(desk=desk_of(cast.stranger, cast.other_office), public_id=meeting.public_id)
    assert access_own_meeting(desk=cast.desk, public_id=meeting.public_id) == meeting
    with pytest.raises(NotYours):
        access_own_meeting(desk=desk_of(cast.teammate, cast.office), public_id=meeting.public_id)
    # Of another team now, but it took part.
    meeting.participations.update(staff=cast.colleague)
    assert access_meeting(desk=desk_of(cast.colleague, cast.office), public_id=meeting.public_id) == meeting


def test_colleagues_are_the_other_counsellors_of_the_team(cast: Cast) -> None:
    make_staff(cast.office, is_active=False)
    assert list(colleagues_of(cast.desk)) == [cast.teammate]


def test_meetings_between_two_moments(cast: Cast, now: dt.datetime, django_assert_num_queries: Any) -> None:
    meetings = [round_of(cast, f"2026-03-04 {hour}:00", now, uses_channel=True) for hour in (10, 11, 12)]
    cancel(meetings[1], cast, now)
    between = partial(meetings_between, jobcenter=cast.office, begins=at("2026-03-04 10:00"))
    people = [cast.owner, cast.teammate]
    with django_assert_num_queries(2):
        found = between(staff=cast.teammate, ends=at("2026-03-05 00:00"))
        assert [(one.people, one.channel_booking.channel.number) for one in found] == [(people, 1)] * 2
    assert found == [meetings[0], meetings[2]]
    assert between(staff=cast.teammate, ends=at("2026-03-04 12:00")) == [meetings[0]]
    assert between(staff=cast.colleague, ends=at("2026-03-05 00:00")) == []


# --- calendars -----------------------------------------------------------------------------------


def test_everybodys_calendar_is_told_of_each_change(cast: Cast, now: dt.datetime) -> None:
    StaffMember.objects.update(gets_calendar_mails=True)
    meeting = round_of(cast, "2026-03-04 10:00", now, title="Neue Software", kind=MeetingKind.PRACTICE)
    told = [latest("staff_calendar", nth) for nth in (2, 1)]
    move(meeting, "2026-03-04 11:00", cast, now)
    assert not any(calendar_mails.still_wanted(message.about_id, now) for message in told)
    told += [latest("staff_calendar", nth) for nth in (2, 1)]
    first = [calendar_of(read_mail(message)) for message in told[2:]]
    cancel(meeting, cast, now)
    told += [latest("staff_calendar", nth) for nth in (2, 1)]
    last = [calendar_of(read_mail(message)) for message in told[4:]]

    assert {read_mail(message)["To"] for message in told} == {cast.owner.email, cast.teammate.email}
    assert [method for method, _text in first + last] == ["REQUEST"] * 2 + ["CANCEL"] * 2
    for sequence, (_method, text) in zip((1, 1, 2, 2), first + last, strict=True):
        event = event_of(text)
        assert (str(event["UID"]), event.sequence) == (str(meeting.public_id), sequence)
        assert str(event["SUMMARY"]) == "Geführte Übung"
        assert event.decoded("DTSTART") == at("2026-03-04 11:00")
        assert "Neue Software" not in text
    body = read_mail(told[-1]).get_body(("plain",))
    assert body is not None
    assert f"/besprechungen/{meeting.public_id}/" in body.get_content()


def test_whoever_wants_no_mails_gets_none(cast: Cast, now: dt.datetime) -> None:
    StaffMember.objects.filter(pk=cast.teammate.pk).update(gets_calendar_mails=True)
    round_of(cast, "2026-03-04 10:00", now)
    assert OutboxMessage.objects.filter(template="staff_calendar").count() == 1
    cast.teammate.memberships.all().delete()
    assert not calendar_mails.still_wanted(latest("staff_calendar").about_id, now)


def test_a_feed_holds_the_meetings_somebody_takes_part_in(cast: Cast, now: dt.datetime) -> None:
    feed = find_feed(make_feed(desk=desk_of(cast.teammate, cast.office), now=now))
    assert feed is not None
    meeting = round_of(cast, "2026-03-04 10:00", now)
    cancel(round_of(cast, "2026-03-04 11:00", now), cast, now)
    round_of(cast, "2026-03-04 12:00", now, colleagues=[])
    assert appointments_in(feed, now=now) == [meeting]
