"""The first page of all, the second step of signing in, and what is done about either."""

from __future__ import annotations

from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from django.conf import settings
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import Page

from nahbar.audit.rules import Actor
from nahbar.people.account_links import address_of, issue_link
from nahbar.people.models import StaffMember
from nahbar.people.rules import LinkPurpose
from tests.factories import PASSWORD
from tests.journeys.test_sign_in import with_authenticator
from tests.pictures.cases import a_counsellor, an_office
from tests.pictures.stage import Stage

# One more than may be tried in a minute.
TOO_MANY = 11


def first_run(stage: Stage) -> None:
    """There is no office yet: the form, and what it says to nothing. Only the first scene sees it."""
    page = stage.desk(reverse("first_run"))
    stage.take(page)
    _send(page)
    page.locator("#error-summary").wait_for()
    stage.take(page, "wrong")


def _send(page: Page) -> None:
    page.locator("main button.kern-btn--primary").click()


def second_step(stage: Stage) -> None:
    """Signing in with an app: the code, and one that does not fit."""
    staff = a_counsellor(an_office())
    TOTP.activate(staff, generate_totp_secret())
    page = stage.desk(reverse("account_login"))
    page.locator("form [type=email]").fill(staff.email)
    page.locator("form [type=password]").fill(PASSWORD)
    page.locator("form [type=password]").press("Enter")
    page.locator("#id_code").wait_for()
    stage.take(page)
    page.locator("#id_code").fill("000000")
    _send(page)
    page.locator("[aria-invalid]").first.wait_for()
    stage.take(page, "wrong")


def factors(stage: Stage) -> None:
    """Passkey and app in use; once more who one is; new codes; and taking either away."""
    staff = a_counsellor(an_office())
    TOTP.activate(staff, generate_totp_secret())
    page = stage.desk(reverse("own_account"), staff=staff)
    with_authenticator(page.context, page)
    page.goto(reverse("mfa_add_webauthn"))
    _confirm(page)
    with page.expect_navigation():
        _send(page)
    passkey = Authenticator.objects.get(user=staff, type=Authenticator.Type.WEBAUTHN)
    page.goto(reverse("mfa_index"))
    stage.take(page)
    page.goto(reverse("mfa_reauthenticate"))
    stage.take(page, "again-by-code")
    page.goto(reverse("mfa_reauthenticate_webauthn"))
    stage.take(page, "again-by-passkey")
    page.goto(reverse("mfa_generate_recovery_codes"))
    stage.take(page, "new-codes")
    _send(page)
    page.locator(".codes").wait_for()
    stage.take(page, "codes")
    page.goto(reverse("mfa_deactivate_totp"))
    stage.take(page, "without-app")
    page.goto(reverse("mfa_remove_webauthn", args=[passkey.pk]))
    stage.take(page, "without-passkey")


def _confirm(page: Page) -> None:
    page.locator("#id_password").fill(PASSWORD)
    with page.expect_navigation():
        _send(page)


def forgotten(stage: Stage) -> None:
    """Somebody forgot their password."""
    page = stage.desk(reverse("account_forgotten"))
    stage.take(page)
    page.locator("#id_email").fill("sabine.petersen@westheide.example")
    with page.expect_navigation():
        _send(page)
    stage.take(page, "sent")


def new_address(stage: Stage) -> None:
    """The link in the mail to a new address, and what follows the yes."""
    staff = a_counsellor(an_office())
    page = stage.desk(_link_to_new_address(staff), staff=staff)
    page.locator("[data-landing] button").click()
    page.wait_for_url(f"**{reverse('account_begin')}")
    stage.take(page)
    with page.expect_navigation():
        _send(page)
    stage.take(page, "done")


def _link_to_new_address(staff: StaffMember) -> str:
    own, now = Actor("staff", str(staff.public_id)), timezone.now()
    link = issue_link(staff=staff, purpose=LinkPurpose.EMAIL, new_email=f"neu-{staff.email}", by=own, now=now)
    return address_of(link).removeprefix(settings.NAHBAR_BASE_URL)


def too_many(stage: Stage) -> None:
    """Somebody tries passwords one after another."""
    page = stage.desk(reverse("account_reauthenticate"), staff=a_counsellor(an_office()))
    for _ in range(TOO_MANY):
        if not page.locator("#id_password").count():
            break
        page.locator("#id_password").fill(PASSWORD[::-1])
        with page.expect_navigation():
            _send(page)
    stage.take(page)
