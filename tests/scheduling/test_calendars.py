"""Calendar entries, read by two libraries that do not know each other, and replayed into a real CalDAV server."""

from __future__ import annotations

import datetime as dt
import email
import email.policy
from collections.abc import Iterator
from email.message import EmailMessage
from typing import Any

import icalendar
import pytest
import vobject

from nahbar.jobcenters.rules import Mode
from nahbar.outbox import registry
from nahbar.outbox.mail import compose
from nahbar.outbox.models import OutboxMessage
from nahbar.people.models import Deputyship, StaffMember
from nahbar.scheduling import calendar_mails
from nahbar.scheduling.models import Appointment
from nahbar.scheduling.operations import cancel_appointment, move_appointment, switch_mode, take_over
from nahbar.scheduling.rules import BERLIN, CancelledBy
from tests.conftest import Cast
from tests.factories import at, book, desk_of, make_client
from tests.scheduling.caldav import Calendars


def read_mail(message: OutboxMessage) -> EmailMessage:
    """The mail as it would go out now, parsed again."""
    rendered = registry.get(message.template).render(message.about_id)
    raw = compose(rendered=rendered, message_id=message.message_id, now=message.queued_at).message().as_bytes()
    return email.message_from_bytes(raw, policy=email.policy.default)


def calendar_of(mail: EmailMessage) -> tuple[str, str]:
    """Method and text of the part that calendars take."""
    (part,) = [part for part in mail.walk() if part.get_content_type() == "text/calendar"]
    assert part.get_content_charset() == "utf-8"
    return str(part.get_param("method")), str(part.get_content())


def latest(template: str, nth: int = 1) -> OutboxMessage:
    """The latest mail of a template, or the one before it."""
    return list(OutboxMessage.objects.filter(template=template).order_by("-pk"))[nth - 1]


def event_of(text: str) -> icalendar.Event:
    """The one event, by the first library; the second reads the same of it."""
    (event,) = icalendar.Calendar.from_ical(text).events
    other = vobject.readOne(text).vevent
    assert other.uid.value == str(event["UID"])
    assert other.dtstart.value == event.decoded("DTSTART")
    assert other.dtend.value == event.decoded("DTEND")
    assert other.summary.value == str(event["SUMMARY"])
    assert int(other.sequence.value) == event.sequence
    return event


@pytest.fixture
def told(cast: Cast) -> StaffMember:
    """The owner, whose calendar is told by mail."""
    StaffMember.objects.filter(pk=cast.owner.pk).update(gets_calendar_mails=True)
    cast.owner.refresh_from_db()
    return cast.owner


def booked(cast: Cast, start: str, now: dt.datetime, **changes: Any) -> Appointment:
    return book(client=make_client(cast.office), staff=cast.owner, starts_at=at(start), now=now, **changes)


# --- what an entry says --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("start", "offset"),
    [
        ("2026-03-27 10:00", 1),  # Friday before the clocks go forward
        ("2026-03-30 10:00", 2),
        ("2026-10-23 10:00", 2),  # Friday before they go back
        ("2026-10-26 10:00", 1),
    ],
)
def test_an_entry_means_the_same_moment_on_both_sides_of_a_clock_change(
    cast: Cast, told: StaffMember, now: dt.datetime, start: str, offset: int
) -> None:
    appointment = booked(cast, start, now)
    for template in ("invitation", "staff_calendar"):
        _method, text = calendar_of(read_mail(latest(template)))
        event = event_of(text)
        begins = event.decoded("DTSTART")
        assert begins == appointment.starts_at
        assert (begins.hour, begins.utcoffset()) == (10, dt.timedelta(hours=offset))
        assert event["DTSTART"].params["TZID"] == "Europe/Berlin"
        assert "BEGIN:VTIMEZONE" in text


def test_the_hour_that_comes_twice_is_told_in_utc(cast: Cast, told: StaffMember, now: dt.datetime) -> None:
    twice = dt.datetime(2026, 10, 25, 2, 30, tzinfo=BERLIN, fold=1)
    book(client=make_client(cast.office), staff=cast.owner, starts_at=twice.astimezone(dt.UTC), now=now)
    _method, text = calendar_of(read_mail(latest("staff_calendar")))
    assert "DTSTART:20261025T013000Z" in text


