"""“Video für mich”: whether somebody can be booked by video, and what is booked already."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from nahbar.people.operations import offer_video
from nahbar.scheduling.queries import coming_video
from nahbar.web.shared.desks import DeskRequest, counsellor_view

ON, OFF = "on", "off"


@require_http_methods(["GET", "HEAD", "POST"])
@counsellor_view
def own_video(request: DeskRequest) -> HttpResponse:
    """One switch. Each button says what it wants: pressed twice, or on an old page, it does no more than that."""
    desk, now = request.desk, timezone.now()
    if request.method == "POST":
        wanted = request.POST.get("video", "")
        if wanted in {ON, OFF} and offer_video(desk=desk, offers=wanted == ON, now=now):
            on, off = _("Video ist jetzt eingeschaltet."), _("Video ist jetzt ausgeschaltet.")
            messages.success(request, on if wanted == ON else off)
        return redirect("own_video", desk.jobcenter.slug)
    context = {
        "offers": desk.staff.offers_video,
        "coming": [] if desk.staff.offers_video else coming_video(desk=desk, now=now),
    }
    return render(request, "counsellor/own_video.html", context)
