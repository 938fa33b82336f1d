"""“Texte”: what people read about an office and what they agree to. A draft, a look at it, then the next version."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from nahbar.jobcenters.drafts import DraftChanged, NotReady, draft_of, drop_draft, open_gaps, save_draft, tidied
from nahbar.jobcenters.models import JobCenter, TextDraft
from nahbar.jobcenters.rules import GERMAN, LONGEST_TEXT
from nahbar.people.queries import NotYours
from nahbar.people.rules import Language
from nahbar.web.office.differences import differences
from nahbar.web.office.known_texts import TEXTS, KnownText
from nahbar.web.shared.desks import DeskRequest, administrator_view

CHANGED = gettext_lazy("Der Entwurf ist inzwischen ein anderer. Bitte sehen Sie ihn noch einmal an.")
TOO_LONG = gettext_lazy("Der Text ist zu lang. Bitte kürzen Sie ihn auf 20.000 Zeichen.")


class TextForm(forms.Form):
    """One body for each language, and the draft that was read."""

    state = forms.UUIDField(required=False, widget=forms.HiddenInput)

    def __init__(self, data: Any = None, *, bodies: dict[str, str], state: uuid.UUID | None) -> None:
        super().__init__(data, initial={f"body_{language}": body for language, body in bodies.items()})
        self.initial["state"] = state
        for language in Language:
            self.fields[f"body_{language.value}"] = forms.CharField(
                label=str(language.label),
                required=False,
                max_length=LONGEST_TEXT,
                strip=False,
                widget=forms.Textarea,
                error_messages={"max_length": TOO_LONG},
            )

    def languages(self) -> list[forms.BoundField]:
        """The fields of the texts."""
        return [self[f"body_{language.value}"] for language in Language]

    @property
    def bodies(self) -> dict[str, str]:
        """By language; only after `is_valid`."""
        return {language.value: self.cleaned_data[f"body_{language.value}"] for language in Language}


def _known(name: str) -> KnownText:
    for known in TEXTS:
        if known.address == name:
            return known
    raise NotYours


@require_safe
@administrator_view
def texts(request: DeskRequest) -> HttpResponse:
    """Every text and how it stands."""
    office = request.desk.jobcenter
    drafts = set(office.text_drafts.values_list("name", flat=True))
    rows = [{"text": known, "in_force": known.in_force(office), "has_draft": known.draft in drafts} for known in TEXTS]
    return render(request, "office/texts.html", {"rows": rows, "setup_page": True})


@require_http_methods(["GET", "HEAD", "POST"])
@administrator_view
def text(request: DeskRequest, *, name: str) -> HttpResponse:
    """The draft; where there is none, what is in force, or a text to begin with."""
    known, office = _known(name), request.desk.jobcenter
    draft = draft_of(jobcenter=office, name=known.draft)
    if request.method != "POST":
        return _edit(request, known, _form_of(known, office, draft))
    form = TextForm(request.POST, bodies={}, state=None)
    if not form.is_valid():
        return _edit(request, known, form, status=422)
    try:
        _save(request, known, form, now=timezone.now())
    except DraftChanged:
        return _edit_beside_theirs(request, known, form, theirs=draft_of(jobcenter=office, name=known.draft))
    if "review" in request.POST:
        return redirect("setup_text_review", office.slug, name)
    messages.success(request, _("Der Entwurf ist gespeichert. Außen sieht ihn niemand."))
    return redirect("setup_text", office.slug, name)


def _save(request: DeskRequest, known: KnownText, form: TextForm, *, now: dt.datetime) -> None:
    desk, state = request.desk, form.cleaned_data["state"]
    save_draft(jobcenter=desk.jobcenter, name=known.draft, bodies=form.bodies, state=state, by=desk.actor, now=now)


def _form_of(known: KnownText, office: JobCenter, draft: TextDraft | None) -> TextForm:
    if draft is not None:
        return TextForm(bodies=draft.bodies, state=draft.state)
    in_force = known.in_force(office)
    return TextForm(bodies=in_force.bodies if in_force else known.to_begin_with(office), state=None)


def _edit(
    request: DeskRequest, known: KnownText, form: TextForm, *, theirs: TextDraft | None = None, status: int = 200
) -> HttpResponse:
    office = request.desk.jobcenter
    context = {
        "text": known,
        "form": form,
        "draft": draft_of(jobcenter=office, name=known.draft),
        "in_force": known.in_force(office),
        "theirs": _shown(theirs.bodies) if theirs else [],
        "is_changed": status == 409,
        "setup_page": True,
    }
    return render(request, "office/text.html", context, status=status)


def _edit_beside_theirs(
    request: DeskRequest, known: KnownText, form: TextForm, *, theirs: TextDraft | None
) -> HttpResponse:
    """What was typed stays; what the others wrote stands beside it, and saving again is meant."""
    mine = TextForm(bodies=form.bodies, state=theirs.state if theirs else None)
    return _edit(request, known, mine, theirs=theirs, status=409)


def _shown(bodies: dict[str, str]) -> list[dict[str, Any]]:
    """The bodies in the order of the languages, with their names."""
    return [
        {"language": language.value, "name": language.label, "body": bodies[language.value]}
        for language in Language
        if bodies.get(language.value)
    ]


@require_http_methods(["GET", "HEAD", "POST"])
@administrator_view
def review(request: DeskRequest, *, name: str) -> HttpResponse:
    """The draft as people will see it, what is new in it, and what publishing does; POST publishes."""
    known, desk = _known(name), request.desk
    draft = draft_of(jobcenter=desk.jobcenter, name=known.draft)
    if draft is None:
        return redirect("setup_text", desk.jobcenter.slug, name)
    if request.method != "POST":
        return _look(request, known, draft)
    try:
        version = known.publish(desk, state=_state(request), now=timezone.now())
    except NotReady:
        return _look(request, known, draft, status=422)
    except DraftChanged:
        messages.warning(request, CHANGED)
        return redirect("setup_text_review", desk.jobcenter.slug, name)
    messages.success(request, _("Fassung %(version)d ist veröffentlicht.") % {"version": version})
    return redirect("setup_texts", desk.jobcenter.slug)


def _state(request: DeskRequest) -> uuid.UUID:
    """The draft somebody has read; raises DraftChanged for what is none."""
    try:
        return uuid.UUID(request.POST.get("state", ""))
    except ValueError:
        raise DraftChanged from None


def _look(request: DeskRequest, known: KnownText, draft: TextDraft, *, status: int = 200) -> HttpResponse:
    office = request.desk.jobcenter
    in_force = known.in_force(office)
    before = in_force.bodies if in_force else {}
    bodies = tidied(draft.bodies)
    changed = [
        {"name": language.label, "pieces": differences(before.get(language.value, ""), bodies.get(language.value, ""))}
        for language in Language
        if before.get(language.value, "") != bodies.get(language.value, "")
    ]
    context = {
        "text": known,
        "draft": draft,
        "in_force": in_force,
        "shown": _shown(bodies),
        "changed": changed,
        "gaps": open_gaps(bodies),
        "lacks_german": GERMAN not in bodies,
        "lacks_plain": Language.PLAIN_GERMAN.value not in bodies,
        "effects": known.effects(office),
        "setup_page": True,
    }
    return render(request, "office/text_review.html", context, status=status)


@require_POST
@administrator_view
def drop(request: DeskRequest, *, name: str) -> HttpResponse:
    """Throws the draft away that was read."""
    known, desk = _known(name), request.desk
    try:
        drop_draft(jobcenter=desk.jobcenter, name=known.draft, state=_state(request), by=desk.actor, now=timezone.now())
        messages.success(request, _("Der Entwurf ist verworfen."))
    except DraftChanged:
        messages.warning(request, CHANGED)
    return redirect("setup_text", desk.jobcenter.slug, name)


@require_safe
@administrator_view
def history(request: DeskRequest, *, name: str) -> HttpResponse:
    """Every version, to be read only."""
    known = _known(name)
    found = known.versions(request.desk.jobcenter)
    versions = [{"wording": one, "shown": _shown(one.bodies)} for one in found]
    context = {"text": known, "versions": versions, "setup_page": True}
    return render(request, "office/text_history.html", context)
