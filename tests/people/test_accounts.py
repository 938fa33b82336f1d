"""Who works in an office: inviting, roles, closing, links, and the last administrator."""

from __future__ import annotations

import datetime as dt
from contextlib import suppress
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount
from django.db import close_old_connections

from nahbar.audit.models import AuditEntry
from nahbar.audit.rules import ANONYMOUS, Action
from nahbar.calls.models import CallParticipation
from nahbar.calls.operations import join_as_counsellor
from nahbar.calls.rules import PlaceState
from nahbar.calls.sfu import MediaUnavailable
from nahbar.jobcenters.rules import Role
from nahbar.outbox import registry
from nahbar.outbox.mail import RenderedMail
from nahbar.outbox.models import OutboxMessage
from nahbar.people.account_links import LinkOver, address_of, open_link, secret_of, use_link
from nahbar.people.accounts import (
    AddressTaken,
    LastAdministrator,
    Newcomer,
    RoleWish,
    WorksElsewhere,
    ask_for_email,
    ask_for_password,
    close_account,
    confirm_email,
    invite,
    invite_again,
    open_account,
    reset_factor,
    set_password,
    set_password_by_link,
    take_role,
)
from nahbar.people.groups import map_group, update_roles
from nahbar.people.models import AccountLink, Membership, StaffMember, StaffSession
from nahbar.people.queries import Desk, NotYours
from nahbar.people.rules import LinkPurpose
from nahbar.people.sessions import end_session, end_sessions, note_session
from nahbar.scheduling.staffing import change_roles
from tests.conftest import Cast
from tests.factories import desk_of, join_office, make_office, make_staff

KIM = Newcomer("Kim@Example.org", "none", "Kim", "Albers")


@pytest.fixture
def desk(cast: Cast) -> Desk:
    """The administrator at work."""
    return desk_of(cast.administrator, cast.office)


def _mails(template: str) -> list[RenderedMail]:
    found = OutboxMessage.objects.filter(template=template).order_by("pk")
    return [registry.get(template).render(one.about_id) for one in found]


def _wanted(now: dt.datetime) -> list[bool]:
    found = OutboxMessage.objects.filter(template="account_invitation").order_by("pk")
    return [registry.get("account_invitation").still_wanted(one.about_id, now) for one in found]


def _roles(staff: StaffMember) -> set[tuple[str, str]]:
    return set(Membership.objects.filter(staff=staff).values_list("jobcenter__slug", "role"))


def test_an_invitation_makes_an_account_and_a_mail(desk: Desk, now: dt.datetime) -> None:
    team = desk.jobcenter.teams.get(name="Team 2")
    wishes = [RoleWish(Role.COUNSELLOR, team), RoleWish(Role.ADMINISTRATOR)]

    staff = invite(desk=desk, newcomer=KIM, roles=wishes, now=now)

    link, [mail] = AccountLink.objects.get(), _mails("account_invitation")
    assert (staff.email, staff.has_usable_password()) == ("kim@example.org", False)
    assert _roles(staff) == {("altona", "counsellor"), ("altona", "administrator")}
    assert (mail.to, address_of(link) in mail.text) == ("kim@example.org", True)
    assert link.expires_at == now + dt.timedelta(days=7)
    assert not [one for one in AuditEntry.objects.values_list("detail", flat=True) if "Kim" in str(one)]


def test_the_secret_stands_nowhere(desk: Desk, now: dt.datetime) -> None:
    invite(desk=desk, newcomer=KIM, roles=[RoleWish(Role.GUIDE)], now=now)

    link = AccountLink.objects.get()
    stored = str(list(AccountLink.objects.values())) + str(list(OutboxMessage.objects.values()))
    assert (len(secret_of(link)), secret_of(link) in stored) == (24, False)


