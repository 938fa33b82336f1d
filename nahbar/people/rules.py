"""Languages, forms of address, reasons to look, and where an import stands; no database."""

import datetime as dt

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

NOTES_LENGTH = 2_000
KEY_LENGTH = 40
# What an import kept of a file, and how long it can be undone.
IMPORT_PERIOD = dt.timedelta(days=14)


class Language(TextChoices):
    """Languages in which client pages and messages exist."""

    GERMAN = "de", _("Deutsch")
    PLAIN_GERMAN = "de-simple", _("Einfache Sprache")


class Salutation(TextChoices):
    """How a letter begins; none is a valid answer."""

    FRAU = "frau", _("Frau")
    HERR = "herr", _("Herr")
    NONE = "none", _("ohne Anrede")


class LinkPurpose(TextChoices):
    """What a personal link to an account is for."""

    INVITATION = "invitation", _("Einladung")
    PASSWORD = "password", _("Neues Kennwort")
    EMAIL = "email", _("Neue E-Mail-Adresse")


# How long a link is good for. An invitation outlives a week of illness, not a holiday; the others are asked for by
# whoever sits in front of their mails.
LINK_LIVES = {
    LinkPurpose.INVITATION: dt.timedelta(days=7),
    LinkPurpose.PASSWORD: dt.timedelta(hours=1),
    LinkPurpose.EMAIL: dt.timedelta(hours=24),
}
# Nobody floods a colleague with mails about a forgotten password.
PASSWORD_LINK_PAUSE = dt.timedelta(minutes=2)


class News(TextChoices):
    """What somebody is told by mail about their own account, so that nothing happens to it unseen."""

    MEMBERSHIP = "membership", _("Sie arbeiten jetzt auch in einem weiteren Jobcenter")
    PASSWORD_CHANGED = "password_changed", _("Ihr Kennwort wurde geändert")
    FACTOR_ADDED = "factor_added", _("Ihr Konto hat einen neuen zweiten Schritt")
    FACTOR_REMOVED = "factor_removed", _("Ein zweiter Schritt Ihres Kontos wurde entfernt")
    FACTOR_RESET = "factor_reset", _("Ihr zweiter Schritt wurde zurückgesetzt")
    CODES_MADE = "codes_made", _("Ihr Konto hat neue Ersatzcodes")
    EMAIL_ASKED = "email_asked", _("Ihre Adresse für die Anmeldung soll sich ändern")
    EMAIL_CHANGED = "email_changed", _("Ihre Adresse für die Anmeldung wurde geändert")
    IDENTITY_LINKED = "identity_linked", _("Ihr Konto ist mit dem Anmeldedienst verbunden")
    IDENTITY_UNLINKED = "identity_unlinked", _("Ihr Konto ist nicht mehr mit dem Anmeldedienst verbunden")


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


class KeyKind(TextChoices):
    """How a search key was made from the record."""

    NAME = "name"
    SOUND = "sound"
    NUMBER = "number"


class LookReason(TextChoices):
    """Why somebody opens the record of another team's client."""

    PERSON_ASKS = "person_asks", _("Die Person ist hier oder am Telefon")
    HELPS_OUT = "helps_out", _("Ich helfe dem zuständigen Team aus")
    HAND_OVER = "hand_over", _("Der Fall wird an mich oder mein Team übergeben")
    COMPLAINT = "complaint", _("Ich kläre ein Anliegen oder eine Beschwerde")
    DOUBLE = "double", _("Ich prüfe, ob es die Akte doppelt gibt")
    OTHER = "other", _("Ein anderer dienstlicher Grund")


class ImportState(TextChoices):
    """Where an import stands."""

    READING = "reading"
    FAILED = "failed"
    READ = "read"
    APPLYING = "applying"
    APPLIED = "applied"
    UNDOING = "undoing"
    UNDONE = "undone"


IMPORT_MOVES: dict[ImportState, frozenset[ImportState]] = {
    ImportState.READING: frozenset({ImportState.READ, ImportState.FAILED}),
    ImportState.FAILED: frozenset(),
    # It fails when somebody is erased whom it names.
    ImportState.READ: frozenset({ImportState.READING, ImportState.APPLYING, ImportState.FAILED}),
    ImportState.APPLYING: frozenset({ImportState.APPLIED}),
    ImportState.APPLIED: frozenset({ImportState.UNDOING}),
    ImportState.UNDOING: frozenset({ImportState.UNDONE}),
    ImportState.UNDONE: frozenset(),
}


class RowOutcome(TextChoices):
    """What a row of an import means for the records."""

    NEW = "new", _("neu")
    CHANGED = "changed", _("geändert")
    UNCHANGED = "unchanged", _("unverändert")
    WRONG = "wrong", _("nicht übernommen")


class RowFate(TextChoices):
    """What became of a row."""

    OPEN = "open"
    APPLIED = "applied"
    # Another person or import was quicker between preview and applying.
    OVERTAKEN = "overtaken"
    UNDONE = "undone"
    # Not undone: somebody changed the record since, or something hangs on it.
    KEPT_CHANGED = "kept_changed"
    KEPT_USED = "kept_used"
