"""“Personen übernehmen”: upload a list, look at what it would change, apply it, take it back. For administrators."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django import forms
from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Count, Q
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe
from django_htmx.http import HttpResponseClientRefresh

from nahbar.people.import_fields import COLUMNS
from nahbar.people.import_files import MOST_BYTES, MOST_ROWS, Problem
from nahbar.people.imports import (
    TOUCHES,
    Elsewhere,
    access_import,
    confirm,
    discard,
    imports_of,
    map_columns,
    start_import,
    undo,
)
from nahbar.people.models import ClientImport, ImportRow
from nahbar.people.rules import ImportState, RowFate, RowOutcome
from nahbar.web.office.import_words import CHIPS, KEPT, PROBLEMS, changed_words, wrong_words
from nahbar.web.shared.desks import DeskRequest, administrator_view

AT_ONCE = 50
AT_WORK = {ImportState.READING, ImportState.APPLYING, ImportState.UNDOING}
_SETUP: dict[str, Any] = {"setup_page": True}


class UploadForm(forms.Form):
    """One file; what it really is its content says."""

    file = forms.FileField(
        # An empty file reaches the reading, which says so.
        allow_empty_file=True,
        error_messages=dict.fromkeys(("required", "invalid", "missing"), gettext_lazy("Bitte wählen Sie eine Liste.")),
    )

    def clean_file(self) -> Any:
        """Refused before it is read into memory."""
        file = self.cleaned_data["file"]
        if file.size > MOST_BYTES:
            raise forms.ValidationError(str(PROBLEMS[Problem.TOO_BIG]))
        return file


@require_http_methods(["GET", "HEAD", "POST"])
@administrator_view
def import_list(request: DeskRequest) -> HttpResponse:
    """What was uploaded lately; POST takes a file and has it read."""
    desk = request.desk
    form = UploadForm(*((request.POST, request.FILES) if request.method == "POST" else ()))
    if form.is_bound and form.is_valid():
        upload = start_import(desk=desk, content=form.cleaned_data["file"].read(), now=timezone.now())
        return redirect("import_page", office=desk.jobcenter.slug, public_id=upload.public_id)
    uploads = [{"upload": one, "chip": CHIPS[ImportState(one.state)]} for one in imports_of(desk.jobcenter)]
    limits = {"most_rows": f"{MOST_ROWS:,}".replace(",", "."), "most_megabytes": MOST_BYTES // 1024**2}
    context = {"form": form, "uploads": uploads, **limits, **_SETUP}
    return render(request, "office/imports.html", context, status=422 if form.is_bound else 200)


@dataclass(frozen=True)
class Tab:
    """Some of an import's rows: their name in the address, their label, which they are."""

    name: str
    label: Promise
    which: Q


TABS = (
    Tab("wrong", gettext_lazy("Nicht übernommen"), Q(outcome=RowOutcome.WRONG)),
    Tab("overtaken", gettext_lazy("Inzwischen anders"), Q(fate=RowFate.OVERTAKEN)),
    Tab("kept", gettext_lazy("Nicht zurückgenommen"), Q(fate__in=[RowFate.KEPT_CHANGED, RowFate.KEPT_USED])),
    Tab("undone", gettext_lazy("Zurückgenommen"), Q(fate=RowFate.UNDONE)),
    Tab("new", gettext_lazy("Neu"), Q(outcome=RowOutcome.NEW, fate__in=[RowFate.OPEN, RowFate.APPLIED])),
    Tab("changed", gettext_lazy("Geändert"), Q(outcome=RowOutcome.CHANGED, fate__in=[RowFate.OPEN, RowFate.APPLIED])),
    Tab("unchanged", gettext_lazy("Unverändert"), Q(outcome=RowOutcome.UNCHANGED)),
)


@require_safe
@administrator_view
def import_page(request: DeskRequest, public_id: uuid.UUID) -> HttpResponse:
    """Where it stands; while the worker is at it a fragment that asks again, and the page anew once it is done."""
    upload = access_import(desk=request.desk, public_id=public_id)
    at_work = upload.state in AT_WORK
    if request.htmx:
        if not at_work:
            return HttpResponseClientRefresh()
        return render(request, "office/_import_progress.html", {"upload": upload})
    context = {"upload": upload, "at_work": at_work, "chip": CHIPS[ImportState(upload.state)], **_SETUP}
    if upload.problem:
        context |= {"problem": PROBLEMS[Problem(upload.problem)]}
    elif not at_work:
        context |= _columns(upload) | _rows(request, upload)
    return render(request, "office/import.html", context)


