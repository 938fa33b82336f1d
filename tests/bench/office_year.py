"""P11, P12 and P18 at the size of one office's year: 50 counsellors, 100,000 appointments."""

from __future__ import annotations

import datetime as dt
import itertools
import random
import time
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial

from django.db import connection, transaction
from django.http import HttpRequest, HttpResponse
from django.test import Client as Browser
from django.test import override_settings
from django.test.utils import CaptureQueriesContext
from django.urls import include, path, reverse
from django.utils import timezone

from nahbar.audit.nightly import count_anew
from nahbar.jobcenters.models import JobCenter, Team
from nahbar.jobcenters.rules import Mode, Role
from nahbar.people.models import Client, StaffMember
from nahbar.scheduling.free_times import Need, next_free_times
from nahbar.scheduling.models import Appointment, ChannelBooking, Participation, Topic, VideoChannel
from nahbar.scheduling.rules import BERLIN, AppointmentState, ParticipationRole
from tests.bench.contention import NAMES
from tests.bench.figures import Figure, middle, percentile, spread
from tests.factories import make_client, make_office, make_staff, topic_of

SEARCH_MS, PAGE_MS = 100, 100
COUNSELLORS, CLIENTS, CHANNELS, TEAMS = 50, 2_000, 12, 5
APPOINTMENTS, QUICK_APPOINTMENTS = 100_000, 5_000
# Hours of a day in which appointments begin; each takes 45 minutes, a channel with its buffer 55.
HOURS = range(8, 17)
LENGTH, BUFFER = dt.timedelta(minutes=45), dt.timedelta(minutes=10)
SEARCHES, VISITS = 60, 100
# Of the counsellors, so many are busy in any hour; in the coming three weeks all channels are.
AT_ONCE = 40
FULL = dt.timedelta(days=22)


def empty(request: HttpRequest) -> HttpResponse:
    """The baseline of a page: nothing but what every request goes through."""
    return HttpResponse(request.method)


# What `override_settings(ROOT_URLCONF=…)` names.
urlpatterns = [path("empty/", empty), path("", include("nahbar.config.urls"))]


