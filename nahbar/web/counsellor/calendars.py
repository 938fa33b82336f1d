"""“Mein Kalender”: by mail or by subscription; and the feed itself, which needs no session."""

from __future__ import annotations

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from nahbar.scheduling.calendars import Method, calendar, entry_for_counsellor
from nahbar.scheduling.feeds import appointments_in, end_feed, feed_of, find_feed, make_feed, want_mails
from nahbar.web.shared.desks import DeskRequest, counsellor_view

NEW_ADDRESS = "new_feed_address"


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@counsellor_view
def staff_calendar(request: DeskRequest) -> HttpResponse:
    """Shows both ways; a POST says whether mails are wanted."""
    if request.method == "POST":
        want_mails(desk=request.desk, wanted=request.POST.get("mails") == "on")
        messages.success(request, _("Gespeichert."))
        return redirect("staff_calendar", request.desk.jobcenter.slug)
    context = {
        "feed": feed_of(request.desk),
        "gets_mails": request.desk.staff.gets_calendar_mails,
        # Shown once: a reload finds nothing, and makes no other one.
        "address": request.session.pop(NEW_ADDRESS, ""),
    }
    return render(request, "counsellor/calendar.html", context)


@never_cache
@require_POST
@counsellor_view
def staff_feed(request: DeskRequest) -> HttpResponse:
    """Makes a new address, shown this once, or ends the one there is."""
    if request.POST.get("end"):
        end_feed(desk=request.desk, now=timezone.now())
        messages.success(request, _("Das Abo ist abgeschaltet. Ihr Kalender bekommt darüber nichts mehr."))
        return redirect("staff_calendar", request.desk.jobcenter.slug)
    key = make_feed(desk=request.desk, now=timezone.now())
    request.session[NEW_ADDRESS] = settings.NAHBAR_BASE_URL + reverse("calendar_feed", args=[key])
    return redirect("staff_calendar", request.desk.jobcenter.slug)


@never_cache
@require_safe
def calendar_feed(request: HttpRequest, key: str) -> HttpResponse:
    """One counsellor's appointments as a calendar reads them. Whoever has the address may read."""
    feed = find_feed(key)
    if feed is None:
        raise Http404
    now = timezone.now()
    entries = [entry_for_counsellor(appointment=one) for one in appointments_in(feed, now=now)]
    text = calendar(entries, method=Method.PUBLISH, now=now)
    return HttpResponse(text, content_type="text/calendar; charset=utf-8")