def test_who_has_an_account_elsewhere_gets_a_membership_and_no_second_account(
    cast: Cast, desk: Desk, now: dt.datetime
) -> None:
    newcomer = Newcomer(cast.stranger.email.upper(), "none", "Ganz", "Anders")

    staff = invite(desk=desk, newcomer=newcomer, roles=[RoleWish(Role.GUIDE)], now=now)

    assert (staff, staff.full_name) == (cast.stranger, "Sven Lorenz")
    assert _roles(staff) == {("bergedorf", "counsellor"), ("altona", "guide")}
    assert [mail.to for mail in _mails("account_news")] == [cast.stranger.email]
    assert not AccountLink.objects.exists()


def test_a_new_invitation_ends_the_old_one(desk: Desk, now: dt.datetime) -> None:
    staff = invite(desk=desk, newcomer=KIM, roles=[RoleWish(Role.GUIDE)], now=now)
    old = secret_of(AccountLink.objects.get())

    assert invite_again(desk=desk, staff=staff, now=now)

    link = AccountLink.objects.get()
    with pytest.raises(LinkOver):
        open_link(public_id=link.public_id, secret=old, now=now)
    assert open_link(public_id=link.public_id, secret=secret_of(link), now=now) == link
    assert _wanted(now) == [False, True]


def test_a_link_is_good_once_and_for_a_week(desk: Desk, now: dt.datetime) -> None:
    staff = invite(desk=desk, newcomer=KIM, roles=[RoleWish(Role.GUIDE)], now=now)
    link = AccountLink.objects.get()
    late = now + dt.timedelta(days=7)
    with pytest.raises(LinkOver):
        open_link(public_id=link.public_id, secret=secret_of(link), now=late)

    set_password_by_link(link=link, password="ein neues langes Kennwort", now=now)
    with pytest.raises(LinkOver):
        set_password_by_link(link=link, password="noch eines", now=now)

    staff.refresh_from_db()
    assert staff.check_password("ein neues langes Kennwort")
    assert not invite_again(desk=desk, staff=staff, now=now)


def test_a_forgotten_password_answers_the_same_and_mails_once(cast: Cast, now: dt.datetime) -> None:
    for email in ("niemand@example.org", cast.owner.email, cast.owner.email.upper()):
        ask_for_password(email=email, now=now)

    assert [mail.to for mail in _mails("account_password")] == [cast.owner.email]
    ask_for_password(email=cast.owner.email, now=now + dt.timedelta(minutes=3))
    assert OutboxMessage.objects.filter(template="account_password").count() == 2


def test_a_new_password_tells_the_account(cast: Cast, now: dt.datetime) -> None:
    ask_for_password(email=cast.owner.email, now=now)

    set_password_by_link(link=AccountLink.objects.get(), password="ein ganz anderes", now=now)

    assert ["geändert" in mail.text for mail in _mails("account_news")] == [True]


def test_a_new_address_counts_once_it_was_reached(cast: Cast, now: dt.datetime) -> None:
    ask_for_email(staff=cast.owner, email="Neu@example.org", now=now)
    cast.owner.refresh_from_db()
    before = cast.owner.email

    confirm_email(link=AccountLink.objects.get(), now=now)

    cast.owner.refresh_from_db()
    assert (before != "neu@example.org", cast.owner.email) == (True, "neu@example.org")
    assert AccountLink.objects.get().new_email == ""


def test_an_address_of_somebody_else_is_refused_before_and_after(cast: Cast, now: dt.datetime) -> None:
    assert not ask_for_email(staff=cast.owner, email=cast.teammate.email.upper(), now=now)
    ask_for_email(staff=cast.owner, email="neu@example.org", now=now)
    make_staff(cast.office, email="neu@example.org")
    with pytest.raises(AddressTaken):
        confirm_email(link=AccountLink.objects.get(), now=now)


def test_closing_keeps_roles_aside_and_opening_gives_them_back(cast: Cast, desk: Desk, now: dt.datetime) -> None:
    join_office(cast.owner, cast.office, Role.GUIDE)
    join_office(cast.owner, cast.other_office)
    before = _roles(cast.owner)

    close_account(desk=desk, staff=cast.owner, now=now)
    closed = _roles(cast.owner)
    assert open_account(desk=desk, staff=cast.owner, now=now)

    assert (closed, _roles(cast.owner)) == ({("bergedorf", "counsellor")}, before)
    assert not open_account(desk=desk, staff=cast.owner, now=now)


