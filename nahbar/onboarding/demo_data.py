"""A believable demo: two offices with some weeks of appointments, one of which can be entered now.

Loading again keeps what somebody tried out and only moves the “now” appointment to now.
"""

from __future__ import annotations

import datetime as dt
import itertools
import random
import uuid
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.urls import reverse

from nahbar.audit.rules import SYSTEM
from nahbar.calls.operations import end_call
from nahbar.calls.queries import last_call
from nahbar.calls.rules import EndReason
from nahbar.consent.operations import give_consent
from nahbar.consent.queries import consent_in_force, current_text, is_withdrawn
from nahbar.consent.rules import Route
from nahbar.invitations.links import link_of
from nahbar.invitations.queries import invitation_of
from nahbar.jobcenters.models import JobCenter, Team
from nahbar.jobcenters.rules import Land, Mode, Role
from nahbar.onboarding import demo_cast as cast
from nahbar.onboarding import demo_ledger
from nahbar.onboarding.demo_texts import publish_examples
from nahbar.people.models import Client, Deputyship, Membership, StaffMember
from nahbar.people.queries import Desk, access_desk
from nahbar.people.search import index_clients
from nahbar.scheduling.call_tasks import make_call_task
from nahbar.scheduling.errors import Refused
from nahbar.scheduling.meetings import cancel_meeting
from nahbar.scheduling.models import Appointment, Meeting, Participation, Topic, VideoChannel
from nahbar.scheduling.operations import Wish, book_appointment, cancel_appointment, move_appointment
from nahbar.scheduling.outcomes import mark_held, mark_not_held
from nahbar.scheduling.queries import appointments_of, with_people
from nahbar.scheduling.rules import BERLIN, AgreedBy, AppointmentState, CancelledBy, NotHeldReason, day_bounds
from nahbar.scheduling.seating import release_channel
from nahbar.surveys.figures import Audience
from nahbar.surveys.models import StoredAnswer
from nahbar.surveys.rules import ASKED, local_day, quarter_of

# Marks the “now” appointments, one after the other: number n is `uuid5(NOW_KEY, n)`.
NOW_KEY = uuid.UUID("00000000-0000-4000-8000-000000000001")
CALL_KEY = uuid.UUID("00000000-0000-4000-8000-000000000003")
WEEKS_BACK, WEEKS_AHEAD = 3, 2
DAY_STARTS = (dt.time(8, 30), dt.time(9, 15), dt.time(10), dt.time(11), dt.time(13), dt.time(14), dt.time(15, 30))
NOW_MINUTES = 30
# How many answers a quarter of the demo has.
SURVEYED = {Audience.CLIENTS: (24, 41), Audience.STAFF: (10, 14)}


def load(*, now: dt.datetime) -> dict[str, Any]:
    """Makes what is missing and returns the paths of the demo's doors (see the launcher).

    Effects: offices, people, appointments, mails in the outbox. Safe to repeat.
    """
    for sketch in cast.OFFICES:
        if not JobCenter.objects.filter(slug=sketch.slug).exists():
            with transaction.atomic():
                _make_office(sketch, now=now)
        publish_examples(jobcenter=JobCenter.objects.get(slug=sketch.slug), now=now)
    desk = _desk(cast.COUNSELLOR, now=now)
    _stand_in(absent=desk, deputy=_desk(cast.DEPUTY, now=now), now=now)
    first, second = (Client.objects.get(jobcenter=desk.jobcenter, last_name=c.last_name) for c in _pair())
    now_appointment = _bring_to_now(desk=desk, client=first, now=now)
    upcoming = _upcoming(desk=desk, client=second, now=now)
    return _doors(desk=desk, now_appointment=now_appointment, upcoming=upcoming)


def _pair() -> tuple[cast.ClientSketch, cast.ClientSketch]:
    first, second, *_rest = cast.CLIENTS["westheide"]
    return first, second


def _desk(sketch: cast.StaffSketch, *, now: dt.datetime) -> Desk:
    return access_desk(staff=StaffMember.objects.get(email=sketch.email), office=sketch.office, now=now)


def _stand_in(*, absent: Desk, deputy: Desk, now: dt.datetime) -> None:
    """A colleague stands in for the counsellor of the demo, so that both sides of it can be tried."""
    today = now.astimezone(BERLIN).date()
    Deputyship.objects.update_or_create(
        jobcenter=absent.jobcenter,
        absent=absent.staff,
        deputy=deputy.staff,
        defaults={"first_day": today, "last_day": today + dt.timedelta(weeks=WEEKS_AHEAD)},
    )


