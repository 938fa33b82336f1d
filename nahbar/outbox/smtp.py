"""One SMTP conversation for one mail, in two halves.

Django's backend opens the line (host, TLS, login, timeouts come from the settings), but its
`send_messages` cannot say whether a line that broke had already carried the text. That decides
between sending again and leaving the fate to a person, so the steps are taken one by one here.
"""

import smtplib
from contextlib import suppress
from types import TracebackType
from typing import Self

from django.core.mail import EmailMultiAlternatives
from django.core.mail.backends.smtp import EmailBackend
from django.core.mail.message import sanitize_address

# Servers may scan a mail before they answer. Twice this (DATA, text) is less than the lease.
ANSWER_TIMEOUT = 60
GOODBYE_TIMEOUT = 5


class Refused(Exception):
    """The server answered no. Permanent only where it speaks of this mail or this recipient."""

    def __init__(self, code: int, *, permanent: bool) -> None:
        super().__init__(f"{code} {'permanent' if permanent else 'temporary'}")
        self.permanent = permanent


class Unreachable(Exception):
    """No line, or it broke before the text went out: nothing was sent."""


class Unanswered(Exception):
    """The line broke after the text went out: it may have been taken."""


class Conversation:
    def __init__(self, mail: EmailMultiAlternatives) -> None:
        self._backend = EmailBackend()
        self._sender = sanitize_address(mail.from_email, "utf-8")
        self._recipient = sanitize_address(mail.to[0], "utf-8")
        # `linesep` is Django's addition to the standard library's method.
        self._text = mail.message().as_bytes(linesep="\r\n")  # type: ignore[call-arg]

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        # What matters has been said; a server that cannot say goodbye changes nothing.
        with suppress(OSError):
            self._be_patient(GOODBYE_TIMEOUT)
            self._backend.close()

    def offer(self) -> None:
        """Connect, name sender and recipient. Raises Refused or Unreachable; nothing is sent."""
        try:
            self._backend.open()
            line = self._line
            line.ehlo_or_helo_if_needed()
            options = ["BODY=8BITMIME"] if line.has_extn("8bitmime") else []
            _expect(line.mail(self._sender, options), final=False)
            _expect(line.rcpt(self._recipient), final=True)
        except smtplib.SMTPResponseException as exc:
            raise Refused(exc.smtp_code, permanent=False) from None
        except OSError as exc:
            raise Unreachable(f"unreachable {type(exc).__name__}") from None

    def hand_over(self) -> None:
        """Send the text. Raises Refused, or Unanswered when nobody knows whether it was taken."""
        try:
            self._be_patient(ANSWER_TIMEOUT)
            answer = self._line.data(self._text)
        except smtplib.SMTPResponseException as exc:
            answer = exc.smtp_code, b""
        except OSError as exc:
            raise Unanswered(f"unanswered {type(exc).__name__}") from None
        _expect(answer, final=True)

    def _be_patient(self, seconds: float) -> None:
        sock = self._line.sock
        if sock is not None:
            sock.settimeout(seconds)

    @property
    def _line(self) -> smtplib.SMTP:
        line = self._backend.connection
        if line is None:
            raise smtplib.SMTPServerDisconnected
        return line


def _expect(answer: tuple[int, bytes], *, final: bool) -> None:
    """Refused unless the answer is 2xx; only a `final` 5xx is about this mail."""
    code = answer[0]
    if not 200 <= code < 300:
        raise Refused(code, permanent=final and code >= 500)
