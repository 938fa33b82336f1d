"""What a template renders to, and the mail that is made of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from email.utils import format_datetime, parseaddr

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.mail import EmailMultiAlternatives
from django.core.validators import validate_email

# Whatever else a mail says about itself is the outbox's business.
ALLOWED_HEADERS = frozenset({"Reply-To", "Content-Language"})


class BadRecipient(Exception):
    """Not one plain address: no mail server can be asked."""


@dataclass(frozen=True, slots=True)
class CalendarPart:
    """What the reader's calendar takes from the mail (RFC 6047): REQUEST or CANCEL, and the iCalendar text."""

    method: str
    text: str


@dataclass(frozen=True, slots=True)
class RenderedMail:
    """One mail to one bare address; ValueError when its headers could not be safe."""

    to: str
    subject: str
    text: str
    html: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    calendar: CalendarPart | None = None

    def __post_init__(self) -> None:
        if unknown := self.headers.keys() - ALLOWED_HEADERS:
            raise ValueError(f"headers not allowed: {', '.join(sorted(unknown))}")
        if any(not value.isprintable() for value in self.headers.values()):
            raise ValueError("a header holds a control character")
        # A topic or a name may hold a line break; in a subject it would begin a new header.
        object.__setattr__(self, "subject", " ".join(self.subject.split()))


def compose(*, rendered: RenderedMail, message_id: str, now: datetime) -> EmailMultiAlternatives:
    """The mail as it goes out. BadRecipient when it is not addressed to one plain address."""
    try:
        validate_email(rendered.to)
    except ValidationError:
        raise BadRecipient from None
    mail = EmailMultiAlternatives(
        subject=rendered.subject,
        body=rendered.text,
        to=[rendered.to],
        headers={
            **rendered.headers,
            "Message-ID": message_id,
            "Date": format_datetime(now),
            # Keeps holiday notices and mailing robots from answering (RFC 3834).
            "Auto-Submitted": "auto-generated",
        },
    )
    if rendered.html:
        mail.attach_alternative(rendered.html, "text/html")
    if rendered.calendar:
        # The last alternative is the richest: mail programs with a calendar take this one.
        mail.attach_alternative(rendered.calendar.text, f"text/calendar; method={rendered.calendar.method}")
    return mail


def host() -> str:
    """The domain the installation sends from; the right-hand side of every Message-ID."""
    return parseaddr(settings.DEFAULT_FROM_EMAIL)[1].rpartition("@")[2]