def _make_office(sketch: cast.OfficeSketch, *, now: dt.datetime) -> None:
    office = JobCenter.objects.create(
        slug=sketch.slug,
        name=sketch.name,
        phone=sketch.phone,
        phone_display=sketch.phone_display,
        email=f"kontakt@{sketch.slug}.example",
        street=sketch.street,
        postcode=sketch.postcode,
        city=sketch.city,
        opening_hours="Mo bis Fr 8 bis 12 Uhr, Do auch 14 bis 18 Uhr",
        land=Land.NI,
        # The demo signs in with one click.
        requires_second_factor=False,
    )
    teams = {name: Team.objects.create(jobcenter=office, name=name) for name in sketch.teams}
    for number in range(1, sketch.channels + 1):
        VideoChannel.objects.create(jobcenter=office, number=number)
    for name, video, telephone, on_site, outreach in cast.TOPICS:
        Topic.objects.create(
            jobcenter=office,
            name=name,
            allows_video=video,
            allows_telephone=telephone,
            allows_on_site=on_site,
            allows_outreach_visit=outreach,
        )
    for staff in (staff for staff in cast.STAFF if staff.office == sketch.slug):
        _make_staff(staff, office=office, teams=teams)
    for position, person in enumerate(cast.CLIENTS[sketch.slug]):
        _make_client(person, position, office=office, teams=teams, now=now)
    demo_ledger.fill(office, now=now)
    # The same demo every time: a seed, not chance.
    dice = random.Random(office.slug)  # noqa: S311
    _fill_days(office=office, days=range(-7 * WEEKS_BACK, 1), dice=dice, now=now)
    # Addresses only now: the past needs no mails.
    for client in Client.objects.filter(jobcenter=office):
        client.email = f"person-{client.number.lower()}@mail.example"
        client.save(update_fields=["email"])
    _fill_days(office=office, days=range(1, 7 * WEEKS_AHEAD), dice=dice, now=now)
    _answer_surveys(office, dice=dice, now=now)


def _answer_surveys(office: JobCenter, *, dice: random.Random, now: dt.datetime) -> None:
    """What was counted in the quarters before this one; a small office has too few answers to be shown."""
    if office.slug != cast.COUNSELLOR.office:
        return
    today = local_day(now)
    quarters = [quarter_of(today - dt.timedelta(days=91 * back)) for back in (3, 2, 1)]
    for quarter, (audience, many) in itertools.product(quarters, SURVEYED.items()):
        StoredAnswer.objects.bulk_create(
            StoredAnswer(jobcenter=office, audience=audience, quarter=quarter, **_opinion(audience, dice))
            for _ in range(dice.randint(*many))
        )


def _opinion(audience: Audience, dice: random.Random) -> dict[str, str]:
    kinds, weights = ["yes", "partly", "no", ""], [66, 20, 9, 5]
    return {question.value: dice.choices(kinds, weights)[0] for question in ASKED[audience]}


def _make_staff(sketch: cast.StaffSketch, *, office: JobCenter, teams: dict[str, Team]) -> None:
    staff = StaffMember.objects.create_user(
        sketch.email,
        salutation=sketch.salutation,
        first_name=sketch.first_name,
        last_name=sketch.last_name,
        offers_video=True,
    )
    for role in sketch.roles:
        Membership.objects.create(staff=staff, jobcenter=office, team=teams.get(sketch.team), role=role)


def _make_client(
    sketch: cast.ClientSketch, position: int, *, office: JobCenter, teams: dict[str, Team], now: dt.datetime
) -> None:
    # Before the first of the demo's appointments.
    since = now - dt.timedelta(weeks=WEEKS_BACK + 1)
    writer = StaffMember.objects.filter(memberships__team=teams[sketch.team]).order_by("pk").first()
    client = Client.objects.create(
        jobcenter=office,
        team=teams[sketch.team],
        number=f"{office.slug[:2].upper()}{4100 + 37 * position}",
        salutation=sketch.salutation,
        first_name=sketch.first_name,
        last_name=sketch.last_name,
        birth_date=cast.birth_date(sketch, position),
        phone_display=f"0171 39200{10 + position}",
        language=sketch.language,
        what_helps=sketch.what_helps,
        preferred_mode=sketch.preferred_mode,
        guardian_name=sketch.guardian,
        guardian_phone="0171 3920099" if sketch.guardian else "",
        notes=sketch.notes,
        notes_by=writer if sketch.notes else None,
        notes_at=since if sketch.notes else None,
        changed_by=writer,
        changed_at=since,
        created_at=since,
    )
    index_clients([client])


