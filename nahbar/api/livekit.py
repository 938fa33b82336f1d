"""Webhooks of the media server: verified, taken once, re-checked."""

from __future__ import annotations

import logging

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from nahbar.calls import sfu
from nahbar.calls.presence import take_webhook

logger = logging.getLogger(__name__)
LONGEST_BODY = 64 * 1024


@csrf_exempt  # signed by the media server instead
@require_POST
def webhook(request: HttpRequest) -> HttpResponse:
    """204 when taken or taken before; 401 when it is not ours. The body is never logged: it has secrets."""
    if int(request.headers.get("Content-Length") or 0) > LONGEST_BODY:
        return HttpResponse(status=413)
    try:
        notice = sfu.read_webhook(body=request.body, authorization=request.headers.get("Authorization", ""))
    except sfu.WebhookRefused as refusal:
        logger.warning("webhook refused: %s", refusal)
        return HttpResponse(status=401)
    take_webhook(notice=notice, now=timezone.now())
    return HttpResponse(status=204)