def test_closing_the_account_of_another_office_is_refused(cast: Cast, desk: Desk, now: dt.datetime) -> None:
    for operation in (close_account, reset_factor):
        with pytest.raises(NotYours):
            operation(desk=desk, staff=cast.stranger, now=now)
    assert _roles(cast.stranger) == {("bergedorf", "counsellor")}


def test_an_invitation_that_waits_opens_nothing_once_the_account_is_closed(desk: Desk, now: dt.datetime) -> None:
    staff = invite(desk=desk, newcomer=KIM, roles=[RoleWish(Role.GUIDE)], now=now)

    close_account(desk=desk, staff=staff, now=now)

    link = AccountLink.objects.get()
    with pytest.raises(LinkOver):
        open_link(public_id=link.public_id, secret=secret_of(link), now=now)
    open_account(desk=desk, staff=staff, now=now)
    assert _wanted(now) == [False, True]


def test_the_last_administrator_cannot_go(cast: Cast, desk: Desk, now: dt.datetime) -> None:
    invite(desk=desk, newcomer=KIM, roles=[RoleWish(Role.ADMINISTRATOR)], now=now)  # not there yet

    with pytest.raises(LastAdministrator):
        close_account(desk=desk, staff=cast.administrator, now=now)
    with pytest.raises(LastAdministrator):
        take_role(staff=cast.administrator, jobcenter=cast.office, role=Role.ADMINISTRATOR, by=desk.actor, now=now)

    assert _roles(cast.administrator) == {("altona", "administrator")}
    use_link(link=AccountLink.objects.get(), now=now)  # gone, and still no way to sign in
    with pytest.raises(LastAdministrator):
        close_account(desk=desk, staff=cast.administrator, now=now)
    set_password(staff=AccountLink.objects.get().staff, password="ein neues langes Kennwort", now=now)
    close_account(desk=desk, staff=cast.administrator, now=now)
    assert _roles(cast.administrator) == set()


def test_whoever_signs_on_elsewhere_administers_an_office_too(cast: Cast, desk: Desk, now: dt.datetime) -> None:
    other = invite(desk=desk, newcomer=KIM, roles=[RoleWish(Role.ADMINISTRATOR)], now=now)
    SocialAccount.objects.create(user=other, provider="openid_connect", uid="x")

    close_account(desk=desk, staff=cast.administrator, now=now)

    assert _roles(cast.administrator) == set()


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_two_administrators_who_end_each_other_leave_one(now: dt.datetime) -> None:
    from concurrent.futures import ThreadPoolExecutor  # noqa: PLC0415

    office = make_office("altona")
    both = [make_staff(office, Role.ADMINISTRATOR) for _one in range(2)]

    def end(pair: tuple[StaffMember, StaffMember]) -> bool:
        try:
            close_account(desk=desk_of(pair[0], office), staff=pair[1], now=now)
        except (LastAdministrator, NotYours):
            return False
        finally:
            close_old_connections()
        return True

    with ThreadPoolExecutor(2) as pool:
        ended = list(pool.map(end, [(both[0], both[1]), (both[1], both[0])]))

    assert (sorted(ended), Membership.objects.filter(role=Role.ADMINISTRATOR).count()) == ([False, True], 1)


def test_a_lost_factor_is_taken_away_told_and_audited(cast: Cast, desk: Desk, now: dt.datetime) -> None:
    Authenticator.objects.create(user=cast.owner, type=Authenticator.Type.TOTP, data={"secret": "x"})

    assert reset_factor(desk=desk, staff=cast.owner, now=now)
    assert not reset_factor(desk=desk, staff=cast.owner, now=now)

    entry = AuditEntry.objects.get(action=Action.FACTOR_RESET)
    assert (entry.actor_id, entry.object_id) == (str(cast.administrator.public_id), str(cast.owner.public_id))
    assert [mail.to for mail in _mails("account_news")] == [cast.owner.email]


