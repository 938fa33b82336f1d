"""How staff sign in, their own account, and the set-up's pages about staff."""

from __future__ import annotations

from allauth.mfa.models import Authenticator
from django.conf import settings
from django.utils import timezone

from nahbar.audit.rules import ANONYMOUS
from nahbar.jobcenters.rules import Role
from nahbar.people.account_links import address_of, issue_link
from nahbar.people.accounts import Newcomer, RoleWish, close_account, invite
from nahbar.people.groups import map_group
from nahbar.people.rules import LinkPurpose
from tests.factories import PASSWORD, desk_of, make_staff
from tests.pictures.cases import video
from tests.pictures.stage import Stage


def own_account(stage: Stage) -> None:
    """Sessions, sign-in, address; then the second step, with the way to an app and to a passkey."""
    case = video(24 * 60)
    page = stage.desk("/konto/", staff=case.staff)
    stage.take(page)
    page.goto("/konto/schutz/")
    stage.take(page, "factors")
    page.goto("/konto/schutz/app/")
    stage.take(page, "again")
    page.locator("#id_password").fill(PASSWORD)
    page.locator("main button.kern-btn--primary").click()
    page.locator(".qr").wait_for()
    stage.take(page, "app")
    page.goto("/konto/schutz/passkey/")
    stage.take(page, "passkey")
    page.goto("/konto/kennwort/")
    stage.take(page, "password")


def account_link(stage: Stage) -> None:
    """From a mail to a password, and a link that is over."""
    case = video(24 * 60)
    link = issue_link(
        staff=case.staff,
        purpose=LinkPurpose.INVITATION,
        jobcenter=case.office,
        by=ANONYMOUS,
        now=timezone.now(),
    )
    page = stage.desk(address_of(link).removeprefix(settings.NAHBAR_BASE_URL))
    stage.take(page)
    page.locator("[data-landing] button").click()
    page.locator("#id_password").wait_for()
    stage.take(page, "begin")
    page.locator("#id_password").fill("ein langes neues Kennwort")
    page.locator("main button.kern-btn--primary").click()
    page.goto("/konto/beginnen/")
    stage.take(page, "over")


def office_staff(stage: Stage) -> None:
    """The list, the invitation, one person with what changes, and the groups."""
    case = video(24 * 60)
    boss = make_staff(case.office, Role.ADMINISTRATOR, first_name="Uwe", last_name="Haase")
    other = make_staff(case.office, first_name="Mara", last_name="Vogt")
    Authenticator.objects.create(user=boss, type=Authenticator.Type.TOTP, data={})
    desk, now = desk_of(boss, case.office), timezone.now()
    invite(desk=desk, newcomer=Newcomer("kim@example.org", "none", "Kim", "Albers"), roles=_guide(), now=now)
    close_account(desk=desk, staff=other, now=now)
    map_group(desk=desk, group="Beratung Nord", role=Role.GUIDE, team=None, now=now)
    setup = f"/b/{case.office.slug}/einrichtung/"
    page = stage.desk(f"{setup}beschaeftigte/", staff=boss)
    stage.take(page)
    page.goto(f"{setup}beschaeftigte/einladen/")
    stage.take(page, "invite")
    page.goto(f"{setup}beschaeftigte/{case.staff.public_id}/")
    stage.take(page, "member")
    page.locator("#id_role_guide").check()
    page.locator("section[aria-labelledby=roles] button").click()
    page.locator("[name=sure]").wait_for(state="attached")
    stage.take(page, "changes")
    page.goto(f"{setup}gruppen/")
    stage.take(page, "groups")


def _guide() -> list[RoleWish]:
    return [RoleWish(Role.GUIDE)]
