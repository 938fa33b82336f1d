"""“Beschäftigte”: who works in the office, with which roles, and how they sign in."""

from __future__ import annotations

import uuid
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST

from nahbar.jobcenters.models import JobCenter, Team
from nahbar.jobcenters.rules import Role
from nahbar.people.accounts import (
    LastAdministrator,
    Newcomer,
    RoleWish,
    WorksElsewhere,
    close_account,
    invite,
    invite_again,
    open_account,
    require_factor,
    reset_factor,
)
from nahbar.people.rules import Salutation
from nahbar.people.staff import Colleague, Standing, access_colleague, colleagues_in
from nahbar.scheduling.errors import HasFuture
from nahbar.scheduling.retiring import held_by
from nahbar.scheduling.staffing import change_roles
from nahbar.web.office.saving import seal
from nahbar.web.shared.desks import DeskRequest, administrator_view
from nahbar.web.shared.limits import Limit, is_exhausted

INVITING = Limit(scope="staff-invite", tries=60)
LAST = gettext_lazy("Das geht erst, wenn noch jemand die Verwaltung hat. Sonst kann niemand mehr etwas einrichten.")
ELSEWHERE = gettext_lazy(
    "Dieses Konto gehört auch zu einem anderen Jobcenter. Zurücksetzen kann das nur, wer Nahbar für alle betreibt."
)
WITH_TEAM = (Role.COUNSELLOR, Role.TEAM_LEAD)
MEANS = {
    Role.COUNSELLOR: gettext_lazy("Führt Gespräche. Sieht Termine und Personen des Teams."),
    Role.GUIDE: gettext_lazy("Sieht die Übersicht des Hauses, keine Personen."),
    Role.TEAM_LEAD: gettext_lazy("Sieht Termine, Personen und Übersicht des Teams."),
    Role.ADMINISTRATOR: gettext_lazy("Richtet das Jobcenter ein und verwaltet Konten."),
    Role.CONTROLLING: gettext_lazy("Sieht die Zahlen des Jobcenters, keine Personen."),
}


def refuse_unprintable(name: str) -> None:
    """No line breaks and nothing invisible: names stand in mails, where they would look like our own words."""
    if not name.isprintable():
        raise ValidationError(_("Bitte schreiben Sie den Namen in eine Zeile, ohne Sonderzeichen."))


class RolesForm(forms.Form):
    """A box for each role, and for those that see clients a team."""

    def __init__(self, data: Any = None, *, office: JobCenter, colleague: Colleague | None = None) -> None:
        held = {Role(one.role): one.team for one in colleague.memberships} if colleague else {}
        super().__init__(data)
        for role in Role:
            self.fields[f"role_{role.value}"] = forms.BooleanField(required=False, initial=role in held)
        for role in WITH_TEAM:
            self.fields[f"team_{role.value}"] = forms.ModelChoiceField(
                Team.objects.filter(jobcenter=office, is_active=True), required=False, initial=held.get(role)
            )

    def rows(self) -> list[dict[str, Any]]:
        """What the page shows: a row for each role."""
        return [
            {
                "role": role,
                "means": MEANS[role],
                "box": self[f"role_{role.value}"],
                "team": self[f"team_{role.value}"] if role in WITH_TEAM else None,
            }
            for role in Role
        ]

    def clean(self) -> dict[str, Any]:
        """At least one role; a team wherever one is needed."""
        cleaned: dict[str, Any] = self.cleaned_data
        if not any(cleaned.get(f"role_{role.value}") for role in Role):
            self.add_error(f"role_{Role.COUNSELLOR.value}", _("Bitte wählen Sie mindestens eine Rolle."))
        for role in WITH_TEAM:
            if cleaned.get(f"role_{role.value}") and not cleaned.get(f"team_{role.value}"):
                self.add_error(f"team_{role.value}", _("Bitte wählen Sie dazu ein Team."))
        return cleaned

    @property
    def wishes(self) -> list[RoleWish]:
        """Only after `is_valid`."""
        chosen = [role for role in Role if self.cleaned_data[f"role_{role.value}"]]
        return [RoleWish(role, self.cleaned_data.get(f"team_{role.value}")) for role in chosen]