def _sign_in_somewhere(staff: StaffMember, now: dt.datetime) -> None:
    note_session(staff=staff, session_key=f"key-{staff.pk}", browser="firefox.linux", now=now)


@pytest.mark.parametrize("standing", ["works", "worked"])
def test_a_factor_that_opens_another_office_too_is_not_this_ones(
    cast: Cast, desk: Desk, now: dt.datetime, standing: str
) -> None:
    join_office(cast.owner, cast.other_office, Role.GUIDE)
    if standing == "worked":
        boss = make_staff(cast.other_office, Role.ADMINISTRATOR)
        close_account(desk=desk_of(boss, cast.other_office), staff=cast.owner, now=now)
    Authenticator.objects.create(user=cast.owner, type=Authenticator.Type.TOTP, data={"secret": "x"})

    with pytest.raises(WorksElsewhere):
        reset_factor(desk=desk, staff=cast.owner, now=now)

    assert Authenticator.objects.filter(user=cast.owner).count() == 1


def test_a_reset_takes_the_single_sign_on_away_and_invites_again(cast: Cast, desk: Desk, now: dt.datetime) -> None:
    staff = invite(desk=desk, newcomer=KIM, roles=[RoleWish(Role.GUIDE)], now=now)
    use_link(link=AccountLink.objects.get(), now=now)
    SocialAccount.objects.create(user=staff, provider="openid_connect", uid="x")

    assert reset_factor(desk=desk, staff=staff, now=now)

    assert not SocialAccount.objects.exists()
    assert _wanted(now) == [False, True]


def test_closing_leaves_the_sessions_to_the_other_office(cast: Cast, desk: Desk, now: dt.datetime) -> None:
    join_office(cast.owner, cast.other_office, Role.GUIDE)
    for staff in (cast.owner, cast.teammate):
        _sign_in_somewhere(staff, now)
        ask_for_password(email=staff.email, now=now)
        close_account(desk=desk, staff=staff, now=now)

    assert [one.staff for one in StaffSession.objects.all()] == [cast.owner]
    assert [link.staff for link in AccountLink.objects.filter(used_at=None)] == [cast.owner]


def _enter_a_talk(cast: Cast, now: dt.datetime) -> None:
    with suppress(MediaUnavailable):  # the place is what counts here
        join_as_counsellor(desk=cast.desk, appointment=cast.appointment, now=now)


@pytest.mark.parametrize("elsewhere", ["colleague", "nobody"])
def test_closing_ends_the_talks_of_this_office_whatever_stays(
    cast: Cast, desk: Desk, now: dt.datetime, elsewhere: str
) -> None:
    if elsewhere == "colleague":
        join_office(cast.owner, cast.other_office)
    _enter_a_talk(cast, now)

    close_account(desk=desk, staff=cast.owner, now=now)

    assert list(CallParticipation.objects.values_list("state", flat=True)) == [PlaceState.LEFT]


def test_closing_leaves_the_talks_of_another_office_alone(cast: Cast, now: dt.datetime) -> None:
    join_office(cast.owner, cast.other_office, Role.GUIDE)
    boss = make_staff(cast.other_office, Role.ADMINISTRATOR)
    _enter_a_talk(cast, now)

    close_account(desk=desk_of(boss, cast.other_office), staff=cast.owner, now=now)

    assert list(CallParticipation.objects.values_list("state", flat=True)) == [PlaceState.ADMITTED]


@pytest.mark.parametrize("which", ["one", "all others"])
def test_ending_a_session_ends_the_talk_that_may_be_open_there(cast: Cast, now: dt.datetime, which: str) -> None:
    _sign_in_somewhere(cast.owner, now)
    _enter_a_talk(cast, now)

    if which == "one":
        end_session(staff=cast.owner, public_id=StaffSession.objects.get().public_id, now=now)
    else:
        end_sessions(staff=cast.owner, by=ANONYMOUS, but="this one", now=now)

    assert list(CallParticipation.objects.values_list("state", flat=True)) == [PlaceState.LEFT]


