"""One record of two: side by side, what is taken from which, and what moves."""

from __future__ import annotations

import datetime as dt
import uuid
from http import HTTPStatus
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from nahbar.people.merging import CHOSEN, OTHER_TEAM, Forbidden, forbidden, merge, moves
from nahbar.people.models import Client
from nahbar.people.queries import NotYours, access_client
from nahbar.people.records import NotKept
from nahbar.web.counsellor.client_edit import RecordForm, in_words
from nahbar.web.counsellor.forms import number_in
from nahbar.web.shared.desks import DeskRequest, case_view

FORBIDDEN: dict[str, Promise] = {
    OTHER_TEAM: gettext_lazy(
        "Eine der Akten gehört zu einem anderen Team und ist nur heute für Sie offen. Bitte sagen Sie dem anderen Team "
        "Bescheid, oder lassen Sie sich den Fall erst übergeben."
    ),
    "overlap": gettext_lazy(
        "Beide Akten haben Termine zur selben Zeit. Bitte verschieben Sie erst einen davon oder sagen Sie ihn ab."
    ),
    "in_talk": gettext_lazy(
        "Die Person ist gerade in einem Gespräch oder wartet darauf. Bitte führen Sie die Akten danach zusammen."
    ),
}


@require_http_methods(["GET", "HEAD", "POST"])
@case_view
def person_merge(request: DeskRequest, public_id: uuid.UUID) -> HttpResponse:
    """Shows both records; POST makes one of them. Both must be open to the desk."""
    desk, now = request.desk, timezone.now()
    kept = access_client(desk=desk, public_id=public_id)
    double = access_client(desk=desk, public_id=_id(request.POST.get("mit") or request.GET.get("mit", "")))
    if kept == double:
        raise NotYours
    if request.method != "POST":
        return _page(request, kept, double, now=now)
    shown = (number_in(request.POST.get("kept", "")), number_in(request.POST.get("double", "")))
    taken = [name for name in CHOSEN if request.POST.get(name) == "double"]
    try:
        merge(desk=desk, kept=kept, double=double, taken=taken, revisions=_known(shown), now=now)
    except NotKept:
        messages.warning(request, _("Eine der Akten hat sich inzwischen geändert. Bitte sehen Sie noch einmal hin."))
    except Forbidden:
        # The page says what stands in the way.
        pass
    else:
        messages.success(request, _("Zusammengeführt. Die andere Akte gibt es nicht mehr."))
        return redirect("person_page", office=desk.jobcenter.slug, public_id=kept.public_id)
    kept.refresh_from_db()
    double.refresh_from_db()
    return _page(request, kept, double, now=now, status=HTTPStatus.CONFLICT)


def _known(shown: tuple[int | None, int | None]) -> tuple[int, int]:
    """No record has -1: what is no number comes from no page of ours."""
    kept, double = (-1 if revision is None else revision for revision in shown)
    return kept, double


def _id(text: str) -> uuid.UUID:
    try:
        return uuid.UUID(text)
    except ValueError:
        raise NotYours from None


def _page(request: DeskRequest, kept: Client, double: Client, *, now: dt.datetime, status: int = 200) -> HttpResponse:
    forbids = forbidden(desk=request.desk, kept=kept, double=double, now=now)
    context = {
        "kept": kept,
        "double": double,
        "rows": [_row(name, kept, double) for name in CHOSEN if getattr(kept, name) or getattr(double, name)],
        "moves": [(name, count) for name, count in moves(double=double) if count],
        "forbids": FORBIDDEN[forbids] if forbids else None,
    }
    return render(request, "counsellor/merge.html", context, status=status)


def _row(name: str, kept: Client, double: Client) -> dict[str, Any]:
    """One field of both; where only the double has something, that is proposed."""
    ours, theirs = getattr(kept, name), getattr(double, name)
    return {
        "name": name,
        "label": RecordForm.base_fields[name].label,
        "kept": in_words(kept, name),
        "double": in_words(double, name),
        "differ": ours != theirs,
        "take_double": not ours and bool(theirs),
    }
