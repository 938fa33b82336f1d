"""Texts for the counsellor's PC and tablet that change while their documents stand."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _

from nahbar.web.shared.call_texts import for_counsellor

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise as Promise  # exists for type checkers only

DESK: dict[str, Promise] = {
    "handed": _("Bild und Ton laufen auf dem Tablet."),
    "handed_silent": _("Das Tablet meldet sich nicht. Holen Sie Bild und Ton hierher."),
    "handed_admitted": _("{name} ist im Gespräch."),
    "tablet_ready": _("Das Tablet ist verbunden."),
    "tablet_minutes": _("Der Code gilt noch zwei Minuten."),
    "tablet_minute": _("Der Code gilt noch eine Minute."),
    "tablet_seconds": _("Der Code gilt noch {count} Sekunden."),
    "tablet_over": _("Der Code gilt nicht mehr. Lassen Sie sich einen neuen zeigen."),
    "tablet_failed": _("Das hat nicht geklappt. Bitte noch einmal."),
    "device_ok": _("geht"),
    "device_none": _("gibt es hier nicht"),
    "device_trouble": _("geht gerade nicht"),
    "device_unknown": _("noch nicht geprüft"),
    "camera_missing_title": _("Hier gibt es keine Kamera"),
    "microphone_missing_title": _("Hier gibt es kein Mikrofon"),
    "missing_text": _("Nehmen Sie das Tablet. Oder prüfen Sie:"),
}

TABLET: dict[str, Promise] = {
    "handed": _("Bild und Ton laufen am PC."),
    "handed_alone": _("Der PC ist noch nicht im Gespräch."),
    "client_absent": _("{name} ist gerade nicht zu sehen."),
    "late_title": _("Die Verbindung kommt nicht zurück"),
    "late_text": _("Gehen Sie zurück an den PC. Dort können Sie auch am Telefon weitersprechen."),
    "back_failed": _("Das Tablet erreicht den PC nicht. Holen Sie am PC Bild und Ton dorthin."),
    "missing_text": _("Am PC geht das Gespräch weiter. Oder prüfen Sie:"),
}


def for_desk() -> dict[str, str]:
    """What the PC's document says of the tablet."""
    return {key: str(text) for key, text in DESK.items()}


def for_tablet(browser: Mapping[str, str | bool], *, whom: str) -> dict[str, str]:
    """All texts of the tablet's document."""
    return for_counsellor(browser, whom=whom) | {key: str(text) for key, text in TABLET.items()}
