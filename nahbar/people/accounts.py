"""Who works in an office: inviting, roles, closing and opening accounts, and what people change about their own."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection
from dataclasses import dataclass

from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount
from django.contrib.auth.hashers import make_password
from django.db import IntegrityError, transaction

from nahbar.audit.operations import record
from nahbar.audit.rules import ANONYMOUS, About, Action, Actor, Scalar
from nahbar.jobcenters.models import JobCenter, Team
from nahbar.jobcenters.rules import Role
from nahbar.people.account_links import issue_link, use_link, void_links
from nahbar.people.account_mails import tell
from nahbar.people.events import access_ended
from nahbar.people.models import AccountLink, Membership, StaffMember, SuspendedMembership
from nahbar.people.operations import end_role
from nahbar.people.queries import Desk, NotYours, other_administrators
from nahbar.people.rules import PASSWORD_LINK_PAUSE, LinkPurpose, News
from nahbar.people.sessions import end_sessions


class LastAdministrator(Exception):
    """Nothing was changed: nobody else could set up the office any more."""


class WorksElsewhere(Exception):
    """Nothing was changed: the account is another office's, too."""


class AddressTaken(Exception):
    """Nothing was changed: another account signs in with that address."""


@dataclass(frozen=True)
class RoleWish:
    """One role somebody shall have; counsellors and team leads with a team."""

    role: Role
    team: Team | None = None


@dataclass(frozen=True)
class Newcomer:
    """Whom to invite."""

    email: str
    salutation: str
    first_name: str
    last_name: str


@transaction.atomic
def invite(*, desk: Desk, newcomer: Newcomer, roles: Collection[RoleWish], now: dt.datetime) -> StaffMember:
    """An account with these roles in the desk's office, and a mail; one that exists elsewhere only gets the roles.

    Whoever has a password already is told by mail; everybody else gets a link. Roles they have stay. Names of an
    account that exists stay as they are. Writes audit rows.
    """
    staff = StaffMember.objects.filter(email__iexact=newcomer.email).first() or _make_account(newcomer)
    office = desk.jobcenter
    SuspendedMembership.objects.filter(staff=staff, jobcenter=office).delete()
    for wish in roles:
        give_role(staff=staff, jobcenter=office, wish=wish, by=desk.actor, now=now)
    if is_set_up(staff):
        tell(staff=staff, news=News.MEMBERSHIP, jobcenter=office, now=now)
    else:
        issue_link(staff=staff, purpose=LinkPurpose.INVITATION, jobcenter=office, by=desk.actor, now=now)
    _note(Action.STAFF_INVITED, staff, office=office, by=desk.actor, now=now)
    return staff


def _make_account(newcomer: Newcomer) -> StaffMember:
    try:
        with transaction.atomic():
            return StaffMember.objects.create_user(
                newcomer.email,
                salutation=newcomer.salutation,
                first_name=newcomer.first_name,
                last_name=newcomer.last_name,
            )
    except IntegrityError:  # somebody else invited them in this moment
        return StaffMember.objects.get(email__iexact=newcomer.email)


def is_set_up(staff: StaffMember) -> bool:
    """Whether they have a way to sign in."""
    return staff.has_usable_password() or SocialAccount.objects.filter(user=staff).exists()


@transaction.atomic
def invite_again(*, desk: Desk, staff: StaffMember, now: dt.datetime) -> bool:
    """Another link; older ones end. False for whoever can sign in already."""
    if is_set_up(staff):
        return False
    issue_link(staff=staff, purpose=LinkPurpose.INVITATION, jobcenter=desk.jobcenter, by=desk.actor, now=now)
    return True


@transaction.atomic
def give_role(
    *, staff: StaffMember, jobcenter: JobCenter, wish: RoleWish, by: Actor, now: dt.datetime, from_groups: bool = False
) -> None:
    """A role in an office, or another team for it; audited where something changes.

    Given by hand, a role that groups gave is theirs no longer: no group ends it. Skipped: whether the team is the
    office's (forms offer no other; the database checks that there is one), and whether groups give what hands gave.
    """
    found = Membership.objects.filter(staff=staff, jobcenter=jobcenter, role=wish.role)
    if found.filter(team=wish.team, from_groups__in={from_groups, False}).exists():
        return
    if not found.update(team=wish.team, from_groups=from_groups):
        Membership.objects.create(
            staff=staff, jobcenter=jobcenter, role=wish.role, team=wish.team, from_groups=from_groups
        )
    detail: dict[str, Scalar] = {"role": wish.role.value, "team": wish.team.pk if wish.team else None}
    _note(Action.ROLE_GIVEN, staff, office=jobcenter, by=by, detail=detail, now=now)


