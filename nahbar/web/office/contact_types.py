"""“Kontaktarten”: what an office counts beside the kinds that everybody counts."""

from __future__ import annotations

from copy import copy

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST

from nahbar.scheduling.contact_types import (
    access_contact_type,
    add_contact_type,
    bring_back_contact_type,
    change_contact_type,
    contact_types_of,
    retire_contact_type,
    used,
)
from nahbar.scheduling.models import ContactType
from nahbar.scheduling.rules import ContactKind
from nahbar.web.office.effect_words import contacts_counted, contacts_renamed
from nahbar.web.office.forms import Dressed
from nahbar.web.office.saving import Saving, carry_out, revision_of
from nahbar.web.shared.desks import DeskRequest, administrator_view

ON, OFF = "on", "off"
# What everybody counts; the office adds to them.
GIVEN = [kind.label for kind in ContactKind if kind != ContactKind.OTHER]


class ContactTypeForm(Dressed, forms.ModelForm):  # type: ignore[type-arg]  # not generic when it runs
    """What it is called, and whether it counts."""

    class Meta:
        model = ContactType
        fields = ("name", "counts")
        labels = {"name": gettext_lazy("Name"), "counts": gettext_lazy("Zählt zur Kontaktdichte")}  # noqa: RUF012
        help_texts = {"name": gettext_lazy("Zum Beispiel: Messenger, Gruppe, Brief mit Antwort")}  # noqa: RUF012


@require_http_methods(["GET", "HEAD", "POST"])
@administrator_view
def office_contact_types(request: DeskRequest) -> HttpResponse:
    """The list, and the form for one more."""
    desk, now = request.desk, timezone.now()
    if request.method != "POST":
        return _list(request, ContactTypeForm(initial={"counts": True}))
    form = ContactTypeForm(request.POST)
    if not form.is_valid():
        return _list(request, form, 422)
    saving = Saving(
        title=_("Kontaktart anlegen"),
        save=lambda: add_contact_type(
            jobcenter=desk.jobcenter, values=form.cleaned_data, revision=revision_of(request), by=desk.actor, now=now
        ),
        done=_("Die Kontaktart ist angelegt. Sie steht nun bei jeder Person zur Wahl."),
        page="office_contact_types",
    )
    return carry_out(request, form, saving, again=lambda again, status: _list(request, again, status))


def _list(request: DeskRequest, form: forms.BaseForm, status: int = 200) -> HttpResponse:
    context = {"form": form, "types": contact_types_of(request.desk), "given": GIVEN, "setup_page": True}
    return render(request, "office/contact_types.html", context, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
@administrator_view
def office_contact_type(request: DeskRequest, contact_type: int) -> HttpResponse:
    """One kind, to be changed."""
    desk, now = request.desk, timezone.now()
    found = access_contact_type(desk=desk, contact_type=contact_type)
    if request.method != "POST":
        return _one(request, found, ContactTypeForm(instance=copy(found)))
    form = ContactTypeForm(request.POST, instance=copy(found))
    if not form.is_valid():
        return _one(request, found, form, 422)
    saving = Saving(
        title=_("Kontaktart ändern"),
        effects=_effects(found, form),
        save=lambda: change_contact_type(
            contact_type=found, values=form.cleaned_data, revision=revision_of(request), by=desk.actor, now=now
        ),
        done=_("Die Kontaktart ist gespeichert."),
        page="office_contact_types",
    )
    return carry_out(request, form, saving, again=lambda again, status: _one(request, found, again, status))


def _one(request: DeskRequest, found: ContactType, form: forms.BaseForm, status: int = 200) -> HttpResponse:
    context = {"form": form, "contact_type": found, "setup_page": True}
    return render(request, "office/contact_type.html", context, status=status)


def _effects(found: ContactType, form: ContactTypeForm) -> list[str]:
    count, told = used(found), []
    if "name" in form.changed_data:
        told.append(contacts_renamed(count))
    if "counts" in form.changed_data:
        told.append(contacts_counted(count, counts=form.cleaned_data["counts"]))
    return [text for text in told if text]


@require_POST
@administrator_view
def office_contact_type_offer(request: DeskRequest, contact_type: int) -> HttpResponse:
    """Retires a kind, or brings it back: each button says what it wants."""
    desk, now = request.desk, timezone.now()
    found = access_contact_type(desk=desk, contact_type=contact_type)
    if request.POST.get("wanted") == ON:
        if bring_back_contact_type(contact_type=found, by=desk.actor, now=now):
            messages.success(request, _("Die Kontaktart steht wieder zur Wahl."))
    elif request.POST.get("wanted") == OFF and retire_contact_type(contact_type=found, by=desk.actor, now=now):
        messages.success(
            request, _("Die Kontaktart steht nicht mehr zur Wahl. Was schon eingetragen ist, zählt weiter.")
        )
    return redirect("office_contact_types", desk.jobcenter.slug)
