"""A template of the tests' own. What it is about decides how it behaves."""

from __future__ import annotations

import datetime as dt
from typing import Any

from nahbar.outbox import operations, registry
from nahbar.outbox.mail import RenderedMail
from nahbar.outbox.models import OutboxMessage
from nahbar.outbox.rules import About

TEMPLATE = "test_letter"
RECIPIENT = "erika.mustermann@example.org"


def render(about_id: str, /) -> RenderedMail:
    if about_id == "broken":
        raise ValueError(f"no letter for {RECIPIENT}")
    if about_id == "copy":
        return RenderedMail(to=RECIPIENT, subject="Kopie", text="Text", headers={"Bcc": "eve@example.org"})
    if about_id == "folded header":
        return RenderedMail(
            to=RECIPIENT,
            subject="Kopie",
            text="Text",
            headers={"Reply-To": "a@example.org\nBcc: eve@example.org"},
        )
    return RenderedMail(
        to={"nobody": "", "two": f"{RECIPIENT}\nBcc: eve@example.org"}.get(about_id, RECIPIENT),
        subject="Ihr Termin\r\nBcc: eve@example.org" if about_id == "folded subject" else "Ihr Termin – Grüße",
        text="Guten Tag,\n.\nder Punkt allein in der Zeile bleibt.\n",
        html="<p>Guten Tag</p>",
        headers={"Reply-To": "jobcenter@example.org", "Content-Language": "de"},
    )


def still_wanted(about_id: str, now: dt.datetime, /) -> bool:
    return about_id != "unwanted"


def register() -> None:
    """Make the template known in this process."""
    registry.register(TEMPLATE, render=render, still_wanted=still_wanted)


def queue_letter(*, now: dt.datetime, about: str = "letter", **options: Any) -> OutboxMessage:
    """A queued letter of the tests' template."""
    return operations.queue(template=TEMPLATE, about=About("letter", about), office="hafen", now=now, **options)