def _fill_days(*, office: JobCenter, days: range, dice: random.Random, now: dt.datetime) -> None:
    today = now.astimezone(BERLIN).date()
    counsellors = StaffMember.objects.filter(memberships__jobcenter=office, memberships__role=Role.COUNSELLOR)
    for staff in counsellors.distinct():
        desk = access_desk(staff=staff, office=office.slug, now=now)
        for offset in days:
            day = today + dt.timedelta(days=offset)
            if day.weekday() < 5 or offset == 0:
                _fill_day(desk=desk, day=day, dice=dice, now=now)


def _fill_day(*, desk: Desk, day: dt.date, dice: random.Random, now: dt.datetime) -> None:
    clients = list(Client.objects.filter(jobcenter=desk.jobcenter, team_id__in=desk.team_ids).order_by("pk"))
    topics = list(Topic.objects.filter(jobcenter=desk.jobcenter).order_by("pk"))
    for time in sorted(dice.sample(DAY_STARTS, k=dice.randint(3, 5))):
        starts_at = dt.datetime.combine(day, time, tzinfo=BERLIN).astimezone(dt.UTC)
        if abs(starts_at - now) < dt.timedelta(minutes=75):
            continue  # this hour belongs to the appointment that can be entered now
        topic = dice.choice(topics)
        mode = dice.choice(topic.modes)
        wish = Wish(
            client=dice.choice(clients),
            counsellor=desk.staff,
            topic=topic,
            mode=mode,
            starts_at=starts_at,
            minutes=desk.jobcenter.default_minutes(mode),
            agreed_by=AgreedBy.PHONE if mode == Mode.VIDEO else None,
            key=uuid.UUID(int=dice.getrandbits(128), version=4),
        )
        _book_and_close(desk=desk, wish=wish, dice=dice, now=now)


def _book_and_close(*, desk: Desk, wish: Wish, dice: random.Random, now: dt.datetime) -> None:
    before = min(now, wish.starts_at - dt.timedelta(days=6))
    try:
        appointment = book_appointment(desk=desk, wish=wish, now=before)
    except Refused:
        return  # the person is elsewhere at that time: a hole in the day
    if appointment.is_video and consent_in_force(client=wish.client) is None:
        text = current_text(language=wish.client.language, jobcenter=desk.jobcenter)
        give_consent(client=wish.client, text=text, route=Route.TAP, by=SYSTEM, now=before)
    if wish.ends_at > now - dt.timedelta(hours=3):
        return  # today's last ones wait for their outcome
    if dice.random() < 0.85:
        mark_held(appointment=appointment, by=desk.actor, now=wish.ends_at)
    else:
        reason = dice.choice(list(NotHeldReason))
        mark_not_held(appointment=appointment, reason=reason, by=desk.actor, now=wish.ends_at)


