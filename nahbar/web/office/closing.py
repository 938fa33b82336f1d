"""“Büro schließen”: what is left to do first, and the way back."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST

from nahbar.people.doors import require_administrator
from nahbar.scheduling.closing import StillOpen, Unsettled, close_office, reopen_office, unsettled
from nahbar.scheduling.errors import HasFuture
from nahbar.scheduling.queries import with_people
from nahbar.web.office.forms import Dressed
from nahbar.web.office.in_the_way import listed
from nahbar.web.office.saving import MOST_LISTED, Saving, carry_out, revision_of
from nahbar.web.shared.desks import DeskRequest, administrator_view, desk_view


class ClosingForm(Dressed, forms.Form):
    """The office's name, typed: nobody closes one by a slip."""

    name = forms.CharField(
        label=gettext_lazy("Name des Büros"),
        max_length=120,
        help_text=gettext_lazy("Zur Sicherheit schreiben Sie bitte den Namen hin."),
    )

    def __init__(self, data: Any = None, *, name: str) -> None:
        super().__init__(data)
        self._name = name

    def clean_name(self) -> str:
        """The very name."""
        typed: str = self.cleaned_data["name"]
        if typed.casefold() != self._name.casefold():
            raise forms.ValidationError(_("Das ist nicht der Name dieses Büros."))
        return typed


@require_http_methods(["GET", "HEAD", "POST"])
@administrator_view
def office_close(request: DeskRequest) -> HttpResponse:
    """What is unsettled; where nothing is, the form that closes."""
    desk, now = request.desk, timezone.now()
    office = desk.jobcenter
    if request.method != "POST":
        return _page(request, ClosingForm(name=office.name))
    form = ClosingForm(request.POST, name=office.name)
    if not form.is_valid():
        return _page(request, form, 422)
    saving = Saving(
        title=_("Büro schließen"),
        save=lambda: close_office(jobcenter=office, revision=revision_of(request), by=desk.actor, now=now),
        done=_("Das Büro ist geschlossen."),
        page="office_close",
    )
    try:
        return carry_out(request, form, saving, again=lambda again, status: _page(request, again, status))
    except StillOpen:
        return _page(request, form, 409)


def _page(request: DeskRequest, form: forms.BaseForm, status: int = 200) -> HttpResponse:
    office = request.desk.jobcenter
    left = unsettled(jobcenter=office, now=timezone.now())
    context = _listed(left) | {
        "form": form,
        "people": office.memberships.values("staff_id").distinct().count(),
        "setup_page": True,
    }
    return render(request, "office/close.html", context, status=status)


def _listed(left: Unsettled) -> dict[str, Any]:
    """The first of each kind; how many there are is counted."""
    first = HasFuture(
        appointments=list(with_people(left.appointments)[:MOST_LISTED]),
        meetings=list(left.meetings.select_related("organiser")[:MOST_LISTED]),
        call_tasks=list(left.call_tasks.select_related("for_staff")[:MOST_LISTED]),
    )
    shown, count = listed(first), left.count
    return shown | {"count": count, "more": count - len(shown["rows"])}


@require_POST
@desk_view
def office_reopen(request: DeskRequest) -> HttpResponse:
    """The one change that a closed office takes."""
    desk = request.desk
    require_administrator(desk)
    if reopen_office(jobcenter=desk.jobcenter, by=desk.actor, now=timezone.now()):
        messages.success(request, _("Das Büro ist wieder geöffnet."))
    return redirect("office_close", desk.jobcenter.slug)