@transaction.atomic
def take_role(*, staff: StaffMember, jobcenter: JobCenter, role: Role, by: Actor, now: dt.datetime) -> bool:
    """Ends a role that holds no talks; raises LastAdministrator. For counsellors use `scheduling.staffing`."""
    if role == Role.ADMINISTRATOR:
        keep_an_administrator(jobcenter=jobcenter, without=staff)
    return end_role(staff=staff, jobcenter=jobcenter, role=role, by=by, now=now)


def keep_an_administrator(*, jobcenter: JobCenter, without: StaffMember) -> None:
    """Raises LastAdministrator unless somebody else administers the office; in the caller's transaction.

    Holds the office's row, so that two who end each other's role take turns.
    """
    JobCenter.objects.select_for_update().get(pk=jobcenter.pk)
    if not other_administrators(jobcenter=jobcenter, staff=without).exists():
        raise LastAdministrator


@transaction.atomic
def close_account(*, desk: Desk, staff: StaffMember, now: dt.datetime) -> None:
    """Ends their access to the desk's office and their part in its talks, at once.

    Every session, link and talk elsewhere ends, too, unless they work in another office: that is not this one's to
    decide. What they hold stays as it is and must be moved by colleagues: whoever must go cannot wait for that. Their
    roles are kept aside for `open_account`. Raises LastAdministrator; NotYours for who does not work here.
    """
    office = desk.jobcenter
    held = list(Membership.objects.filter(staff=staff, jobcenter=office))
    if not held:
        raise NotYours
    if any(one.role == Role.ADMINISTRATOR for one in held):
        keep_an_administrator(jobcenter=office, without=staff)
    for one in held:
        values = {"team": one.team, "from_groups": one.from_groups, "suspended_at": now}
        SuspendedMembership.objects.update_or_create(staff=staff, jobcenter=office, role=one.role, defaults=values)
    Membership.objects.filter(pk__in=[one.pk for one in held]).delete()
    AccountLink.objects.filter(staff=staff, jobcenter=office, used_at=None).update(used_at=now)
    access_ended.send(StaffMember, staff=staff, jobcenter=office, now=now)
    if not Membership.objects.filter(staff=staff).exists():
        void_links(staff=staff, now=now)
        end_sessions(staff=staff, by=desk.actor, now=now)
    _note(Action.ACCESS_ENDED, staff, office=office, by=desk.actor, now=now)


@transaction.atomic
def open_account(*, desk: Desk, staff: StaffMember, now: dt.datetime) -> bool:
    """Gives back the roles they had, with a new link to who never set up theirs; False when it was not closed."""
    held = list(SuspendedMembership.objects.filter(staff=staff, jobcenter=desk.jobcenter).select_related("team"))
    for one in held:
        wish = RoleWish(Role(one.role), one.team)
        give_role(staff=staff, jobcenter=desk.jobcenter, wish=wish, by=desk.actor, from_groups=one.from_groups, now=now)
        one.delete()
    if held:
        invite_again(desk=desk, staff=staff, now=now)
        _note(Action.ACCESS_RESTORED, staff, office=desk.jobcenter, by=desk.actor, now=now)
    return bool(held)


@transaction.atomic
def reset_factor(*, desk: Desk, staff: StaffMember, now: dt.datetime) -> bool:
    """Takes a colleague's second factor and single sign-on away, ends sessions and links, and tells them.

    Whoever has no password gets an invitation once more. False when they had neither. Raises NotYours for who does
    not work here, WorksElsewhere for who works or worked in another office, too: no office opens what is not its own.
    """
    if not Membership.objects.filter(staff=staff, jobcenter=desk.jobcenter).exists():
        raise NotYours
    if _belongs_elsewhere(staff, desk.jobcenter):
        raise WorksElsewhere
    factors, _rows = Authenticator.objects.filter(user=staff).delete()
    identities, _rows = SocialAccount.objects.filter(user=staff).delete()
    if not factors and not identities:
        return False
    void_links(staff=staff, now=now)
    end_sessions(staff=staff, by=desk.actor, now=now)
    tell(staff=staff, news=News.FACTOR_RESET, now=now)
    _note(Action.FACTOR_RESET, staff, office=desk.jobcenter, by=desk.actor, now=now)
    invite_again(desk=desk, staff=staff, now=now)
    return True


def _belongs_elsewhere(staff: StaffMember, jobcenter: JobCenter) -> bool:
    works = Membership.objects.filter(staff=staff).exclude(jobcenter=jobcenter)
    worked = SuspendedMembership.objects.filter(staff=staff).exclude(jobcenter=jobcenter)
    return works.exists() or worked.exists()


