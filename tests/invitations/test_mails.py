"""The mails about an invitation: what they say, what they never say, when they are dropped."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable

import pytest

from nahbar.audit.rules import SYSTEM
from nahbar.consent.operations import give_consent, withdraw_consent
from nahbar.consent.queries import current_text
from nahbar.consent.rules import Purpose, Route
from nahbar.invitations import mails
from nahbar.invitations.links import is_secret_of, secret_of
from nahbar.invitations.models import Invitation
from nahbar.invitations.operations import client_actor, expire, reissue
from nahbar.invitations.queries import messages_of
from nahbar.invitations.rules import Reference, Template
from nahbar.jobcenters.rules import Mode
from nahbar.outbox.mail import RenderedMail
from nahbar.outbox.models import OutboxMessage
from nahbar.outbox.retention import MESSAGES
from nahbar.outbox.rules import State
from nahbar.people.rules import Language
from nahbar.scheduling.operations import cancel_appointment, move_appointment, switch_mode
from nahbar.scheduling.rules import CancelledBy
from tests.conftest import Cast
from tests.factories import at, book, forget, invitation_for, make_client

LINK = re.compile(r"/t/([0-9a-f-]{36})#([\w-]{24})")
LANGUAGES = list(Language)


def queued(template: Template | None = None) -> OutboxMessage:
    """The latest mail in the outbox."""
    found = OutboxMessage.objects.order_by("-pk")
    message = (found.filter(template=template) if template else found).first()
    assert message is not None
    return message


def about(cast: Cast) -> str:
    cast.appointment.refresh_from_db()
    cast.invitation.refresh_from_db()
    invitation = cast.invitation
    return str(Reference(str(invitation.public_id), cast.appointment.revision, invitation.generation))


def sent(invitation: Invitation, at: dt.datetime) -> None:
    """Every mail about the invitation has gone out."""
    messages_of(invitation).update(state=State.SENT, fate_at=at)


def read(cast: Cast, template: Template = Template.INVITATION, language: str = "de") -> RenderedMail:
    cast.person.language = language
    cast.person.save(update_fields=["language"])
    return mails.render(template, about(cast))


@pytest.mark.parametrize("template", list(Template))
@pytest.mark.parametrize("language", LANGUAGES)
def test_mail_names_office_time_phone_and_never_the_topic(cast: Cast, template: Template, language: str) -> None:
    mail = read(cast, template, language)
    assert mail.to == cast.person.email
    for body in (mail.text, mail.html):
        assert "Dienstag, 3. März 2026" in body
        assert "10:00" in body
        assert "Jobcenter Altona" in body
        assert "040 66969-100" in body
    for part in (mail.subject, mail.text, mail.html):
        assert cast.appointment.topic.name not in part
        assert cast.person.number not in part
        assert "1990" not in part


@pytest.mark.parametrize("language", LANGUAGES)
def test_mail_names_the_counsellor_only_where_the_office_allows(cast: Cast, language: str) -> None:
    assert "Petersen" in read(cast, language=language).text
    type(cast.office).objects.update(names_counsellor_in_messages=False)
    for template in Template:
        mail = read(cast, template, language)
        assert "Petersen" not in mail.subject + mail.text + mail.html


def test_mail_speaks_the_persons_language(cast: Cast) -> None:
    german, plain = read(cast), read(cast, language="de-simple")
    assert "Frau Petersen möchte am Dienstag um 10:00 Uhr mit Ihnen sprechen." in german.text
    assert "Frau Petersen möchte mit Ihnen sprechen. Am Dienstag um 10:00 Uhr." in plain.text
    assert german.subject == "Ihr Termin am 3.3. um 10:00 Uhr"
    assert plain.subject == "Ihr Termin: 3.3., 10:00 Uhr"


@pytest.mark.parametrize("language", LANGUAGES)
def test_link_in_both_bodies_opens_this_invitation(cast: Cast, language: str) -> None:
    mail = read(cast, language=language)
    found = LINK.findall(mail.text) + LINK.findall(mail.html)
    assert len(found) == 2
    for public_id, secret in found:
        assert public_id == str(cast.invitation.public_id)
        assert is_secret_of(candidate=secret, public_id=cast.invitation.public_id, generation=1)


def test_cancellation_carries_no_link(cast: Cast) -> None:
    mail = read(cast, Template.CANCELLED)
    assert not LINK.findall(mail.text + mail.html)
    assert mail.subject.startswith("Abgesagt")


def test_outbox_holds_neither_link_nor_words(cast: Cast) -> None:
    row = str(OutboxMessage.objects.filter(about_id__startswith=str(cast.invitation.public_id)).values().get())
    secret = secret_of(public_id=cast.invitation.public_id, generation=cast.invitation.generation)
    for never in (secret, "/t/", "Petersen", "Kaya", cast.person.email, "Ihr Termin"):
        assert never not in row


def test_summer_time_is_told_as_the_clock_shows_it(cast: Cast, now: dt.datetime) -> None:
    move_appointment(
        appointment=cast.appointment, starts_at=at("2026-04-14 10:00"), minutes=30, by=cast.desk.actor, now=now
    )
    assert "Dienstag, 14. April 2026, 10:00 Uhr" in read(cast, Template.MOVED).text


def test_names_cannot_write_html_or_headers(cast: Cast) -> None:
    cast.person.last_name = "Kaya<script>\r\nBcc: x@example.org"
    cast.person.save()
    mail = read(cast)
    assert "<script>" not in mail.html
    assert "\n" not in mail.subject


# --- whether it still goes out --------------------------------------------------------------------


def test_booking_queues_the_invitation(cast: Cast) -> None:
    row = OutboxMessage.objects.get(about_id=about(cast))
    assert row.template == Template.INVITATION


def test_mail_overtaken_by_a_move_is_dropped(cast: Cast, now: dt.datetime) -> None:
    before = about(cast)
    sent(cast.invitation, now)
    move_appointment(
        appointment=cast.appointment, starts_at=at("2026-03-04 10:00"), minutes=30, by=cast.desk.actor, now=now
    )
    assert not mails.still_wanted(Template.INVITATION, before, now)
    assert mails.still_wanted(Template.MOVED, about(cast), now)
    assert queued().template == Template.MOVED


def test_mail_overtaken_by_a_reissue_is_dropped(cast: Cast, now: dt.datetime) -> None:
    before = about(cast)
    reissue(invitation=cast.invitation, appointment=cast.appointment, by=cast.desk.actor, now=now)
    assert not mails.still_wanted(Template.INVITATION, before, now)
    assert mails.still_wanted(Template.REISSUED, about(cast), now)


def test_invitation_to_a_cancelled_appointment_is_dropped_the_news_is_not(cast: Cast, now: dt.datetime) -> None:
    cancel_appointment(appointment=cast.appointment, cancelled_by=CancelledBy.OFFICE, by=cast.desk.actor, now=now)
    assert not mails.still_wanted(Template.INVITATION, about(cast), now)
    assert mails.still_wanted(Template.CANCELLED, about(cast), now)
    assert not mails.still_wanted(Template.CANCELLED, about(cast), at("2026-03-03 11:00"))


def test_mode_changed_by_the_office_is_told(cast: Cast, now: dt.datetime) -> None:
    sent(cast.invitation, now)
    switch_mode(appointment=cast.appointment, mode=Mode.TELEPHONE, by=cast.desk.actor, now=now)
    assert queued().template == Template.MODE_CHANGED
    mail = read(cast, Template.MODE_CHANGED)
    assert "Telefon, etwa 30 Minuten" in mail.html


def test_mail_promises_video_only_where_it_can_be(cast: Cast, now: dt.datetime) -> None:
    sent(cast.invitation, now)
    switch_mode(appointment=cast.appointment, mode=Mode.TELEPHONE, by=cast.desk.actor, now=now)
    assert "Video, Telefon oder vor Ort" in read(cast, Template.MODE_CHANGED).html
    type(cast.owner).objects.update(offers_video=False)
    mail = read(cast, Template.MODE_CHANGED)
    for text in (mail.html, mail.text):
        assert "Video, Telefon oder vor Ort" not in text
        assert "Telefon oder vor Ort: Beides ist gleich gut." in text


@pytest.mark.parametrize(
    ("template", "last"),
    [
        (Template.INVITATION, "2026-03-03 10:00"),
        (Template.MOVED, "2026-03-03 10:00"),
        (Template.MODE_CHANGED, "2026-03-03 10:30"),
        (Template.REISSUED, "2026-03-03 10:30"),
    ],
)
def test_mail_is_dropped_when_it_comes_too_late(cast: Cast, template: Template, last: str) -> None:
    assert mails.still_wanted(template, about(cast), at(last) - dt.timedelta(seconds=1))
    assert not mails.still_wanted(template, about(cast), at(last))


def test_the_outbox_knows_until_when(cast: Cast, now: dt.datetime) -> None:
    assert queued(Template.INVITATION).not_after == cast.other_appointment.starts_at
    cancel_appointment(appointment=cast.appointment, cancelled_by=CancelledBy.OFFICE, by=SYSTEM, now=now)
    assert queued(Template.CANCELLED).not_after == cast.appointment.ends_at


# --- nobody hears of changes to what they never knew ----------------------------------------------


def _move(cast: Cast, now: dt.datetime) -> None:
    move_appointment(appointment=cast.appointment, starts_at=at("2026-03-24 10:00"), minutes=30, by=SYSTEM, now=now)


def _switch(cast: Cast, now: dt.datetime) -> None:
    switch_mode(appointment=cast.appointment, mode=Mode.TELEPHONE, by=SYSTEM, now=now)


def _reissue(cast: Cast, now: dt.datetime) -> None:
    reissue(invitation=cast.invitation, appointment=cast.appointment, by=SYSTEM, now=now)


CHANGES = [(_move, Template.MOVED), (_switch, Template.MODE_CHANGED), (_reissue, Template.REISSUED)]


@pytest.mark.parametrize(("change", "template"), CHANGES)
def test_a_change_before_the_first_mail_went_out_invites(
    cast: Cast, now: dt.datetime, change: Callable[[Cast, dt.datetime], None], template: Template
) -> None:
    change(cast, now)
    assert queued().template == Template.INVITATION
    assert mails.still_wanted(Template.INVITATION, queued().about_id, now)
    sent(cast.invitation, now)
    _switch(cast, now)
    _reissue(cast, now)
    assert queued().template == Template.REISSUED


@pytest.mark.parametrize(("change", "template"), CHANGES)
def test_a_change_after_the_first_mail_is_told_as_one_even_when_the_outbox_forgot(
    cast: Cast, now: dt.datetime, change: Callable[[Cast, dt.datetime], None], template: Template
) -> None:
    _move(cast, now)
    sent(cast.invitation, now)
    later = now + dt.timedelta(days=15)
    assert forget(MESSAGES, now=later) == 2
    change(cast, later)
    assert queued().template == template


def test_a_new_link_during_the_talk_is_no_invitation(cast: Cast, now: dt.datetime) -> None:
    _reissue(cast, at("2026-03-03 10:05"))
    assert queued().template == Template.REISSUED


def test_a_withdrawal_is_told_about_every_appointment(cast: Cast, now: dt.datetime) -> None:
    unsent = book(client=cast.person, staff=cast.owner, starts_at=at("2026-03-05 10:00"), now=now)
    told = book(client=cast.person, staff=cast.owner, starts_at=at("2026-03-06 10:00"), now=now)
    for known in (cast.invitation, invitation_for(told)):
        sent(known, now)
    give_consent(client=cast.person, text=current_text(language="de"), route=Route.TAP, by=SYSTEM, now=now)
    by = client_actor(cast.invitation)
    assert withdraw_consent(client=cast.person, purpose=Purpose.VIDEO_COUNSELLING, by=by, now=now)
    expected = (
        (cast.appointment, Template.MODE_CHANGED),
        (unsent, Template.INVITATION),
        (told, Template.MODE_CHANGED),
    )
    for appointment, template in expected:
        appointment.refresh_from_db()
        assert appointment.mode == Mode.TELEPHONE
        newest = messages_of(invitation_for(appointment))[0]
        assert (newest.template, newest.state) == (template, State.QUEUED)
        assert mails.still_wanted(template, newest.about_id, now)


def test_invitation_is_dropped_without_an_address_or_when_expired(cast: Cast, now: dt.datetime) -> None:
    type(cast.person).objects.filter(pk=cast.person.pk).update(email="")
    assert not mails.still_wanted(Template.INVITATION, about(cast), now)
    type(cast.person).objects.filter(pk=cast.person.pk).update(email="a@example.org")
    much_later = now + dt.timedelta(days=1)
    assert expire(now=much_later) == 2
    assert expire(now=much_later) == 0
    assert not mails.still_wanted(Template.INVITATION, about(cast), now)


def test_mail_about_a_vanished_invitation_is_not_rendered(cast: Cast, now: dt.datetime) -> None:
    reference = about(cast)
    Invitation.objects.all().delete()
    assert not mails.still_wanted(Template.INVITATION, reference, now)
    with pytest.raises(LookupError):
        mails.render(Template.INVITATION, reference)


def test_news_goes_at_once_where_the_old_time_is_near(cast: Cast, now: dt.datetime) -> None:
    """Held for the minute in which staff can take it back, it would come after the start it calls off."""
    for starts_at, waits in ((at("2026-03-03 09:32"), False), (at("2026-03-05 10:00"), True)):
        appointment = book(client=make_client(cast.office), staff=cast.owner, starts_at=starts_at, now=now, minutes=20)
        sent(invitation_for(appointment), now)
        move_appointment(
            appointment=appointment,
            starts_at=starts_at + dt.timedelta(days=1),
            minutes=20,
            by=cast.desk.actor,
            now=now,
        )
        mail = messages_of(invitation_for(appointment)).get(template=Template.MOVED)
        assert (mail.not_before is not None) is waits
