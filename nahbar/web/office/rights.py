"""“Rechte der Personen”: what is kept about somebody, handing it over, a hold, and the end of the file."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable
from functools import wraps
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from nahbar.people.doors import require_administrator
from nahbar.people.erasing import CannotErase, erase_person, hindrances, release_hold, set_hold
from nahbar.people.exporting import Export, export_person, kept_about, look_into
from nahbar.people.models import Client, LegalHold
from nahbar.people.operations import find_file
from nahbar.people.queries import access_file
from nahbar.people.retention import kept_until
from nahbar.people.rules import Hindrance, HoldReason
from nahbar.web.shared.desks import DeskRequest, desk_view
from nahbar.web.shared.limits import Limit, is_exhausted

# Each search and each look; whoever answers requests stays far below.
FINDING = Limit("rights", tries=60)
TOO_MANY = gettext_lazy("Das waren viele Suchen. Bitte warten Sie zehn Minuten.")
LONGEST_HOLD = dt.timedelta(days=366 * 10)
PDF, JSON = "pdf", "json"
# What to do about what hinders an erasure.
WHAT_TO_DO: dict[Hindrance, Any] = {
    Hindrance.IN_TALK: gettext_lazy("Bitte warten Sie, bis das Gespräch beendet ist."),
    Hindrance.WAITING: gettext_lazy("Bitte warten Sie, bis das Gespräch stattgefunden hat oder beendet ist."),
    Hindrance.TO_COME: gettext_lazy("Bitten Sie die Fachkraft, diese Termine zuerst abzusagen."),
    Hindrance.MAIL: gettext_lazy("Bitte versuchen Sie es in einigen Minuten noch einmal."),
    Hindrance.HOLD: gettext_lazy("Heben Sie die Löschsperre zuerst auf, wenn der Grund entfallen ist."),
}


class FindForm(forms.Form):
    """Somebody by their customer number, whole: an administrator looks for one person, and browses nobody."""

    number = forms.CharField(
        max_length=20,
        label=gettext_lazy("Kundennummer"),
        error_messages={
            "required": gettext_lazy("Bitte geben Sie die Kundennummer an."),
            "max_length": gettext_lazy("So lang ist keine Kundennummer. Bitte prüfen Sie die Eingabe."),
        },
    )


class HoldForm(forms.Form):
    """Why and until when a file is kept in any case."""

    reason = forms.ChoiceField(
        choices=HoldReason.choices,
        label=gettext_lazy("Grund"),
        error_messages={
            "required": gettext_lazy("Bitte wählen Sie einen Grund."),
            "invalid_choice": gettext_lazy("Bitte wählen Sie einen der Gründe."),
        },
    )
    last_day = forms.DateField(
        label=gettext_lazy("Gilt bis"),
        error_messages={
            "required": gettext_lazy("Bitte geben Sie an, bis wann die Sperre gilt."),
            "invalid": gettext_lazy("Bitte geben Sie den Tag als Datum an."),
        },
    )

    def __init__(self, data: Any = None, *, now: dt.datetime, **kwargs: Any) -> None:
        super().__init__(data, **kwargs)
        self.today = timezone.localdate(now)

    def clean_last_day(self) -> dt.date:
        """From today on, ten years at most: a hold is looked at again."""
        day: dt.date = self.cleaned_data["last_day"]
        if day < self.today:
            raise forms.ValidationError(_("Dieser Tag ist schon vorbei. Bitte wählen Sie einen späteren."))
        if day > self.today + LONGEST_HOLD:
            raise forms.ValidationError(_("Eine Sperre gilt höchstens zehn Jahre. Sie können sie später verlängern."))
        return day


class EraseForm(forms.Form):
    """The number once more, by hand: nobody erases by a slip."""

    number = forms.CharField(
        max_length=20,
        label=gettext_lazy("Kundennummer zur Bestätigung"),
        error_messages={
            "required": gettext_lazy("Bitte geben Sie zur Bestätigung die Kundennummer ein."),
            "max_length": gettext_lazy("Das ist nicht die Kundennummer dieser Person. Bitte prüfen Sie die Eingabe."),
        },
    )

    def __init__(self, data: Any = None, *, client: Client, **kwargs: Any) -> None:
        super().__init__(data, **kwargs)
        self.client = client

    def clean_number(self) -> str:
        """That of this person."""
        number: str = self.cleaned_data["number"]
        if number != self.client.number:
            raise forms.ValidationError(
                _("Das ist nicht die Kundennummer dieser Person. Bitte prüfen Sie die Eingabe.")
            )
        return number


def rights_view(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponseBase]:
    """As `desk_view`, for administrators; of a closed office, too: people's rights do not end with it."""

    @desk_view
    @wraps(view)
    def door(request: DeskRequest, **kwargs: Any) -> HttpResponse:
        require_administrator(request.desk)
        return view(request, **kwargs)

    return door


