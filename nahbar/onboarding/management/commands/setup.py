"""`python -m nahbar setup`: from a configuration to a page that asks for the first office."""

from __future__ import annotations

import sys
from typing import Any

from django.conf import settings
from django.core.checks import ERROR, CheckMessage, run_checks
from django.core.mail import EmailMultiAlternatives
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandParser
from django.db import DatabaseError, connection
from django.urls import reverse
from django.utils import timezone

from nahbar.calls.reach import examine
from nahbar.jobcenters.models import JobCenter
from nahbar.jobcenters.readiness import missing
from nahbar.onboarding.first_run import is_needed, setup_code
from nahbar.outbox.faults import whereabouts
from nahbar.outbox.smtp import Conversation, Refused, Unanswered, Unreachable


class Command(BaseCommand):
    """Can be run again at any time: it changes nothing that is right already. Ends with 1 when something is missing."""

    help = "Checks configuration, mail and media server, prepares the database, and says what comes next."
    # Run in handle(), where all of them are shown, each with what to do.
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        """Both tests speak to other machines; either can be left out."""
        parser.add_argument("--test-mail", metavar="ADDRESS", help="send a real test mail there")
        parser.add_argument("--skip-media", action="store_true", help="do not knock at the media server")

    def handle(self, *args: Any, test_mail: str | None, skip_media: bool, **options: Any) -> None:
        """Stops at the first thing without which nothing further can be said."""
        if not (self._configuration() and self._database()):
            self.stdout.write("Mend these, and start again.")
            sys.exit(1)
        # Each is tried, whatever the others say.
        fit = [self._mail(test_mail), skip_media or self._media(), self._offices()]
        if not all(fit):
            sys.exit(1)

    def _fine(self, words: str) -> bool:
        self.stdout.write(f"ok       {words}")
        return True

    def _lacks(self, words: str, hint: str | None = None) -> bool:
        self.stdout.write(f"MISSING  {words}")
        if hint:
            self.stdout.write(f"         {hint}")
        return False

    def _configuration(self) -> bool:
        found: list[CheckMessage] = [one for one in run_checks() if one.level >= ERROR]
        for one in found:
            self._lacks(str(one.msg), one.hint)
        return not found and self._fine("Configuration")

    def _database(self) -> bool:
        try:
            connection.ensure_connection()
            call_command("migrate", verbosity=0)
            call_command("createcachetable", verbosity=0)
        except DatabaseError as error:
            hint = "Set NAHBAR_DATABASE, create the database, and let this account own it."
            return self._lacks(f"Database: {whereabouts(error)}", hint)
        return self._fine(f"Database ({connection.vendor}), its tables up to date")

    def _mail(self, address: str | None) -> bool:
        if not address:
            self.stdout.write(
                "         Mail was not tried: --test-mail ADDRESS sends one, and so does the set-up's page."
            )
            return True
        mail = EmailMultiAlternatives("Nahbar: test mail", "It came: the mail server takes what Nahbar sends.\n")
        mail.to = [address]
        server = f"{settings.EMAIL_HOST}:{settings.EMAIL_PORT}"
        try:
            with Conversation(mail) as conversation:
                conversation.offer()
                conversation.hand_over()
        except (Refused, Unreachable, Unanswered) as error:
            return self._lacks(f"Mail: {server}: {error}", "Look at NAHBAR_SMTP_… and NAHBAR_MAIL_FROM.")
        return self._fine(f"Mail: {server} has taken one for {address}; look whether it came")

    def _media(self) -> bool:
        findings = [self._fine(one.says) if one.open else self._lacks(one.says) for one in examine(now=timezone.now())]
        return all(findings)

    def _offices(self) -> bool:
        """The way to the first office, or what each still lacks."""
        if is_needed():
            self.stdout.write(
                "\nThere is no office yet. Start web, worker and clock, and open\n\n"
                f"  {settings.NAHBAR_BASE_URL}{reverse('first_run')}\n\n"
                f"It asks for this code: {setup_code()}"
            )
            return True
        lacking = [(office, gap) for office in JobCenter.objects.all() for gap in missing(office)]
        for office, gap in lacking:
            page = reverse("office_setup", args=[office.slug])
            self._lacks(f"{office.slug}: {gap.words}", f"{settings.NAHBAR_BASE_URL}{page}")
        return not lacking and self._fine("Every office has what it needs")
