"""“Orte und Entfernungen”: where an office's people live, for the kilometres that talks by video save."""

from __future__ import annotations

import re
from copy import copy
from decimal import ROUND_HALF_UP, Decimal

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST

from nahbar.jobcenters.kilometres import (
    MOST_KM,
    Listed,
    add_place,
    bring_back_place,
    change_place,
    compared,
    keep_listed,
    retire_place,
    same_place,
)
from nahbar.jobcenters.models import Place
from nahbar.people.doors import access_living_place, living_in, living_places_of
from nahbar.web.office.effect_words import listed_places, other_distance, place_renamed
from nahbar.web.office.forms import Dressed
from nahbar.web.office.saving import Saving, carry_out, revision_of
from nahbar.web.shared.desks import DeskRequest, administrator_view

ON, OFF = "on", "off"
MOST_LINES = 2_000
# More nobody mends at once.
MOST_SAID = 20
NAME_LENGTH = 80
# Two columns of a spreadsheet are parted by a tab when they are pasted.
_PARTS = re.compile(r"[;\t]")
_KM = re.compile(r"(\d{1,4})(?:[.,](\d{1,3}))?(?:\s*km)?", re.IGNORECASE)
HOW_FAR = gettext_lazy("Bitte geben Sie ganze Kilometer von 0 bis 999 an.")


class PlaceForm(Dressed, forms.ModelForm):  # type: ignore[type-arg]  # not generic when it runs
    """What it is called, and how far it is."""

    km = forms.IntegerField(
        label=gettext_lazy("Kilometer, ein Weg"),
        min_value=0,
        max_value=MOST_KM,
        help_text=gettext_lazy("So, wie Sie Fahrkosten rechnen."),
        error_messages=dict.fromkeys(("invalid", "min_value", "max_value"), HOW_FAR),
    )

    class Meta:
        model = Place
        fields = ("name", "km")
        labels = {"name": gettext_lazy("Ort")}  # noqa: RUF012  Django reads it once


class PlacesForm(Dressed, forms.Form):
    """A list, a place a line; every line that cannot be read is named."""

    places = forms.CharField(
        label=gettext_lazy("Ort; Kilometer"),
        max_length=100_000,
        widget=forms.Textarea(attrs={"rows": 8, "spellcheck": "false"}),
        help_text=gettext_lazy(
            "Ein Ort je Zeile, ein Weg in Kilometern, zum Beispiel: Neuwied; 18. Zwei Spalten aus einer Tabelle können "
            "Sie einfügen, wie sie sind. Kommazahlen werden gerundet."
        ),
        error_messages={"max_length": gettext_lazy("Die Liste ist zu lang. Bitte teilen Sie sie.")},
    )

    def clean_places(self) -> dict[str, int]:
        """Name → kilometres. A first line that only names the columns says nothing."""
        lines = [
            (n, text.strip()) for n, text in enumerate(self.cleaned_data["places"].splitlines(), 1) if text.strip()
        ]
        if len(lines) > 1 and _is_header(lines[0][1]):
            lines = lines[1:]
        if len(lines) > MOST_LINES:
            raise forms.ValidationError(_("Das sind mehr als 2.000 Orte. Bitte teilen Sie die Liste."))
        return self._read(lines)

    def _read(self, lines: list[tuple[int, str]]) -> dict[str, int]:
        found: dict[str, int] = {}
        lines_of: dict[str, int] = {}
        wrong = []
        for number, text in lines:
            name, km, problem = _line(text)
            first = lines_of.setdefault(same_place(name), number)
            if not problem and first != number:
                problem = _("Diesen Ort nennt schon Zeile %(first)s.") % {"first": first}
            if problem:
                wrong.append(_("Zeile %(n)s: %(problem)s") % {"n": number, "problem": problem})
            else:
                found[name] = km
        if wrong:
            raise forms.ValidationError([forms.ValidationError(one) for one in wrong[:MOST_SAID]])
        return found


def _parts(text: str) -> list[str]:
    return [part.strip() for part in _PARTS.split(text)]


def _is_header(text: str) -> bool:
    parts = _parts(text)
    return len(parts) > 1 and not any(letter.isdigit() for letter in parts[1])


def _line(text: str) -> tuple[str, int, str]:
    """Name, kilometres, and what is wrong with the line; the first two count only when nothing is."""
    name, *more = [part for part in _parts(text) if part] or [""]
    name = " ".join(name.split())
    if len(more) != 1:
        return name, 0, _("Bitte schreiben Sie den Ort, ein Semikolon und die Kilometer.")
    km = _KM.fullmatch(more[0])
    kilometres = int(Decimal(f"{km[1]}.{km[2] or 0}").quantize(Decimal(1), ROUND_HALF_UP)) if km else MOST_KM + 1
    if kilometres > MOST_KM:
        return name, 0, str(HOW_FAR)
    if len(name) > NAME_LENGTH:
        return name, 0, _("Der Name hat mehr als 80 Zeichen.")
    return name, kilometres, ""


