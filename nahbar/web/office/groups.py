"""“Gruppen”: which groups of the single sign-on have which roles."""

from __future__ import annotations

from typing import Any

from django import forms
from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST

from nahbar.jobcenters.models import JobCenter, Team
from nahbar.jobcenters.rules import Role
from nahbar.people.groups import map_group, unmap_group
from nahbar.people.models import GroupRole
from nahbar.web.shared.desks import DeskRequest, administrator_view


class GroupForm(forms.Form):
    """A group as the provider names it, a role, and a team where the role needs one."""

    group = forms.CharField(
        max_length=200, error_messages={"required": gettext_lazy("Bitte geben Sie den Namen der Gruppe an.")}
    )
    role = forms.ChoiceField(choices=Role)
    team = forms.ModelChoiceField(Team.objects.none(), required=False)

    def __init__(self, data: Any = None, *, office: JobCenter) -> None:
        super().__init__(data)
        self.fields["team"] = forms.ModelChoiceField(
            Team.objects.filter(jobcenter=office, is_active=True), required=False
        )

    def clean(self) -> dict[str, Any]:
        """A team for those who see clients; none for the others."""
        cleaned: dict[str, Any] = self.cleaned_data
        if cleaned.get("role") not in {Role.COUNSELLOR, Role.TEAM_LEAD}:
            cleaned["team"] = None
        elif not cleaned.get("team"):
            self.add_error("team", _("Bitte wählen Sie dazu ein Team."))
        return cleaned


@require_http_methods(["GET", "HEAD", "POST"])
@administrator_view
def office_groups(request: DeskRequest) -> HttpResponse:
    """The list and a form; a POST maps a group."""
    desk = request.desk
    form = GroupForm(request.POST or None, office=desk.jobcenter)
    if request.method != "POST" or not form.is_valid():
        context = {
            "form": form,
            "mapped": GroupRole.objects.filter(jobcenter=desk.jobcenter).select_related("team"),
            "single_sign_on": settings.NAHBAR_OIDC_NAME if settings.NAHBAR_OIDC_ISSUER else "",
            "setup_page": True,
        }
        return render(request, "office/groups.html", context, status=422 if request.method == "POST" else 200)
    chosen = form.cleaned_data
    map_group(desk=desk, group=chosen["group"], role=Role(chosen["role"]), team=chosen["team"], now=timezone.now())
    messages.success(request, _("Das gilt ab der nächsten Anmeldung."))
    return redirect("office_groups", desk.jobcenter.slug)


@require_POST
@administrator_view
def group_drop(request: DeskRequest, pk: int) -> HttpResponse:
    """The group has the role no longer."""
    unmap_group(desk=request.desk, pk=pk, now=timezone.now())
    messages.success(request, _("Die Gruppe gibt diese Rolle nicht mehr. Sie endet mit der nächsten Anmeldung."))
    return redirect("office_groups", request.desk.jobcenter.slug)
