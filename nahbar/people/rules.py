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


def initials(first_name: str, last_name: str) -> str:
    """Up to two capital letters that stand for a person where no picture is."""
    return f"{first_name[:1]}{last_name[:1]}".upper()