@require_http_methods(["GET", "HEAD", "POST"])
@administrator_view
def office_distances(request: DeskRequest) -> HttpResponse:
    """The places, and the form for one more."""
    desk, now = request.desk, timezone.now()
    if request.method != "POST":
        return _list(request, PlaceForm())
    form = PlaceForm(request.POST)
    if not form.is_valid():
        return _list(request, form, 422)
    saving = Saving(
        title=_("Ort anlegen"),
        save=lambda: add_place(
            jobcenter=desk.jobcenter, values=form.cleaned_data, revision=revision_of(request), by=desk.actor, now=now
        ),
        done=_("Der Ort ist angelegt. In der Akte steht er nun zur Wahl."),
        page="office_distances",
    )
    return carry_out(request, form, saving, again=lambda again, status: _list(request, again, status))


def _list(request: DeskRequest, form: forms.BaseForm, status: int = 200) -> HttpResponse:
    context = {"form": form, "places": living_places_of(request.desk), "setup_page": True}
    return render(request, "office/distances.html", context, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
@administrator_view
def office_distances_paste(request: DeskRequest) -> HttpResponse:
    """A list that is pasted: what it would make and change is shown before anything is."""
    desk, now = request.desk, timezone.now()
    form = PlacesForm(request.POST if request.method == "POST" else None)
    if request.method != "POST" or not form.is_valid():
        return _paste(request, form, 422 if form.is_bound else 200)
    places: dict[str, int] = form.cleaned_data["places"]
    found = compared(jobcenter=desk.jobcenter, listed=places)
    if not found.touches:
        messages.info(request, _("Diese Liste ändert nichts: Alle Orte stehen schon so da."))
        return redirect("office_distances", desk.jobcenter.slug)
    saving = Saving(
        title=_("Liste von Orten übernehmen"),
        effects=_listed_effects(found),
        listed=_in_detail(found),
        save=lambda: keep_listed(
            jobcenter=desk.jobcenter, listed=places, revision=revision_of(request), by=desk.actor, now=now
        ),
        done=_("Die Orte sind übernommen."),
        page="office_distances",
    )
    return carry_out(request, form, saving, again=lambda again, status: _paste(request, again, status))


def _listed_effects(found: Listed) -> list[str]:
    lives = living_in(found.changed)
    return listed_places(new=len(found.new), changed=len(found.changed), lives=lives, returned=len(found.returned))


def _in_detail(found: Listed) -> list[str]:
    changed = [
        _("%(place)s: %(km)s statt bisher %(old)s km") % {"place": place.name, "km": km, "old": place.km}
        for place, km in found.changed.items()
    ]
    returned = [_("%(place)s: wieder zur Wahl") % {"place": place.name} for place in found.returned]
    new = [_("%(place)s: neu, %(km)s km") % {"place": name, "km": km} for name, km in found.new.items()]
    return changed + sorted(returned) + new


def _paste(request: DeskRequest, form: forms.BaseForm, status: int = 200) -> HttpResponse:
    return render(request, "office/distances_paste.html", {"form": form, "setup_page": True}, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
@administrator_view
def office_distance(request: DeskRequest, place: int) -> HttpResponse:
    """One place, to be changed."""
    desk, now = request.desk, timezone.now()
    found = access_living_place(desk=desk, place=place)
    if request.method != "POST":
        return _one(request, found, PlaceForm(instance=copy(found)))
    form = PlaceForm(request.POST, instance=copy(found))
    if not form.is_valid():
        return _one(request, found, form, 422)
    saving = Saving(
        title=_("Ort ändern"),
        effects=_effects(found, form),
        save=lambda: change_place(
            place=found, values=form.cleaned_data, revision=revision_of(request), by=desk.actor, now=now
        ),
        done=_("Der Ort ist gespeichert."),
        page="office_distances",
    )
    return carry_out(request, form, saving, again=lambda again, status: _one(request, found, again, status))


def _one(request: DeskRequest, found: Place, form: forms.BaseForm, status: int = 200) -> HttpResponse:
    return render(request, "office/distance.html", {"form": form, "place": found, "setup_page": True}, status=status)


def _effects(found: Place, form: PlaceForm) -> list[str]:
    lives, told = living_in([found]), []
    if "name" in form.changed_data:
        told.append(place_renamed(lives))
    if "km" in form.changed_data:
        told.append(other_distance(lives, old=found.km, new=form.cleaned_data["km"]))
    return [text for text in told if text]


@require_POST
@administrator_view
def office_distance_offer(request: DeskRequest, place: int) -> HttpResponse:
    """Retires a place, or brings it back: each button says what it wants."""
    desk, now = request.desk, timezone.now()
    found = access_living_place(desk=desk, place=place)
    if request.POST.get("wanted") == ON:
        if bring_back_place(place=found, by=desk.actor, now=now):
            messages.success(request, _("Der Ort steht wieder zur Wahl."))
    elif request.POST.get("wanted") == OFF and retire_place(place=found, by=desk.actor, now=now):
        messages.success(request, _("Der Ort steht nicht mehr zur Wahl. Wer dort wohnt, behält ihn in der Akte."))
    return redirect("office_distances", desk.jobcenter.slug)