def _bring_to_now(*, desk: Desk, client: Client, now: dt.datetime) -> Appointment:
    starts_at = now.replace(minute=now.minute // 5 * 5, second=0, microsecond=0) + dt.timedelta(minutes=5)
    latest, next_key = _latest_attempt(desk=desk)
    there = latest if latest is not None and _can_go_on(latest) else None
    _make_room(desk=desk, client=client, starts_at=starts_at, but=there, now=now)
    if there is not None:
        end_call(appointment=there, reason=EndReason.MOVED, by=SYSTEM, now=now)
        move_appointment(appointment=there, starts_at=starts_at, minutes=NOW_MINUTES, by=SYSTEM, now=now)
        return there
    if is_withdrawn(client=client):
        # Somebody tried out the withdrawal; the demo begins anew.
        text = current_text(language=client.language, jobcenter=desk.jobcenter)
        give_consent(client=client, text=text, route=Route.TAP, by=SYSTEM, now=now)
    wish = Wish(
        client=client,
        counsellor=desk.staff,
        topic=Topic.objects.get(jobcenter=desk.jobcenter, name="Bewerbungen"),
        mode=Mode.VIDEO,
        starts_at=starts_at,
        minutes=NOW_MINUTES,
        agreed_by=AgreedBy.IN_PERSON,
        key=next_key,
    )
    return book_appointment(desk=desk, wish=wish, now=now)


def _latest_attempt(*, desk: Desk) -> tuple[Appointment | None, uuid.UUID]:
    """The last “now” appointment, whatever became of it, and the key of the next one."""
    latest = None
    for number in itertools.count():
        key = uuid.uuid5(NOW_KEY, str(number))
        there = with_people(Appointment.objects.filter(jobcenter=desk.jobcenter, booking_key=key)).first()
        if there is None:
            return latest, key
        latest = there
    raise AssertionError("unreachable")


def _can_go_on(appointment: Appointment) -> bool:
    call = last_call(appointment=appointment)
    return appointment.is_planned and appointment.is_video and (call is None or call.end_reason != EndReason.FINISHED)


def _make_room(
    *, desk: Desk, client: Client, starts_at: dt.datetime, but: Appointment | None, now: dt.datetime
) -> None:
    """Cancels or, when it is over, frees what would overlap the “now” appointment, whoever made it."""
    ends_at = starts_at + dt.timedelta(minutes=NOW_MINUTES)
    in_the_way = Participation.objects.filter(
        Q(staff=desk.staff) | Q(client=client), is_active=True, starts_at__lt=ends_at, ends_at__gt=starts_at
    )
    if but is not None:
        in_the_way = in_the_way.exclude(appointment=but)
    for meeting in Meeting.objects.filter(pk__in=in_the_way.values("meeting_id")):
        cancel_meeting(meeting=meeting, revision=meeting.revision, by=SYSTEM, now=now)
    for appointment in with_people(Appointment.objects.filter(pk__in=in_the_way.values("appointment_id"))):
        if appointment.is_planned:
            end_call(appointment=appointment, reason=EndReason.CANCELLED, by=SYSTEM, now=now)
            cancel_appointment(appointment=appointment, cancelled_by=CancelledBy.OFFICE, by=SYSTEM, now=now)
        else:
            appointment.participations.update(is_active=False)
            release_channel(occasion=appointment)


def _upcoming(*, desk: Desk, client: Client, now: dt.datetime) -> Appointment:
    topic = Topic.objects.get(jobcenter=desk.jobcenter, name="Kinderbetreuung")
    tomorrow = day_bounds(now.astimezone(BERLIN).date() + dt.timedelta(days=1))[0]
    there = (
        appointments_of(desk)
        .filter(participations__client=client, agreed_by=AgreedBy.IN_WRITING, starts_at__gte=tomorrow)
        .filter(state=AppointmentState.PLANNED)
        .first()
    )
    if there is not None:
        return there
    wish = Wish(
        client=client,
        counsellor=desk.staff,
        topic=topic,
        mode=Mode.VIDEO,
        starts_at=tomorrow,
        minutes=NOW_MINUTES,
        agreed_by=AgreedBy.IN_WRITING,
        key=uuid.uuid4(),
    )
    make_call_task(desk=desk, wish=_at(wish, tomorrow + dt.timedelta(hours=9), key=CALL_KEY), now=now)
    for hours in range(9 + 24, 9 + 24 * 12):
        try:
            return book_appointment(desk=desk, wish=_at(wish, tomorrow + dt.timedelta(hours=hours)), now=now)
        except Refused:
            continue
    raise RuntimeError("no free time for the demo's upcoming appointment")


def _at(wish: Wish, starts_at: dt.datetime, *, key: uuid.UUID | None = None) -> Wish:
    return Wish(**{**wish.__dict__, "starts_at": starts_at, "key": key or wish.key})


def _doors(*, desk: Desk, now_appointment: Appointment, upcoming: Appointment) -> dict[str, Any]:
    roles = ("counsellor", "deputy", "team_lead", "guide", "administrator")
    office = {"office": desk.jobcenter.slug}
    own = {**office, "public_id": now_appointment.public_id}
    return {
        "sign_in": {role: reverse("demo_sign_in", kwargs={"role": role}) for role in roles},
        "client": {
            "now": _path(now_appointment),
            "upcoming": _path(upcoming),
            "proof": cast.PROOF,
        },
        "outbox": reverse("demo_outbox"),
        "pages": {
            "day": reverse("staff_day", kwargs=office),
            "new_appointment": reverse("appointment_new", kwargs=office),
            "appointment": reverse("appointment_page", kwargs=own),
            "move": reverse("appointment_move", kwargs=own),
            "cancel": reverse("appointment_cancel", kwargs=own),
            "talk": reverse("staff_call", kwargs=own),
            "overview": reverse("office_overview", kwargs=office),
        },
    }


def _path(appointment: Appointment) -> str:
    invitation = invitation_of(appointment=appointment)
    if invitation is None:
        raise RuntimeError("the demo's client has no invitation")
    link = link_of(public_id=invitation.public_id, generation=invitation.generation)
    return link[link.index("/t/") :]