@transaction.atomic
def unlink_identity(*, staff: StaffMember, now: dt.datetime, keep: str = "") -> bool:
    """One's account opens by the single sign-on no longer; every session but the one with key `keep` ends.

    Audited and told. False, and nothing changes, for whoever has no password to sign in with, or no identity.
    """
    if not staff.has_usable_password():
        return False
    ended, _rows = SocialAccount.objects.filter(user=staff).delete()
    if ended:
        own = Actor("staff", str(staff.public_id))
        end_sessions(staff=staff, by=own, but=keep, now=now)
        tell(staff=staff, news=News.IDENTITY_UNLINKED, now=now)
        _note(Action.IDENTITY_UNLINKED, staff, office=None, by=own, now=now)
    return bool(ended)


@transaction.atomic
def require_factor(*, desk: Desk, required: bool, now: dt.datetime) -> bool:
    """Whether whoever works in the office needs a second factor; False when it was so already."""
    offices = JobCenter.objects.filter(pk=desk.jobcenter.pk).exclude(requires_second_factor=required)
    if not offices.update(requires_second_factor=required):
        return False
    about = About("jobcenter", str(desk.jobcenter.pk))
    detail: dict[str, Scalar] = {"required": required}
    record(action=Action.FACTOR_POLICY, by=desk.actor, office=desk.jobcenter.slug, about=about, detail=detail, now=now)
    return True


@transaction.atomic
def ask_for_password(*, email: str, now: dt.datetime) -> None:
    """A link to a new password, if somebody signs in with that address; nothing tells the asker.

    None within two minutes after the last, and none for who was never set up: their office invites them.
    """
    staff = StaffMember.objects.filter(email__iexact=email, is_active=True).first()
    if staff is None or not staff.has_usable_password():
        return
    recent = AccountLink.objects.filter(
        staff=staff, purpose=LinkPurpose.PASSWORD, issued_at__gt=now - PASSWORD_LINK_PAUSE, used_at=None
    )
    if not recent.exists():
        issue_link(staff=staff, purpose=LinkPurpose.PASSWORD, by=ANONYMOUS, now=now)


@transaction.atomic
def set_password(*, staff: StaffMember, password: str, now: dt.datetime, keep: str = "") -> None:
    """A new password. Every session but the one with key `keep` and every link ends; the account is told by mail.

    Skipped: whether the password is good enough, and whether who asks may.
    """
    was_set_up = is_set_up(staff)
    # Not `set_password`, whose signal a rehash at sign-in would also send.
    staff.password = make_password(password)
    staff.save(update_fields=["password"])
    void_links(staff=staff, now=now)
    own = Actor("staff", str(staff.public_id))
    end_sessions(staff=staff, by=own, but=keep, now=now)
    if was_set_up:
        tell(staff=staff, news=News.PASSWORD_CHANGED, now=now)
    _note(Action.PASSWORD_CHANGED, staff, office=None, by=own, now=now)


@transaction.atomic
def set_password_by_link(*, link: AccountLink, password: str, now: dt.datetime) -> None:
    """As `set_password`, with an invitation or a link asked for; raises LinkOver for whoever comes second."""
    use_link(link=link, now=now)
    set_password(staff=link.staff, password=password, now=now)


@transaction.atomic
def ask_for_email(*, staff: StaffMember, email: str, now: dt.datetime) -> bool:
    """A mail to the new address; until its link is used, nothing changes. False when somebody else has it.

    The address that still holds is told now, and in either case: later nobody knows it any more, and whoever reads
    it must not learn from a missing mail who works with Nahbar.
    """
    tell(staff=staff, news=News.EMAIL_ASKED, now=now)
    if StaffMember.objects.filter(email__iexact=email).exists():
        return False
    own = Actor("staff", str(staff.public_id))
    issue_link(staff=staff, purpose=LinkPurpose.EMAIL, new_email=email.lower(), by=own, now=now)
    return True


@transaction.atomic
def confirm_email(*, link: AccountLink, now: dt.datetime, keep: str = "") -> None:
    """The new address signs in from now on. Every session but the one with key `keep` and every link ends.

    Raises LinkOver, or AddressTaken when somebody was quicker.
    """
    email = link.new_email
    use_link(link=link, now=now)
    try:
        with transaction.atomic():
            StaffMember.objects.filter(pk=link.staff_id).update(email=email)
    except IntegrityError:
        raise AddressTaken from None
    own = Actor("staff", str(link.staff.public_id))
    void_links(staff=link.staff, now=now)
    end_sessions(staff=link.staff, by=own, but=keep, now=now)
    tell(staff=link.staff, news=News.EMAIL_CHANGED, now=now)
    _note(Action.EMAIL_CHANGED, link.staff, office=None, by=own, now=now)


def _note(
    action: Action,
    staff: StaffMember,
    *,
    office: JobCenter | None,
    by: Actor,
    now: dt.datetime,
    detail: dict[str, Scalar] | None = None,
) -> None:
    about = About("staff", str(staff.public_id))
    record(action=action, by=by, office=office.slug if office else "", about=about, detail=detail, now=now)