def test_nobody_is_asked_to_answer_and_no_topic_is_told(cast: Cast, told: StaffMember, now: dt.datetime) -> None:
    appointment = booked(cast, "2026-03-05 10:00", now)
    for template, address in (("invitation", appointment.client.email), ("staff_calendar", told.email)):
        method, text = calendar_of(read_mail(latest(template)))
        event = event_of(text)
        assert method == "REQUEST"
        assert str(event["ATTENDEE"]) == f"mailto:{address}"
        assert event["ATTENDEE"].params["RSVP"] == "FALSE"
        assert str(event["ORGANIZER"]) == "mailto:altona@example.org"
        assert str(event["CLASS"]) == "PRIVATE"
        assert appointment.topic.name not in text
        assert appointment.client.number not in text


def test_calendars_name_what_the_office_allows(cast: Cast, told: StaffMember, now: dt.datetime) -> None:
    booked(cast, "2026-03-05 10:00", now)

    def summaries() -> tuple[str, str]:
        found = [event_of(calendar_of(read_mail(latest(name)))[1]) for name in ("invitation", "staff_calendar")]
        return str(found[0]["SUMMARY"]), str(found[1]["SUMMARY"])

    assert summaries() == ("Videogespräch, Jobcenter Altona", "Videogespräch")
    type(cast.office).objects.update(names_office_in_calendars=False, names_client_in_calendars=True)
    client, counsellor = summaries()
    assert client == "Termin"
    assert "Altona" not in calendar_of(read_mail(latest("invitation")))[1]
    assert "altona" not in calendar_of(read_mail(latest("invitation")))[1]
    assert counsellor.startswith("Videogespräch: Elif Kaya")


def test_the_zone_agrees_with_the_clocks_of_twenty_years(cast: Cast, told: StaffMember, now: dt.datetime) -> None:
    booked(cast, "2026-03-05 10:00", now)
    zone = vobject.readOne(calendar_of(read_mail(latest("invitation")))[1]).vtimezone.tzinfo
    first = dt.datetime(2016, 1, 1, 12, tzinfo=dt.UTC)
    for day in range(20 * 365):
        noon = (first + dt.timedelta(days=day)).replace(tzinfo=None)
        assert zone.utcoffset(noon) == BERLIN.utcoffset(noon), noon


# --- what is told when ---------------------------------------------------------------------------


def test_each_change_has_the_same_uid_and_a_higher_sequence(cast: Cast, told: StaffMember, now: dt.datetime) -> None:
    appointment = booked(cast, "2026-03-05 10:00", now)
    by = cast.desk.actor
    seen = [event_of(calendar_of(read_mail(latest("staff_calendar")))[1])]
    move_appointment(appointment=appointment, starts_at=at("2026-03-06 11:00"), minutes=45, by=by, now=now)
    seen.append(event_of(calendar_of(read_mail(latest("staff_calendar")))[1]))
    switch_mode(appointment=appointment, mode=Mode.TELEPHONE, by=by, now=now)
    seen.append(event_of(calendar_of(read_mail(latest("staff_calendar")))[1]))
    cancel_appointment(appointment=appointment, cancelled_by=CancelledBy.OFFICE, by=by, now=now)
    method, text = calendar_of(read_mail(latest("staff_calendar")))
    seen.append(event_of(text))

    assert {str(event["UID"]) for event in seen} == {str(appointment.public_id)}
    assert [event.sequence for event in seen] == [0, 1, 2, 3]
    assert (method, str(seen[-1]["STATUS"])) == ("CANCEL", "CANCELLED")
    assert calendar_of(read_mail(latest("cancelled")))[0] == "CANCEL"


def test_what_a_later_change_overtook_is_not_sent(cast: Cast, told: StaffMember, now: dt.datetime) -> None:
    appointment = booked(cast, "2026-03-05 10:00", now)
    first = latest("staff_calendar")
    assert calendar_mails.still_wanted(first.about_id, now)
    move_appointment(appointment=appointment, starts_at=at("2026-03-06 11:00"), minutes=30, by=cast.desk.actor, now=now)
    assert not calendar_mails.still_wanted(first.about_id, now)
    assert calendar_mails.still_wanted(latest("staff_calendar").about_id, now)
    StaffMember.objects.update(gets_calendar_mails=False)
    assert not calendar_mails.still_wanted(latest("staff_calendar").about_id, now)


