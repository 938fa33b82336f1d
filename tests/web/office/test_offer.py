"""“Themen” and “Videokanäle”: what is offered, and what keeps it from going."""

from __future__ import annotations

import datetime as dt

import pytest

from nahbar.audit.models import AuditEntry
from nahbar.audit.rules import Action
from nahbar.jobcenters.rules import Mode
from nahbar.scheduling.models import ChannelBooking, Topic, VideoChannel
from tests.conftest import Cast
from tests.factories import at, book, make_client, make_staff, topic_of
from tests.web.office.pages import KEPT, Setup
from tests.web.reading import said

pytestmark = pytest.mark.usefixtures("frozen")

ALL = {"name": "Berufliche Ziele", **{f"allows_{mode.value}": "on" for mode in Mode}}


def kinds(of: str) -> list[str]:
    return list(AuditEntry.objects.filter(object_kind=of).order_by("pk").values_list("action", flat=True))


# --- topics ---------------------------------------------------------------------------------------


def test_a_topic_is_added_with_its_ways(setup: Setup, cast: Cast) -> None:
    assert setup.post("office_topics", name="Umzug", allows_telephone="on").status_code == 302
    assert Topic.objects.get(name="Umzug").modes == [Mode.TELEPHONE]
    assert kinds("topic") == [Action.TOPIC_ADDED]
    taken = setup.post("office_topics", name="Umzug", allows_telephone="on")
    assert taken.status_code == 422
    assert kinds("topic") == [Action.TOPIC_ADDED]


def test_a_topic_without_any_way_is_refused(setup: Setup) -> None:
    answer = setup.post("office_topics", name="Umzug")
    assert answer.status_code == 422
    assert "mindestens eine Art" in said(answer)
    assert 'value="Umzug"' in said(answer)


def test_forbidding_a_way_says_first_how_many_have_it(setup: Setup, cast: Cast) -> None:
    topic = topic_of(cast.office)
    telephone_only = {name: value for name, value in ALL.items() if name != "allows_video"}
    shown = setup.post("office_topic", topic.pk, **telephone_only)
    assert "Video: 2 Termine sind so vereinbart." in said(shown)
    assert Mode.VIDEO in topic_of(cast.office).modes

    assert setup.confirm(shown, "office_topic", topic.pk, **telephone_only).status_code == 302
    assert Mode.VIDEO not in topic_of(cast.office).modes
    cast.appointment.refresh_from_db()
    assert cast.appointment.mode == Mode.VIDEO


def test_forbidding_a_way_nobody_has_is_saved_at_once(setup: Setup, cast: Cast) -> None:
    without = {name: value for name, value in ALL.items() if name != "allows_on_site"}
    assert setup.post("office_topic", topic_of(cast.office).pk, **without).status_code == 302
    detail = AuditEntry.objects.get(action=Action.TOPIC_CHANGED).detail
    assert detail == {"allows_on_site": False}


def test_a_topic_that_is_planned_goes_only_after_its_list_was_read(setup: Setup, cast: Cast) -> None:
    topic = topic_of(cast.office)
    answer = setup.post("office_topic_offer", topic.pk, wanted="off")
    page = said(answer)
    assert answer.status_code == 409
    assert "Di, 3. März 2026, 10:00 Uhr, Video, Inga Petersen" in page
    assert "Kaya" not in page
    assert topic_of(cast.office).is_active

    seal = KEPT.search(page)
    assert seal is not None
    later = cast.appointment.starts_at + dt.timedelta(days=1)
    book(client=cast.person, staff=cast.owner, starts_at=later, now=cast.appointment.created_at)
    longer = setup.post("office_topic_offer", topic.pk, wanted="off", kept=seal[1])
    assert longer.status_code == 409

    seal = KEPT.search(said(longer))
    assert seal is not None
    assert setup.post("office_topic_offer", topic.pk, wanted="off", kept=seal[1]).status_code == 302
    assert not topic_of(cast.office).is_active
    setup.post("office_topic_offer", topic.pk, wanted="on")
    assert topic_of(cast.office).is_active
    assert kinds("topic") == [Action.TOPIC_RETIRED, Action.TOPIC_RETURNED]
    assert setup.revision == 2


def test_a_topic_nobody_has_planned_goes_at_once(setup: Setup, cast: Cast) -> None:
    topic = cast.office.topics.get(name="Unterlagen vorlegen")
    assert setup.post("office_topic_offer", topic.pk, wanted="off").status_code == 302
    topic.refresh_from_db()
    assert not topic.is_active
    assert "stillgelegt" in setup.read("office_topics")


# --- channels -------------------------------------------------------------------------------------


def test_a_channel_more_has_the_next_number(setup: Setup, cast: Cast) -> None:
    setup.post("office_channels")
    assert list(cast.office.channels.values_list("number", flat=True)) == [1, 2, 3]
    setup.post("office_channels", revision="0")
    assert cast.office.channels.count() == 3
    assert "Inzwischen hat sich die Einrichtung geändert" in setup.read("office_channels")


def test_channels_end_somewhere(setup: Setup, cast: Cast) -> None:
    VideoChannel.objects.create(jobcenter=cast.office, number=99)
    setup.post("office_channels")
    assert cast.office.channels.count() == 3
    assert "Mehr Kanäle gehen nicht." in setup.read("office_channels")


def test_a_channel_goes_when_others_take_what_is_on_it(setup: Setup, cast: Cast) -> None:
    channel = cast.office.channels.get(number=1)
    setup.post("office_channel_offer", channel.pk, wanted="off")
    assert VideoChannel.objects.filter(pk=channel.pk, is_active=False).exists()
    assert not ChannelBooking.objects.filter(channel=channel).exists()
    setup.post("office_channel_offer", channel.pk, wanted="on")
    assert VideoChannel.objects.filter(pk=channel.pk, is_active=True).exists()
    assert kinds("channel") == [Action.CHANNEL_RETIRED, Action.CHANNEL_RETURNED]


def test_a_channel_that_is_needed_stays_and_says_by_whom(setup: Setup, cast: Cast) -> None:
    book(
        client=make_client(cast.office),
        staff=make_staff(cast.office, first_name="Nora", last_name="Sander"),
        starts_at=cast.appointment.starts_at,
        now=cast.appointment.created_at,
    )
    channel = cast.office.channels.get(number=1)
    answer = setup.post("office_channel_offer", channel.pk, wanted="off")
    assert answer.status_code == 409
    assert "Di, 3. März 2026, 10:00 Uhr, Video" in said(answer)
    assert "Kaya" not in said(answer)
    channel.refresh_from_db()
    assert channel.is_active


def test_load_of_the_coming_week_is_one_number(setup: Setup, cast: Cast) -> None:
    assert "Die kommende Woche ist zu 0 Prozent belegt" in setup.read("office_channels")
    # Five days of nine hours on two channels are 90 hours; four talks of 80 minutes with ten of buffer are six.
    for day in (4, 5, 6, 9):
        book(
            client=cast.person,
            staff=cast.owner,
            starts_at=at(f"2026-03-{day:02} 10:00"),
            minutes=80,
            now=cast.appointment.created_at,
        )
    assert "zu 7 Prozent belegt" in setup.read("office_channels")


def test_without_a_channel_the_page_says_what_that_means(setup: Setup, cast: Cast) -> None:
    VideoChannel.objects.update(is_active=False)
    assert "Kein Kanal: Video kann nicht gebucht werden" in setup.read("office_channels")