def _columns(upload: ClientImport) -> dict[str, Any]:
    named = [(position, name) for position, name in enumerate(upload.header) if name]
    chosen = [
        {"field": column.field, "label": column.label, "position": upload.mapping.get(column.field)}
        for column in COLUMNS
    ]
    return {"header": named, "columns": chosen, "no_number": "number" not in upload.mapping}


def _rows(request: DeskRequest, upload: ClientImport) -> dict[str, Any]:
    counts = upload.rows.aggregate(
        touched=Count("pk", filter=Q(outcome__in=TOUCHES)), **{tab.name: Count("pk", filter=tab.which) for tab in TABS}
    )
    tabs = [tab for tab in TABS if counts[tab.name]]
    if not tabs:
        return {"touched": 0}
    shown = next((tab for tab in tabs if tab.name == request.GET.get("zeigen")), tabs[0])
    page = Paginator(upload.rows.filter(shown.which), AT_ONCE).get_page(request.GET.get("seite"))
    return {
        "touched": counts["touched"],
        "tabs": [{"name": tab.name, "label": tab.label, "count": counts[tab.name]} for tab in tabs],
        "shown": shown.name,
        "page": page,
        "rows": [_row(row) for row in page],
    }


def _row(row: ImportRow) -> dict[str, Any]:
    """A row as the page shows it: who, and what is wrong, what changes, or why it stayed."""
    lines = [wrong_words(field, wrong) for field, wrong in row.problems]
    if row.before:
        lines.append(changed_words(row.before.keys()))
    if row.fate in KEPT:
        lines.append(str(KEPT[RowFate(row.fate)]))
    name = f"{row.values.get('first_name', '')} {row.values.get('last_name', '')}".strip()
    return {"position": row.position, "name": name, "number": row.values.get("number", ""), "lines": lines}


@require_POST
@administrator_view
def import_map(request: DeskRequest, public_id: uuid.UUID) -> HttpResponse:
    """Other columns: the file is read once more."""
    upload = access_import(desk=request.desk, public_id=public_id)
    positions = {str(position): position for position in range(len(upload.header))}
    chosen = {column.field: request.POST.get(column.field, "") for column in COLUMNS}
    mapping = {field: positions[text] for field, text in chosen.items() if text in positions}
    return _then(request, upload, lambda: map_columns(upload=upload, mapping=mapping))


@require_POST
@administrator_view
def import_confirm(request: DeskRequest, public_id: uuid.UUID) -> HttpResponse:
    """Applies what the preview showed."""
    upload = access_import(desk=request.desk, public_id=public_id)
    return _at(request, upload, confirm)


@require_POST
@administrator_view
def import_undo(request: DeskRequest, public_id: uuid.UUID) -> HttpResponse:
    """Takes the whole import back."""
    upload = access_import(desk=request.desk, public_id=public_id)
    return _at(request, upload, undo)


@require_POST
@administrator_view
def import_discard(request: DeskRequest, public_id: uuid.UUID) -> HttpResponse:
    """Throws an upload away that was not applied."""
    upload = access_import(desk=request.desk, public_id=public_id)
    try:
        discard(desk=request.desk, upload=upload, now=timezone.now())
    except Elsewhere:
        return _elsewhere(request, upload)
    messages.success(request, _("Die Liste ist verworfen. Es wurde nichts geändert."))
    return redirect("import_list", office=request.desk.jobcenter.slug)


def _at(request: DeskRequest, upload: ClientImport, operation: Callable[..., None]) -> HttpResponse:
    now: dt.datetime = timezone.now()
    return _then(request, upload, lambda: operation(desk=request.desk, upload=upload, now=now))


def _then(request: DeskRequest, upload: ClientImport, operation: Callable[[], None]) -> HttpResponse:
    try:
        operation()
    except Elsewhere:
        return _elsewhere(request, upload)
    return redirect("import_page", office=request.desk.jobcenter.slug, public_id=upload.public_id)


def _elsewhere(request: DeskRequest, upload: ClientImport) -> HttpResponse:
    words = _("Das geht gerade nicht: Die Liste steht nicht mehr hier, oder eine andere wird gerade übernommen.")
    messages.warning(request, words)
    return redirect("import_page", office=request.desk.jobcenter.slug, public_id=upload.public_id)