@dataclass(frozen=True)
class Year:
    """The office and everybody in it."""

    office: JobCenter
    staff: list[StaffMember]
    clients: list[Client]
    topic: Topic
    channels: list[VideoChannel]
    chance: random.Random

    def need(self) -> Need:
        """Half an hour of video, somebody with somebody of their team."""
        number = self.chance.randrange(len(self.staff))
        return Need(self.client_of(number), self.staff[number], Mode.VIDEO, 30)

    def client_of(self, number: int) -> Client:
        """Somebody of the team of the counsellor with that number."""
        return self.clients[self.chance.randrange(len(self.clients) // TEAMS) * TEAMS + number % TEAMS]


def measure(*, quick: bool) -> list[Figure]:
    """Fill the year, then search and look."""
    year = open_year()
    count = fill(year, QUICK_APPOINTMENTS if quick else APPOINTMENTS)
    # As after its first night.
    count_anew()
    return [*_searches(year, count), *_pages(year, count), *_setup_pages(year, count)]


def open_year() -> Year:
    """The office and its people; no appointments yet."""
    office = make_office("westheide", channels=CHANNELS)
    for number in range(3, TEAMS + 1):
        Team.objects.create(jobcenter=office, name=f"Team {number}")
    teams = list(office.teams.all())
    staff = [make_staff(office, team=teams[number % TEAMS]) for number in range(COUNSELLORS)]
    clients = [make_client(office, team=teams[number % TEAMS]) for number in range(CLIENTS)]
    chance = random.Random(11)  # noqa: S311
    return Year(office, staff, clients, topic_of(office), list(office.channels.all()), chance)


# --- filling -------------------------------------------------------------------------------------


def fill(year: Year, count: int) -> int:
    """As many past and held as to come, day by day; returns how many there are."""
    days = -(-count // (len(HOURS) * AT_ONCE))
    today = timezone.now().astimezone(BERLIN).date()
    first = today - dt.timedelta(days=days * 7 // 10)
    working = (day for day in (first + dt.timedelta(days=ahead) for ahead in range(days * 2)) if day.weekday() < 5)
    for day in itertools.islice(working, days):
        full = dt.timedelta() <= day - today <= FULL
        _fill_day(year, day, channels=CHANNELS if full else CHANNELS - 2, past=day < today)
    return Appointment.objects.count()


@transaction.atomic
def _fill_day(year: Year, day: dt.date, *, channels: int, past: bool) -> None:
    planned = [one for hour in HOURS for one in _hour(year, day, hour, channels=channels, past=past)]
    Appointment.objects.bulk_create([one.appointment for one in planned])
    people = [participation for one in planned for participation in one.participations]
    Participation.objects.bulk_create(people, batch_size=200)
    bookings = [one.booking for one in planned if one.booking is not None]
    ChannelBooking.objects.bulk_create(bookings, batch_size=200)


@dataclass(frozen=True)
class Planned:
    """One appointment with what hangs on it, not stored yet."""

    appointment: Appointment
    participations: list[Participation]
    booking: ChannelBooking | None


def _hour(year: Year, day: dt.date, hour: int, *, channels: int, past: bool) -> Iterator[Planned]:
    """As many counsellors as are busy at once, each with somebody; video as far as there are channels."""
    start = dt.datetime.combine(day, dt.time(hour), tzinfo=BERLIN).astimezone(dt.UTC)
    # Fifty in a row of the list, each beside a counsellor of their own team: nobody is there twice.
    offset = year.chance.randrange(len(year.clients) // COUNSELLORS) * COUNSELLORS
    for number, which in enumerate(year.chance.sample(range(COUNSELLORS), AT_ONCE)):
        counsellor, client = year.staff[which], year.clients[offset + which]
        video = number < channels
        appointment = Appointment(
            jobcenter=year.office,
            team=client.team,
            topic=year.topic,
            mode=Mode.VIDEO if video else Mode.ON_SITE,
            starts_at=start,
            ends_at=start + LENGTH,
            state=AppointmentState.HELD if past else AppointmentState.PLANNED,
            booking_key=uuid.uuid4(),
            created_at=start - dt.timedelta(days=14),
        )
        span = {"appointment": appointment, "starts_at": start, "ends_at": start + LENGTH}
        yield Planned(
            appointment,
            [
                Participation(role=ParticipationRole.COUNSELLOR, staff=counsellor, **span),
                Participation(role=ParticipationRole.CLIENT, client=client, **span),
            ],
            ChannelBooking(channel=year.channels[number], **{**span, "ends_at": start + LENGTH + BUFFER})
            if video
            else None,
        )


# --- measuring -----------------------------------------------------------------------------------


def _searches(year: Year, count: int) -> list[Figure]:
    """Where a few channels are free, and where for three weeks none is: then every quarter hour is looked at."""
    now = timezone.now()
    later = now + FULL + dt.timedelta(days=3)
    name, bare = NAMES[connection.vendor], middle(_timed(_bare_search(year)) for _ in range(SEARCHES))
    figures = []
    for what, after in (("channels nearly full", later), ("no channel for three weeks", now)):
        times = [_timed(partial(_search, year, after, now)) for _ in range(SEARCHES)]
        figures.append(
            Figure(
                id="P11",
                what=f"next free times among {count:,} appointments, {what}, {name}",
                value=middle(times),
                unit="ms",
                at_most=SEARCH_MS,
                baseline=bare,
                baseline_is="counting the same three weeks' channel bookings, bare SQL",
                note=f"spread {spread(times)}",
            )
        )
    return figures


def _search(year: Year, after: dt.datetime, now: dt.datetime) -> None:
    next_free_times(need=year.need(), after=after, now=now)


def _bare_search(year: Year) -> Callable[[], None]:
    bookings = ChannelBooking._meta.db_table
    sql = f"SELECT count(*) FROM {bookings} WHERE starts_at < %s AND ends_at > %s"  # noqa: S608
    adapt = connection.ops.adapt_datetimefield_value
    now = timezone.now()
    span = [adapt(now + FULL), adapt(now)]

    def search() -> None:
        with connection.cursor() as cursor:
            cursor.execute(sql, span)
            cursor.fetchone()

    return search


def _pages(year: Year, count: int) -> list[Figure]:
    """What a counsellor's browser waits for, without the network: the whole request, all middleware."""
    browser = Browser()
    name = NAMES[connection.vendor]
    with override_settings(ROOT_URLCONF=__name__):
        addresses = {
            "the day's page": [reverse("staff_day", args=[year.office.slug])],
            "the week": [reverse("staff_week", args=[year.office.slug])],
            "the team's day, ten counsellors": [reverse("staff_team_day", args=[year.office.slug])],
            "an appointment's page": list(_appointment_pages(year)),
            "the booking page, as last time": list(_booking_pages(year, "")),
            "the booking page, a series of twelve": list(_booking_pages(year, "&weeks=1&count=12")),
        }
        figures = []
        for what, paths in addresses.items():
            visits, bare, queries = visit(browser, year.staff, paths)
            figures.append(
                Figure(
                    id="P12",
                    what=f"{what}, 95th percentile, {count:,} appointments, {name}",
                    value=percentile(visits, 0.95),
                    unit="ms",
                    at_most=PAGE_MS,
                    baseline=percentile(bare, 0.95),
                    baseline_is="an empty view behind the same middleware",
                    note=f"median {middle(visits):.0f} ms, {queries} queries at most",
                )
            )
    return figures


def _setup_pages(year: Year, count: int) -> Iterator[Figure]:
    """What an administrator waits for; shorter hours are only asked about: what they would leave outside is counted."""
    browser, name = Browser(), NAMES[connection.vendor]
    browser.force_login(make_staff(year.office, Role.ADMINISTRATOR))
    shorter = {f"{what}_{day}_0": f"{hour}:00" for day in range(5) for what, hour in (("begins", "10"), ("ends", "12"))}
    shorter["revision"] = str(year.office.revision)
    for what, page, sent in (
        ("the set-up", "office_setup", None),
        ("sites", "office_sites", None),
        ("topics", "office_topics", None),
        ("staff", "office_staff", None),
        ("hours, shortened", "office_hours", shorter),
    ):
        address = reverse(page, args=[year.office.slug])
        ask = partial(browser.get, address) if sent is None else partial(browser.post, address, sent)
        assert ask().status_code == 200, address
        times = [_timed(ask) for _ in range(VISITS // 2)]
        yield Figure(
            id="P18",
            what=f"set-up: {what}, 95th percentile, {count:,} appointments, {name}",
            value=percentile(times, 0.95),
            unit="ms",
            at_most=PAGE_MS,
            note=f"median {middle(times):.0f} ms",
        )


def _appointment_pages(year: Year) -> Iterator[str]:
    """One for each counsellor, in their order: what they have next."""
    coming = Appointment.objects.filter(jobcenter=year.office, starts_at__gt=timezone.now())
    for staff in year.staff:
        own = coming.filter(participations__staff=staff).order_by("starts_at")
        yield reverse("appointment_page", args=[year.office.slug, own.values_list("public_id", flat=True)[0]])


def _booking_pages(year: Year, more: str) -> list[str]:
    """One for each counsellor, in their order: a person of their team, video at ten in three days."""
    address = reverse("appointment_new", args=[year.office.slug])
    day = timezone.localdate() + dt.timedelta(days=3)
    query = f"topic={year.topic.pk}&mode=video&minutes=30&agreed=phone&day={day}&start=10:00{more}"
    return [f"{address}?client={year.client_of(number).public_id}&{query}" for number in range(COUNSELLORS)]


def visit(browser: Browser, staff: list[StaffMember], paths: list[str]) -> tuple[list[float], list[float], int]:
    """Milliseconds for the pages and for the empty one, in turn, and the most queries a page took."""
    visits, bare, queries = [], [], 0
    for number in range(VISITS):
        browser.force_login(staff[number % len(staff)])
        address = paths[number % len(paths)]
        # The first visit of a session also writes the session.
        assert browser.get(address).status_code == 200, address
        visits.append(_timed(partial(browser.get, address)))
        bare.append(_timed(partial(browser.get, "/empty/")))
        if number < 5:
            with CaptureQueriesContext(connection) as captured:
                browser.get(address)
            queries = max(queries, len(captured))
    return visits, bare, queries


def _timed(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return (time.perf_counter() - began) * 1000