@pytest.mark.parametrize("what", ["password", "email", "factor"])
def test_what_secures_an_account_ends_the_links_that_wait(cast: Cast, desk: Desk, now: dt.datetime, what: str) -> None:
    Authenticator.objects.create(user=cast.owner, type=Authenticator.Type.TOTP, data={"secret": "x"})
    ask_for_password(email=cast.owner.email, now=now)
    ask_for_email(staff=cast.owner, email="neu@example.org", now=now)
    _sign_in_somewhere(cast.owner, now)

    if what == "password":
        set_password(staff=cast.owner, password="ein neues langes Kennwort", now=now)
    elif what == "email":
        confirm_email(link=AccountLink.objects.get(purpose=LinkPurpose.EMAIL), now=now)
    else:
        reset_factor(desk=desk, staff=cast.owner, now=now)

    assert list(AccountLink.objects.values_list("used_at", "new_email")) == [(now, "")] * 2
    assert not StaffSession.objects.exists()


def test_the_address_that_holds_is_told_that_it_shall_change(cast: Cast, now: dt.datetime) -> None:
    for email in ("neu@example.org", cast.teammate.email):
        ask_for_email(staff=cast.owner, email=email, now=now)

    mails = _mails("account_news")
    assert [(mail.to, "neue Adresse angefragt" in mail.text) for mail in mails] == [(cast.owner.email, True)] * 2


def test_a_group_ends_no_role_that_was_given_by_hand_later(cast: Cast, desk: Desk, now: dt.datetime) -> None:
    map_group(desk=desk, group="lotsen", role=Role.GUIDE, team=None, now=now)
    update_roles(staff=cast.stranger, groups=["lotsen"], now=now)

    newcomer = Newcomer(cast.stranger.email, "none", "Sven", "Lorenz")
    invite(desk=desk, newcomer=newcomer, roles=[RoleWish(Role.GUIDE)], now=now)
    update_roles(staff=cast.stranger, groups=[], now=now)

    assert _roles(cast.stranger) == {("bergedorf", "counsellor"), ("altona", "guide")}


def test_a_group_still_ends_a_role_that_only_stayed_in_the_form(cast: Cast, desk: Desk, now: dt.datetime) -> None:
    map_group(desk=desk, group="lotsen", role=Role.GUIDE, team=None, now=now)
    update_roles(staff=cast.stranger, groups=["lotsen"], now=now)

    wishes = [RoleWish(Role.GUIDE), RoleWish(Role.ADMINISTRATOR)]
    change_roles(desk=desk, staff=cast.stranger, wishes=wishes, now=now)
    update_roles(staff=cast.stranger, groups=[], now=now)

    assert _roles(cast.stranger) == {("bergedorf", "counsellor"), ("altona", "administrator")}


def test_a_role_of_a_group_is_still_one_when_the_account_is_opened_again(
    cast: Cast, desk: Desk, now: dt.datetime
) -> None:
    map_group(desk=desk, group="lotsen", role=Role.GUIDE, team=None, now=now)
    update_roles(staff=cast.stranger, groups=["lotsen"], now=now)

    close_account(desk=desk, staff=cast.stranger, now=now)
    open_account(desk=desk, staff=cast.stranger, now=now)
    opened = _roles(cast.stranger)
    update_roles(staff=cast.stranger, groups=[], now=now)

    assert opened == {("bergedorf", "counsellor"), ("altona", "guide")}
    assert _roles(cast.stranger) == {("bergedorf", "counsellor")}


def test_links_of_one_kind_open_nothing_of_another(cast: Cast, now: dt.datetime) -> None:
    ask_for_password(email=cast.owner.email, now=now)
    link = AccountLink.objects.get()
    other = AccountLink(**{**_values(link), "purpose": LinkPurpose.EMAIL})

    assert secret_of(link) != secret_of(other)


def _values(link: AccountLink) -> dict[str, Any]:
    return {"public_id": link.public_id, "generation": link.generation, "staff": link.staff}
