"""When a counsellor can be booked, what else takes their time, and how their calendar learns of it."""

from __future__ import annotations

import datetime as dt

from django.utils import timezone

from nahbar.jobcenters.models import JobCenter, LocalHoliday
from nahbar.jobcenters.rules import Mode
from nahbar.people.models import StaffMember
from nahbar.scheduling.hours import enter_absence
from nahbar.scheduling.rules import BERLIN, AgreedBy, day_bounds
from tests.factories import book, desk_of, make_staff, meet
from tests.pictures.cases import CLIENTS, a_client, a_counsellor, an_office, video
from tests.pictures.stage import Stage


def times(stage: Stage) -> None:
    """Hours and absences: none yet, one with an appointment in it, and wrong ones."""
    case = video(24 * 60)
    address = f"/b/{case.office.slug}/zeiten/"
    stage.take(stage.desk(address, staff=case.staff))
    first, last = day_bounds(timezone.localdate())[0], day_bounds(timezone.localdate() + dt.timedelta(days=5))[1]
    enter_absence(desk=case.desk, starts_at=first, ends_at=last)
    page = stage.desk(address, staff=case.staff)
    stage.take(page, "to-move")
    page.locator("#id_begins_0_0").fill("12:00")
    page.locator("#id_ends_0_0").fill("08:00")
    page.locator("section[aria-labelledby=hours] button").click()
    page.locator("[aria-invalid]").first.wait_for()
    stage.take(page, "wrong")


def own_video(stage: Stage) -> None:
    """On, and off with an appointment that is booked."""
    case = video(24 * 60)
    page = stage.desk(f"/b/{case.office.slug}/mein-video/", staff=case.staff)
    stage.take(page)
    page.locator("button[name=video]").click()
    page.locator("section[aria-labelledby=coming]").wait_for()
    stage.take(page, "off")


def calendar(stage: Stage) -> None:
    """By mail; a new address; by feed."""
    case = video(24 * 60)
    page = stage.desk(f"/b/{case.office.slug}/kalender/", staff=case.staff)
    stage.take(page)
    page.locator("button[name=make]").click()
    page.locator("#address").wait_for()
    stage.take(page, "address")
    stage.take(stage.desk(f"/b/{case.office.slug}/kalender/", staff=case.staff), "feed")


# Weekday, start, minutes and mode: a week as they are.
WEEK = (
    (0, "08:30", 45, Mode.ON_SITE),
    (0, "09:30", 30, Mode.VIDEO),
    (0, "10:15", 20, Mode.TELEPHONE),
    (0, "13:00", 45, Mode.VIDEO),
    (1, "08:30", 20, Mode.TELEPHONE),
    (1, "09:15", 30, Mode.VIDEO),
    (1, "10:00", 30, Mode.VIDEO),
    (1, "13:00", 45, Mode.ON_SITE),
    (1, "15:30", 60, Mode.OUTREACH_VISIT),
    (2, "08:30", 45, Mode.VIDEO),
    (2, "09:30", 30, Mode.VIDEO),
    (2, "10:15", 45, Mode.ON_SITE),
    (3, "09:30", 30, Mode.VIDEO),
    (3, "10:15", 20, Mode.TELEPHONE),
    (3, "14:00", 45, Mode.ON_SITE),
)
COLLEAGUES = (("Jonas", "Behrens"), ("Meral", "Aydın"), ("Katharina", "Vogt-Lindemann"))


def _fill(office: JobCenter, staff: StaffMember, monday: dt.date, *, later: int) -> None:
    """The week's appointments, `later` minutes after the table's times."""
    before = dt.datetime.combine(monday - dt.timedelta(days=3), dt.time(9), tzinfo=BERLIN)
    for number, (weekday, start, minutes, mode) in enumerate(WEEK):
        day = monday + dt.timedelta(days=weekday)
        starts_at = dt.datetime.combine(day, dt.time.fromisoformat(start), tzinfo=BERLIN) + dt.timedelta(minutes=later)
        person = a_client(office, number % len(CLIENTS), number=f"WE{staff.pk:03}{number:03}")
        agreed = AgreedBy.PHONE if mode == Mode.VIDEO else None
        values = {"mode": mode, "minutes": minutes, "agreed_by": agreed}
        book(client=person, staff=staff, starts_at=starts_at, now=before, **values)


def week(stage: Stage) -> None:
    """A full week with half a day off and a closed day; an empty one; the team's day; an entry carried by keys."""
    office, today = an_office(), timezone.localdate()
    staff, monday = a_counsellor(office), today - dt.timedelta(days=today.weekday())
    _fill(office, staff, monday, later=0)
    for number, (first_name, last_name) in enumerate(COLLEAGUES):
        colleague = make_staff(office, first_name=first_name, last_name=last_name)
        _fill(office, colleague, monday, later=(0, 15, 25)[number])
    gone = dt.datetime.combine(monday + dt.timedelta(days=2), dt.time(12), tzinfo=BERLIN)
    enter_absence(desk=desk_of(staff, office), starts_at=gone, ends_at=gone + dt.timedelta(hours=12))
    LocalHoliday.objects.create(jobcenter=office, day=monday + dt.timedelta(days=4), name="Betriebsausflug")
    address = f"/b/{office.slug}/woche/"
    page = stage.desk(address, staff=staff)
    stage.take(page)
    stage.take(stage.desk(f"{address}?tag={monday + dt.timedelta(days=21)}", staff=staff), "empty")
    stage.take(stage.desk(f"/b/{office.slug}/team/?tag={monday + dt.timedelta(days=1)}", staff=staff), "team")


def meeting(stage: Stage) -> None:
    """The form with colleagues, a wrong one; the meeting, and its row in the day."""
    case = video(24 * 60)
    colleagues = [make_staff(case.office, team=case.client.team, last_name=name) for name in ("Kaluza", "Özdemir")]
    page = stage.desk(f"/b/{case.office.slug}/besprechungen/neu/", staff=case.staff)
    stage.take(page)
    page.locator("[name=start]").fill("10:00")
    page.locator("main form button").click()
    page.locator("[aria-invalid]").first.wait_for()
    stage.take(page, "wrong")
    starts_at, now = case.appointment.ends_at + dt.timedelta(hours=1), timezone.now()
    people = {"colleagues": colleagues, "uses_channel": True}
    booked = meet(case.staff, case.office, title="Neue Abläufe im Team", starts_at=starts_at, now=now, **people)
    stage.take(stage.desk(f"/b/{case.office.slug}/besprechungen/{booked.public_id}/", staff=case.staff), "own")
    day = f"/b/{case.office.slug}/heute/?tag={timezone.localdate(starts_at)}"
    stage.take(stage.desk(day, staff=case.staff), "day")