class InviteForm(RolesForm):
    """Whom to invite, and as what."""

    salutation = forms.ChoiceField(choices=Salutation, initial=Salutation.NONE)
    first_name = forms.CharField(
        max_length=80,
        validators=[refuse_unprintable],
        error_messages={"required": gettext_lazy("Bitte geben Sie den Vornamen an.")},
    )
    last_name = forms.CharField(
        max_length=80,
        validators=[refuse_unprintable],
        error_messages={"required": gettext_lazy("Bitte geben Sie den Nachnamen an.")},
    )
    email = forms.EmailField(
        max_length=254,
        error_messages={
            "required": gettext_lazy("Bitte geben Sie die E-Mail-Adresse an."),
            "invalid": gettext_lazy("Diese E-Mail-Adresse ist unvollständig."),
        },
    )

    @property
    def newcomer(self) -> Newcomer:
        """Only after `is_valid`."""
        names = ("email", "salutation", "first_name", "last_name")
        return Newcomer(**{name: self.cleaned_data[name] for name in names})


@require_http_methods(["GET", "HEAD", "POST"])
@administrator_view
def office_staff(request: DeskRequest) -> HttpResponse:
    """The list; a POST says whether the office asks for a second factor."""
    desk = request.desk
    if request.method == "POST":
        wanted = request.POST.get("factor", "")
        if wanted in {"on", "off"} and require_factor(desk=desk, required=wanted == "on", now=timezone.now()):
            messages.success(request, _("Das gilt ab dem nächsten Klick aller, die hier arbeiten."))
        return redirect("office_staff", desk.jobcenter.slug)
    colleagues = colleagues_in(desk.jobcenter)
    context = {
        "groups": [
            (title, [one for one in colleagues if one.standing == standing])
            for standing, title in (
                (Standing.ACTIVE, _("Arbeiten hier")),
                (Standing.INVITED, _("Eingeladen, noch nicht angemeldet")),
                (Standing.CLOSED, _("Zugang beendet")),
            )
        ],
        "unprotected": [
            one for one in colleagues if one.standing == Standing.ACTIVE and not (one.has_factor or one.signs_on)
        ],
        "setup_page": True,
    }
    return render(request, "office/staff.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@administrator_view
def staff_invite(request: DeskRequest) -> HttpResponse:
    """The form; a POST invites. An address that has an account elsewhere gets the roles and no second account."""
    desk, now = request.desk, timezone.now()
    form = InviteForm(request.POST or None, office=desk.jobcenter)
    if request.method != "POST" or not form.is_valid():
        context = {"form": form, "setup_page": True}
        return render(request, "office/staff_invite.html", context, status=422 if request.method == "POST" else 200)
    if is_exhausted(limit=INVITING, request=request, now=now):
        return render(request, "429.html", status=429)
    invite(desk=desk, newcomer=form.newcomer, roles=form.wishes, now=now)
    # As typed: whose account elsewhere it is, nobody learns from an address.
    typed = f"{form.newcomer.first_name} {form.newcomer.last_name}"
    messages.success(request, _("%(name)s bekommt eine Mail.") % {"name": typed})
    return redirect("office_staff", desk.jobcenter.slug)


@require_http_methods(["GET", "HEAD", "POST"])
@administrator_view
def staff_member(request: DeskRequest, public_id: uuid.UUID) -> HttpResponse:
    """Roles of one person. The first POST says what changes, the second does just that: `sure` seals what was said."""
    desk = request.desk
    colleague = access_colleague(desk=desk, public_id=public_id)
    if request.method != "POST":
        return _member(request, colleague)
    form = RolesForm(request.POST, office=desk.jobcenter, colleague=colleague)
    if not form.is_valid() or colleague.standing == Standing.CLOSED:
        return _member(request, colleague, form=form, status=422)
    changes = _changes(colleague, form.wishes)
    if changes and request.POST.get("sure") != seal(changes):
        return _member(request, colleague, form=form, changes=changes)
    try:
        change_roles(desk=desk, staff=colleague.staff, wishes=form.wishes, now=timezone.now())
    except HasFuture as future:
        return _member(request, colleague, form=form, future=future, status=422)
    except LastAdministrator:
        return _member(request, colleague, form=form, refused=str(LAST), status=422)
    messages.success(request, _("Die Rollen sind gespeichert."))
    return redirect("office_staff", desk.jobcenter.slug)


def _changes(colleague: Colleague, wishes: list[RoleWish]) -> list[str]:
    """What the form would change, one sentence each."""
    held = {Role(one.role): one.team for one in colleague.memberships}
    wanted = {wish.role: wish.team for wish in wishes}
    ended = [_("%(role)s endet.") % {"role": role.label} for role in held if role not in wanted]
    given = [_("%(role)s kommt dazu.") % {"role": role.label} for role in wanted if role not in held]
    moved = [
        _("%(role)s: künftig %(team)s statt %(old)s. Ab dann sind Termine und Personen dieses Teams zu sehen.")
        % {"role": role.label, "team": team, "old": held[role]}
        for role, team in wanted.items()
        if role in held and held[role] != team
    ]
    return [*ended, *given, *moved]


def _member(
    request: DeskRequest,
    colleague: Colleague,
    *,
    form: RolesForm | None = None,
    changes: list[str] | None = None,
    future: HasFuture | None = None,
    refused: str = "",
    status: int = 200,
) -> HttpResponse:
    office = request.desk.jobcenter
    context = {
        "colleague": colleague,
        "form": form or RolesForm(office=office, colleague=colleague),
        "changes": changes,
        "sure": seal(changes),
        "future": future,
        "held": held_by(staff=colleague.staff, jobcenter=office, now=timezone.now()),
        "refused": refused,
        "setup_page": True,
    }
    return render(request, "office/staff_member.html", context, status=status)


@require_POST
@administrator_view
def staff_close(request: DeskRequest, public_id: uuid.UUID) -> HttpResponse:
    """Ends somebody's access at once."""
    colleague = access_colleague(desk=request.desk, public_id=public_id)
    try:
        close_account(desk=request.desk, staff=colleague.staff, now=timezone.now())
    except LastAdministrator:
        return _member(request, colleague, refused=str(LAST), status=422)
    messages.success(request, _("Der Zugang von %(name)s ist beendet.") % {"name": colleague.staff.full_name})
    if colleague.staff == request.desk.staff:
        return redirect("home")
    return redirect("office_staff", request.desk.jobcenter.slug)


@require_POST
@administrator_view
def staff_open(request: DeskRequest, public_id: uuid.UUID) -> HttpResponse:
    """Gives the access back, with the roles as they were."""
    colleague = access_colleague(desk=request.desk, public_id=public_id)
    if open_account(desk=request.desk, staff=colleague.staff, now=timezone.now()):
        messages.success(request, _("%(name)s kann sich wieder anmelden.") % {"name": colleague.staff.full_name})
    return redirect("staff_member", request.desk.jobcenter.slug, public_id)


@require_POST
@administrator_view
def staff_again(request: DeskRequest, public_id: uuid.UUID) -> HttpResponse:
    """Another link to who was invited; older ones end."""
    colleague, now = access_colleague(desk=request.desk, public_id=public_id), timezone.now()
    if is_exhausted(limit=INVITING, request=request, now=now):
        return render(request, "429.html", status=429)
    if invite_again(desk=request.desk, staff=colleague.staff, now=now):
        messages.success(request, _("Eine neue Einladung ist unterwegs. Die alte gilt nicht mehr."))
    return redirect("staff_member", request.desk.jobcenter.slug, public_id)


@require_POST
@administrator_view
def staff_reset(request: DeskRequest, public_id: uuid.UUID) -> HttpResponse:
    """Takes away a second factor that was lost; an office that is not the only one is told who can."""
    colleague = access_colleague(desk=request.desk, public_id=public_id)
    try:
        done = reset_factor(desk=request.desk, staff=colleague.staff, now=timezone.now())
    except WorksElsewhere:
        return _member(request, colleague, refused=str(ELSEWHERE), status=422)
    if done:
        messages.success(
            request, _("Der zweite Schritt ist zurückgesetzt. Beim nächsten Anmelden wird ein neuer eingerichtet.")
        )
    return redirect("staff_member", request.desk.jobcenter.slug, public_id)
