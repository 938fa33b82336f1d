"""What people thought of a talk by video. The page knows a ticket, and nobody.

It reads no cookie and no session and sets none (`web.shared.middleware.nameless`), the ticket never stands in an
address that a server sees, and the language is in the path. Staff are asked on the same page.
"""

from __future__ import annotations

from dataclasses import dataclass

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone, translation
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from nahbar.jobcenters.models import JobCenter
from nahbar.surveys.errors import Reason, Refused
from nahbar.surveys.figures import Answer, Audience, Question
from nahbar.surveys.operations import answer
from nahbar.surveys.queries import good_ticket, is_spent
from nahbar.surveys.rules import ASKED, Answers
from nahbar.surveys.tickets import Ticket
from nahbar.web.client.contact import house_of
from nahbar.web.shared.limits import Limit, is_exhausted

ASKING = Limit(scope="survey", tries=120)
# No person sees it, no screen reader says it: who fills it in presses everything there is.
TRAP = "alles"
STATUS = {"over": 410, "there": 409, "too_often": 429}

YES_NO = {Answer.YES: _("Ja"), Answer.PARTLY: _("Teils"), Answer.NO: _("Nein")}
MAYBE = {Answer.YES: _("Ja"), Answer.PARTLY: _("Vielleicht"), Answer.NO: _("Nein")}
EITHER_WAY = {Answer.YES: _("Ja"), Answer.PARTLY: _("Egal"), Answer.NO: _("Nein")}
WORDS: dict[Audience, dict[Question, str | Promise]] = {
    Audience.CLIENTS: {
        Question.ACCEPTANCE: _("Waren Sie mit Video zufrieden?"),
        Question.EASE: _("War Video für Sie einfach?"),
        Question.RECOMMEND: _("Würden Sie Video empfehlen?"),
        Question.AGAIN: _("Nächstes Mal wieder per Video?"),
    },
    Audience.STAFF: {
        Question.ACCEPTANCE: _("Sind Sie mit Video zufrieden?"),
        Question.EASE: _("Ist Video für Sie einfach?"),
        Question.RECOMMEND: _("Würden Sie Video im Team empfehlen?"),
    },
}
OPTIONS = {Question.RECOMMEND: MAYBE, Question.AGAIN: EITHER_WAY}


@dataclass(frozen=True)
class Asked:
    """A question as it stands on the page."""

    name: str
    text: str | Promise
    options: list[tuple[str, str | Promise, bool]]


# The ticket is the right to answer: there is no session that a foreign page could make use of.
@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
def survey(request: HttpRequest, language: str = settings.LANGUAGE_CODE) -> HttpResponse:
    """Reading shows how to go on; a first POST with a ticket shows the questions, a second one answers them."""
    if language not in dict(settings.LANGUAGES):
        raise Http404
    with translation.override(language):
        request.LANGUAGE_CODE = language
        response = _step(request) if request.method == "POST" else _said(request, "landing")
    response["Referrer-Policy"] = "no-referrer"
    return response


def _step(request: HttpRequest) -> HttpResponse:
    now = timezone.now()
    if is_exhausted(limit=ASKING, request=request, now=now):
        return _said(request, "too_often")
    ticket = good_ticket(request.POST.get("secret", ""), now=now)
    if ticket is None:
        return _said(request, "over")
    step = request.POST.get("step", "")
    if step == "leave":
        return _said(request, "left", ticket)
    if is_spent(ticket):
        return _said(request, "there", ticket)
    return _take(request, ticket) if step == "send" else _ask(request, ticket)


def _take(request: HttpRequest, ticket: Ticket) -> HttpResponse:
    chosen, is_whole = _chosen(request, ticket)
    if not is_whole:
        return _ask(request, ticket, problem="range")
    if TRAP in request.POST:
        # It reads what a person reads, and counts for nothing; the person can still answer.
        return _said(request, "thanks", ticket)
    try:
        answer(token=request.POST["secret"], answers=chosen, now=timezone.now())
    except Refused as refused:
        if refused.reason is Reason.EMPTY:
            return _ask(request, ticket, problem="empty")
        return _said(request, "there" if refused.reason is Reason.ANSWERED else "over", ticket)
    return _said(request, "thanks", ticket)


def _chosen(request: HttpRequest, ticket: Ticket) -> tuple[Answers, bool]:
    """The answers that were given, and whether there is nothing else among them."""
    given = {question: request.POST.get(question.value, "") for question in ASKED[ticket.audience]}
    known = {question: Answer(value) for question, value in given.items() if value in Answer.values}
    return known, all(value in {"", *Answer.values} for value in given.values())


def _ask(request: HttpRequest, ticket: Ticket, *, problem: str = "") -> HttpResponse:
    chosen, _is_whole = _chosen(request, ticket)
    questions = [
        Asked(
            name=question.value,
            text=WORDS[ticket.audience][question],
            options=[
                (value.value, word, chosen.get(question) is value)
                for value, word in OPTIONS.get(question, YES_NO).items()
            ],
        )
        for question in ASKED[ticket.audience]
    ]
    context = _context(ticket) | {
        "questions": questions,
        "secret": request.POST["secret"],
        "problem": problem,
        "trap": TRAP,
    }
    return render(request, "client/survey.html", context, status=422 if problem else 200)


def _said(request: HttpRequest, kind: str, ticket: Ticket | None = None) -> HttpResponse:
    context = _context(ticket) | {"kind": kind}
    template = "client/survey_landing.html" if kind == "landing" else "client/survey_said.html"
    return render(request, template, context, status=STATUS.get(kind, 200))


def _context(ticket: Ticket | None) -> dict[str, object]:
    office = JobCenter.objects.filter(pk=ticket.office).first() if ticket else None
    return {"house": house_of(office), "of_staff": ticket is not None and ticket.audience is Audience.STAFF}
