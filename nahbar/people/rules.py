"""Languages people read and how they are addressed; no database."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class Language(TextChoices):
    """Languages in which client pages and messages exist."""

    GERMAN = "de", _("Deutsch")
    PLAIN_GERMAN = "de-simple", _("Einfache Sprache")


class Salutation(TextChoices):
    """How a letter begins; none is a valid answer."""

    FRAU = "frau", _("Frau")
    HERR = "herr", _("Herr")
    NONE = "none", _("ohne Anrede")


class HoldReason(TextChoices):
    """Why a file must not be erased yet; never what the matter is about."""

    DISPUTE = "dispute", _("Widerspruch oder Klage")
    CLAIM = "claim", _("Forderung ist noch offen")
    REVIEW = "review", _("Prüfung durch Revision oder Aufsicht")
    PERSON = "person", _("Die Person braucht die Daten noch")


class Hindrance(TextChoices):
    """Why a person cannot be erased now."""

    IN_TALK = "in_talk", _("Die Person ist gerade in einem Gespräch.")
    WAITING = "waiting", _("Die Person wartet gerade auf ein Gespräch.")
    TO_COME = "to_come", _("Es stehen noch Termine bevor.")
    MAIL = "mail", _("Eine Nachricht an die Person ist noch unterwegs.")
    HOLD = "hold", _("Eine Löschsperre gilt.")


def initials(first_name: str, last_name: str) -> str:
    """Up to two capital letters that stand for a person where no picture is."""
    return f"{first_name[:1]}{last_name[:1]}".upper()
