"""`python -m nahbar new_office`: one more office, with an administrator who is told by mail."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from nahbar.onboarding.first_run import Administrator, Office, Taken, found_another_office

TAKEN = {
    "slug": "An office has this short name already: choose another --slug.",
    "email": "This administrator's account is switched off: name somebody else.",
}


class Command(BaseCommand):
    """The rest is set by the administrator, in the set-up."""

    help = "Founds an office with a first team, topic and channels, and invites its administrator."

    def add_arguments(self, parser: CommandParser) -> None:
        """What an office cannot be without."""
        for name, meaning in {
            "slug": "short name in addresses: a-z, 0-9 and hyphens",
            "name": "what the office is called, in every message",
            "phone": "its telephone number with country code, as it is dialled: +4946411234",
            "administrator": "the administrator's mail address",
            "first-name": "theirs",
            "last-name": "theirs",
        }.items():
            parser.add_argument(f"--{name}", required=True, help=meaning)
        parser.add_argument("--phone-display", help="the number as people write it down")
        parser.add_argument("--team", default="Team 1", help="the first team")
        parser.add_argument("--topic", default="Beratungsgespräch", help="the first topic")
        parser.add_argument("--channels", type=int, default=2, help="how many video channels")

    def handle(self, *args: Any, **told: Any) -> None:
        """Says where the administrator goes on; CommandError with what to change when nothing was made."""
        office = Office(
            name=told["name"],
            slug=told["slug"],
            phone=told["phone"],
            phone_display=told["phone_display"] or told["phone"],
            email="",
            team=told["team"],
            topic=told["topic"],
            channels=told["channels"],
        )
        administrator = Administrator(
            first_name=told["first_name"], last_name=told["last_name"], email=told["administrator"], password=None
        )
        try:
            staff = found_another_office(office=office, administrator=administrator, now=timezone.now())
        except Taken as taken:
            raise CommandError(TAKEN[taken.field]) from None
        except ValidationError as error:
            raise CommandError("; ".join(error.messages)) from None
        self.stdout.write(f"{office.slug} is there. {staff.email} gets a mail, and goes on in the set-up.")