@require_http_methods(["GET", "HEAD", "POST"])
@rights_view
def office_rights(request: DeskRequest) -> HttpResponse:
    """Find a person of the office by customer number; that somebody did is audited."""
    form = FindForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        if is_exhausted(limit=FINDING, request=request, now=timezone.now()):
            form.add_error(None, TOO_MANY)
        else:
            client = find_file(desk=request.desk, number=form.cleaned_data["number"], now=timezone.now())
            if client is not None:
                return redirect("office_rights_person", request.desk.jobcenter.slug, client.public_id)
            form.add_error("number", _("Unter dieser Nummer gibt es hier keine Akte. Bitte prüfen Sie die Eingabe."))
    status = 422 if form.errors else 200
    return render(request, "office/rights.html", {"form": form, "setup_page": True}, status=status)


@require_safe
@rights_view
def office_rights_person(request: DeskRequest, public_id: uuid.UUID) -> HttpResponse:
    """What is kept about somebody and until when, and what can be done with it. Audited: ids stand in the log."""
    return _page(request, access_file(desk=request.desk, public_id=public_id))


@require_POST
@rights_view
def office_rights_export(request: DeskRequest, public_id: uuid.UUID) -> HttpResponse:
    """The file to hand over: to read, or for a program. Made at once and kept nowhere (ADR 0025)."""
    client = access_file(desk=request.desk, public_id=public_id)
    form = JSON if request.POST.get("form") == JSON else PDF
    with translation.override("de"):
        export = export_person(desk=request.desk, client=client, form=form, now=timezone.now())
        answer: HttpResponse
        if form == JSON:
            answer = JsonResponse(export.data, json_dumps_params={"ensure_ascii": False, "indent": 2})
        else:
            answer = HttpResponse(_paper(export), content_type="application/pdf")
    # No name in it: a folder of downloads is seen by others.
    answer["Content-Disposition"] = f'attachment; filename="auskunft.{form}"'
    return answer


def _paper(export: Export) -> bytes:
    # Takes half a second to load and needs Pango: only whoever wants paper waits for it, or misses it.
    from nahbar.paper.pdf import pdf  # noqa: PLC0415

    return pdf(render_to_string("office/rights_export.html", {"export": export}))


@require_POST
@rights_view
def office_rights_hold(request: DeskRequest, public_id: uuid.UUID) -> HttpResponse:
    """Set or release the hold."""
    client, now = access_file(desk=request.desk, public_id=public_id), timezone.now()
    if "release" in request.POST:
        if release_hold(desk=request.desk, client=client, now=now):
            messages.success(request, _("Die Löschsperre ist aufgehoben."))
        return redirect("office_rights_person", request.desk.jobcenter.slug, public_id)
    form = HoldForm(request.POST, now=now)
    if not form.is_valid():
        return _page(request, client, hold_form=form)
    values = {"reason": HoldReason(form.cleaned_data["reason"]), "last_day": form.cleaned_data["last_day"]}
    set_hold(desk=request.desk, client=client, **values, now=now)
    messages.success(request, _("Die Löschsperre ist gesetzt."))
    return redirect("office_rights_person", request.desk.jobcenter.slug, public_id)


@require_POST
@rights_view
def office_rights_erase(request: DeskRequest, public_id: uuid.UUID) -> HttpResponse:
    """Erase the person, once their number was typed again; else the page says why not."""
    client = access_file(desk=request.desk, public_id=public_id)
    form = EraseForm(request.POST, client=client)
    if not form.is_valid():
        return _page(request, client, erase_form=form)
    try:
        erase_person(client=client, by=request.desk.actor, why="asked", now=timezone.now())
    except CannotErase:
        form.add_error(None, _("Die Person kann gerade nicht gelöscht werden. Der Grund steht unten."))
        return _page(request, client, erase_form=form)
    messages.success(request, _("Die Person ist gelöscht, mit allem, was zu ihr gehörte."))
    return redirect(reverse("office_rights", args=[request.desk.jobcenter.slug]))


def _page(
    request: DeskRequest, client: Client, *, hold_form: HoldForm | None = None, erase_form: EraseForm | None = None
) -> HttpResponse:
    """The person's page; 422 with a form that cannot be. Each look is audited; after very many, back to the search."""
    now, wrong = timezone.now(), hold_form or erase_form
    if is_exhausted(limit=FINDING, request=request, now=now):
        messages.warning(request, TOO_MANY)
        return redirect("office_rights", request.desk.jobcenter.slug)
    look_into(desk=request.desk, client=client, now=now)
    context = {
        "client": client,
        "hold": LegalHold.objects.filter(client=client).first(),
        "kept": [(section, len(section.table.rows)) for section in kept_about(client=client, now=now).sections],
        "until": kept_until(client=client),
        "hinders": [(one.label, WHAT_TO_DO[one]) for one in hindrances(client=client, now=now)],
        "hold_form": hold_form or HoldForm(now=now),
        "erase_form": erase_form or EraseForm(client=client),
        "form": wrong,
        "reasons": HoldReason.choices,
        "today": timezone.localdate(now),
        "setup_page": True,
    }
    return render(request, "office/rights_person.html", context, status=422 if wrong else 200)
