"""What every page of the set-up does when something is saved: compare, ask where others are affected, save, say so."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext as _

from nahbar.jobcenters.errors import NameTaken, Stale
from nahbar.web.office.log_words import changes_since
from nahbar.web.shared.desks import DeskRequest

# Ours, not the form's.
OWN_FIELDS = {"csrfmiddlewaretoken", "confirmed", "edit"}
# More nobody reads; the number above says how many there are.
MOST_LISTED = 50


@dataclass(frozen=True)
class Saving:
    """What is about to be saved: what it does to others, by name where that helps, and where it goes on."""

    title: str
    save: Callable[[], object]
    done: str
    page: str
    effects: Sequence[str] = ()
    listed: Sequence[str] = field(default=())


# Shows the form again, with what was typed.
Again = Callable[[forms.BaseForm, int], HttpResponse]


def revision_of(request: DeskRequest) -> int:
    """The office's revision that the page showed; one that never was for a form that says none."""
    sent = request.POST.get("revision", "")
    return int(sent) if sent.isdecimal() and len(sent) < 10 else -1


def carry_out(request: DeskRequest, form: forms.BaseForm, saving: Saving, *, again: Again) -> HttpResponse:
    """Saves a valid form. Before that others' changes are shown, and what it does to what is planned is confirmed."""
    if revision_of(request) != request.desk.jobcenter.revision:
        return _meanwhile(request, form, again)
    if "edit" in request.POST:
        return again(form, 200)
    if saving.effects and request.POST.get("confirmed") != _seal(request, saving):
        return _ask(request, saving)
    try:
        saving.save()
    except Stale:
        return _meanwhile(request, form, again)
    except NameTaken:
        form.add_error("name", _("Das gibt es schon. Bitte wählen Sie einen anderen Namen."))
        return again(form, 422)
    messages.success(request, saving.done)
    return redirect(saving.page, request.desk.jobcenter.slug)


def seal(*shown: object) -> str:
    """What a confirmation carries back, so that it is one of just this."""
    return salted_hmac("nahbar.web.office", json.dumps(shown), algorithm="sha256").hexdigest()


def _seal(request: DeskRequest, saving: Saving) -> str:
    """Binds a confirmation to what was typed and to what was shown of its effects."""
    typed = sorted((name, values) for name, values in request.POST.lists() if name not in OWN_FIELDS)
    return seal(request.path, typed, list(saving.effects), list(saving.listed))


def _ask(request: DeskRequest, saving: Saving) -> HttpResponse:
    lists = [(name, values) for name, values in request.POST.lists() if name not in OWN_FIELDS]
    context = {
        "saving": saving,
        "listed": saving.listed[:MOST_LISTED],
        "more": max(len(saving.listed) - MOST_LISTED, 0),
        "fields": [(name, value) for name, values in lists for value in values],
        "seal": _seal(request, saving),
        "setup_page": True,
    }
    return render(request, "office/confirm.html", context)


def _meanwhile(request: DeskRequest, form: forms.BaseForm, again: Again) -> HttpResponse:
    """The form as typed, over what the office is now: who saves again has seen what somebody else did."""
    office = request.desk.jobcenter
    office.refresh_from_db(fields=["revision"])
    missed = office.revision - revision_of(request)
    told = changes_since(office=office, count=missed)
    text = _(
        "Inzwischen hat sich die Einrichtung geändert. Bitte prüfen Sie Ihre Angaben und speichern Sie noch einmal."
    )
    messages.warning(request, " ".join([text, *told]))
    return again(form, 409)
