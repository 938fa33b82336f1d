"""The public pages of an office: who it is, what it stores, what is not accessible. They know nobody.

Without an office they are the installation's: the list of offices, or the one there is.
"""

from __future__ import annotations

import uuid
from typing import Any

from django import forms
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods

from nahbar.audit.rules import AUDIT_PERIOD
from nahbar.jobcenters.barriers import ReportRefused, report_barrier
from nahbar.jobcenters.legal import brought_along, published
from nahbar.jobcenters.models import JobCenter, LegalText
from nahbar.jobcenters.rules import ADDRESSES, GERMAN, LONGEST_REPORT, LegalPage
from nahbar.web.client.contact import house_of
from nahbar.web.shared.limits import Limit, is_exhausted

REPORTING = Limit(scope="barrier", tries=10)
SENT = "gesendet"
KINDS = {address: kind for kind, address in ADDRESSES.items()}


class ReportForm(forms.Form):
    """What somebody could not use. Nothing about them is asked; an answer needs a way to them."""

    key = forms.UUIDField()
    body = forms.CharField(
        max_length=LONGEST_REPORT,
        error_messages={
            "required": _("Bitte schreiben Sie, was nicht geht."),
            "max_length": _("Das ist zu lang. Bitte kürzen Sie den Text."),
        },
    )
    answer_to = forms.CharField(
        max_length=200, required=False, error_messages={"max_length": _("Bitte schreiben Sie es kürzer.")}
    )


@require_http_methods(["GET", "HEAD", "POST"])
def legal(request: HttpRequest, page: str, office: str | None = None) -> HttpResponse:
    """One page of an office; only the accessibility statement has a form to send."""
    kind = KINDS.get(page)
    found = _office(office)
    if kind is None:
        raise Http404
    if request.method == "POST" and kind is not LegalPage.ACCESSIBILITY:
        return HttpResponseNotAllowed(["GET", "HEAD"])
    if found is None:
        return _choice(request, kind)
    if request.method == "POST":
        return _report(request, found)
    return _show(request, found, kind)


def _office(slug: str | None) -> JobCenter | None:
    if slug is None:
        return only_office()
    found = JobCenter.objects.filter(slug=slug).first()
    if found is None:
        raise Http404
    return found


def only_office() -> JobCenter | None:
    """The office, where the installation has just one: then nobody has to choose."""
    first_two = list(JobCenter.objects.all()[:2])
    return first_two[0] if len(first_two) == 1 else None


def offices_with(kind: LegalPage) -> list[tuple[str, str]]:
    """Every office and where its page is."""
    offices = JobCenter.objects.values_list("name", "slug")
    return [(name, reverse("legal", args=[slug, ADDRESSES[kind]])) for name, slug in offices]


def _choice(request: HttpRequest, kind: LegalPage) -> HttpResponse:
    context = {"house": house_of(None), "title": kind.label, "offices": offices_with(kind)}
    return render(request, "client/legal_choice.html", context)


def _show(
    request: HttpRequest, office: JobCenter, kind: LegalPage, *, form: ReportForm | None = None, status: int = 200
) -> HttpResponse:
    context = text_context(office, kind) | {
        "house": house_of(office),
        "title": kind.label,
        "audit_years": AUDIT_PERIOD.days // 365,
        "form": form or ReportForm(initial={"key": uuid.uuid4()}),
        "was_sent": SENT in request.GET,
    }
    return render(request, f"client/legal_{kind.value}.html", context, status=status)


def text_context(office: JobCenter, kind: LegalPage) -> dict[str, Any]:
    """The text in force in the language of the page, and whether it had to be the German one."""
    language = get_language() or GERMAN
    text: LegalText | None = published(jobcenter=office, kind=kind, language=language)
    body = text.body if text else ""
    if kind is LegalPage.PLAIN:
        # Plain German by itself: there is nothing it could be a fallback for.
        body, language = body or brought_along(jobcenter=office, kind=kind, language=GERMAN), GERMAN
    return {
        "body": body,
        "published_at": text.published_at if text else None,
        "only_german": text is not None and text.language != language and kind is not LegalPage.PLAIN,
    }


def _report(request: HttpRequest, office: JobCenter) -> HttpResponse:
    now = timezone.now()
    form = ReportForm(request.POST)
    if not form.is_valid():
        return _show(request, office, LegalPage.ACCESSIBILITY, form=form, status=422)
    if is_exhausted(limit=REPORTING, request=request, now=now):
        return _call_instead(request, office, form, status=429)
    given = form.cleaned_data
    try:
        report_barrier(jobcenter=office, key=given["key"], body=given["body"], answer_to=given["answer_to"], now=now)
    except ReportRefused:
        return _call_instead(request, office, form, status=409)
    return redirect(f"{reverse('legal', args=[office.slug, ADDRESSES[LegalPage.ACCESSIBILITY]])}?{SENT}=1")


def _call_instead(request: HttpRequest, office: JobCenter, form: ReportForm, *, status: int) -> HttpResponse:
    form.add_error(None, _("Das geht gerade nicht. Bitte rufen Sie uns an."))
    return _show(request, office, LegalPage.ACCESSIBILITY, form=form, status=status)