def test_a_deputy_takes_the_entry_over(cast: Cast, told: StaffMember, now: dt.datetime) -> None:
    StaffMember.objects.filter(pk=cast.colleague.pk).update(gets_calendar_mails=True)
    today = now.date()
    Deputyship.objects.create(
        jobcenter=cast.office, absent=cast.owner, deputy=cast.colleague, first_day=today, last_day=today
    )
    take_over(desk=desk_of(cast.colleague, cast.office, now), appointment=cast.appointment, now=now)
    out, into = (read_mail(latest("staff_calendar", nth)) for nth in (2, 1))
    assert (out["To"], calendar_of(out)[0]) == (cast.owner.email, "CANCEL")
    assert (into["To"], calendar_of(into)[0]) == (cast.colleague.email, "REQUEST")
    assert all(calendar_mails.still_wanted(latest("staff_calendar", nth).about_id, now) for nth in (1, 2))
    assert event_of(calendar_of(out)[1])["SEQUENCE"] == event_of(calendar_of(into)[1])["SEQUENCE"] == 1


def test_whoever_handed_it_over_hears_so_whatever_comes_later(cast: Cast, told: StaffMember, now: dt.datetime) -> None:
    today = now.date()
    people = {"jobcenter": cast.office, "absent": cast.owner, "deputy": cast.colleague}
    Deputyship.objects.create(**people, first_day=today, last_day=today)
    take_over(desk=desk_of(cast.colleague, cast.office, now), appointment=cast.appointment, now=now)
    mail = latest("staff_calendar")
    fresh = Appointment.objects.get(pk=cast.appointment.pk)
    move_appointment(appointment=fresh, starts_at=at("2026-03-06 11:00"), minutes=30, by=cast.desk.actor, now=now)
    assert calendar_mails.still_wanted(mail.about_id, now)
    assert calendar_of(read_mail(mail))[0] == "CANCEL"


def test_whoever_left_the_office_is_told_no_more(cast: Cast, told: StaffMember, now: dt.datetime) -> None:
    booked(cast, "2026-03-05 10:00", now)
    mail = latest("staff_calendar")
    cast.owner.memberships.all().delete()
    assert not calendar_mails.still_wanted(mail.about_id, now)


def test_whoever_wants_no_mails_gets_none(cast: Cast, now: dt.datetime) -> None:
    booked(cast, "2026-03-05 10:00", now)
    assert not OutboxMessage.objects.filter(template="staff_calendar").exists()


def test_a_mail_whose_appointment_is_gone_says_so(cast: Cast, told: StaffMember, now: dt.datetime) -> None:
    with pytest.raises(LookupError):
        calendar_mails.render(f"00000000-0000-4000-8000-000000000000:0:{told.pk}")


# --- replayed ------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def calendars() -> Iterator[Calendars]:
    """A CalDAV server, empty."""
    with Calendars() as running:
        yield running


@pytest.mark.parametrize("template", ["invitation", "staff_calendar"])
def test_a_move_replaces_and_a_cancellation_removes_in_a_real_calendar(
    cast: Cast, told: StaffMember, now: dt.datetime, calendars: Calendars, template: str
) -> None:
    mine = calendars.make(f"{template}-{now:%H%M}")
    appointment = booked(cast, "2026-03-27 10:00", now)
    by = cast.desk.actor

    def take(name: str) -> None:
        mine.take(*calendar_of(read_mail(latest(name))))

    take(template)
    assert [found.decoded("DTSTART") for found in mine.events()] == [at("2026-03-27 10:00")]
    # Over the clock change, and the same mail once more: never a second entry.
    move_appointment(appointment=appointment, starts_at=at("2026-03-30 14:00"), minutes=30, by=by, now=now)
    # The client was never told of the first time, so this mail invites.
    take(template)
    take(template)
    assert [found.decoded("DTSTART") for found in mine.events()] == [at("2026-03-30 14:00")]
    cancel_appointment(appointment=appointment, cancelled_by=CancelledBy.CLIENT, by=by, now=now)
    take("cancelled" if template == "invitation" else template)
    assert mine.events() == []
