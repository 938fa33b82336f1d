"""What the scripts of the call documents say: every text that changes while the page stands.

Texts that never change stand in the templates. A value `{name}` is filled in by the script. Texts
that end in `_steps` hold one step a line. Only the steps of the visitor's own browser are sent.
"""

from __future__ import annotations

from collections.abc import Mapping

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

Texts = dict[str, Promise]

BOTH: Texts = {
    "try_again": _("Noch einmal versuchen"),
    "microphone_on": _("Mikrofon"),
    "microphone_off": _("Mikrofon aus"),
    "camera_on": _("Kamera"),
    "camera_off": _("Kamera aus"),
    "sound_only_said": _("Nur Ton. Das Bild ist auf beiden Seiten aus."),
    "sound_only": _("Nur Ton"),
    "picture_again": _("Das Bild ist wieder da."),
    "peer_microphone_on": _("{name}: Mikrofon ist an"),
    "peer_microphone_off": _("{name}: Mikrofon ist aus"),
    "peer_camera_on": _("{name}: Kamera ist an"),
    "peer_camera_off": _("{name}: Kamera ist aus"),
    "speaks": _("{name} spricht"),
    "you_speak": _("Sie sprechen"),
    "minutes": _("{count} Min."),
    "away_title": _("Einen Moment, wir verbinden neu"),
    "away_text": _("Ihre Verbindung war kurz weg. Sie müssen nichts tun und nicht neu warten."),
    "alone_title": _("{name} ist gerade nicht verbunden"),
    "alone_text": _("Bitte bleiben Sie da. Es geht von selbst weiter."),
    "late_title": _("Sprechen Sie am Telefon weiter"),
    "late_text": _("Der Termin gilt. Wir versuchen es auch hier weiter."),
    "away_seconds": _("seit {count} Sekunden"),
    "line_own": _("Ihr Netz ist schwach"),
    "line_peer": _("Das Netz bei {whom} ist schwach"),
    "still": _("{name} hören Sie. Das Bild steht, das Netz ist schwach."),
    "own_still": _("Ihr Bild steht. Ihr Ton geht weiter."),
    "back_again": _("Die Verbindung ist wieder da."),
    "microphone_dismissed_title": _("Das Mikrofon ist noch aus"),
    "microphone_blocked_title": _("Ihr Browser hat das Mikrofon gesperrt"),
    "microphone_system_title": _("Ihr Gerät gibt das Mikrofon nicht frei"),
    "microphone_missing_title": _("Wir finden kein Mikrofon"),
    "microphone_in_use_title": _("Das Mikrofon ist belegt"),
    "microphone_unknown_title": _("Das Mikrofon geht nicht an"),
    "camera_dismissed_title": _("Die Kamera ist noch aus"),
    "camera_blocked_title": _("Ihr Browser hat die Kamera gesperrt"),
    "camera_system_title": _("Ihr Gerät gibt die Kamera nicht frei"),
    "camera_missing_title": _("Wir finden keine Kamera"),
    "camera_in_use_title": _("Die Kamera ist belegt"),
    "camera_unknown_title": _("Die Kamera geht nicht an"),
    "dismissed_text": _("Ihr Browser fragt gleich noch einmal. Sie entscheiden."),
    "dismissed_steps": _(
        "Tippen Sie auf „Noch einmal versuchen“.\nTippen Sie in der Frage auf „Erlauben“ oder „Zulassen“."
    ),
    "blocked_text": _("So schalten Sie es frei:"),
    "system_text": _("So geben Sie es für Ihren Browser frei:"),
    "missing_text": _("Am Telefon geht es sofort. Oder prüfen Sie:"),
    "missing_steps": _(
        "Ist ein Headset oder eine Kamera angesteckt? Ziehen Sie den Stecker und stecken Sie ihn neu ein.\n"
        "Tippen Sie auf „Noch einmal versuchen“."
    ),
    "in_use_text": _("Eine andere App benutzt es gerade."),
    "in_use_steps": _(
        "Schließen Sie andere Apps, zum Beispiel andere Video-Gespräche.\nTippen Sie auf „Noch einmal versuchen“."
    ),
    "unknown_text": _("Der Browser nennt keinen Grund. Das hilft meistens:"),
    "unknown_steps": _("Schließen Sie andere Apps.\nSchließen Sie den Browser und öffnen Sie den Link noch einmal."),
    "unfit_insecure_title": _("Hier geht kein Video"),
    "insecure_text": _("Diese Adresse ist nicht geschützt. Darum gibt der Browser Kamera und Mikrofon nicht frei."),
    "insecure_steps": _("Öffnen Sie den Link aus Ihrer Einladung noch einmal."),
    "unfit_outdated_title": _("Dieser Browser ist zu alt für Video"),
    "outdated_text": _("Am Telefon geht es sofort. Oder mit einem neueren Browser:"),
    "outdated_steps": _("Laden Sie die neueste Fassung Ihres Browsers.\nÖffnen Sie dort den Link aus Ihrer Einladung."),
    "connection_unreachable_title": _("Die Verbindung kommt nicht zustande"),
    "unreachable_text": _("Vielleicht ist das Netz hier zu schwach. Am Telefon geht es sofort."),
    "unreachable_steps": _(
        "Gehen Sie näher ans Fenster oder an Ihr WLAN.\n"
        "Schalten Sie WLAN aus und mobile Daten ein oder umgekehrt.\n"
        "Tippen Sie auf „Noch einmal versuchen“."
    ),
}

CLIENT: Texts = {
    "telephone_failed": _("Ohne Netz erreichen wir das Jobcenter hier nicht. Bitte rufen Sie selbst an."),
    "net_wifi": _("Ja, WLAN"),
    "net_mobile": _("Nein, mobile Daten"),
    "go_waiting_room": _("Zum Warteraum"),
    "go_microphone": _("Mikrofon einschalten"),
    "go_camera": _("Kamera einschalten"),
    "go_camera_next": _("Weiter zur Kamera"),
    "go_sound_next": _("Weiter zum Ton"),
    "go_tone": _("Ton abspielen"),
    "heard_yes": _("Ja, ich höre ihn"),
    "heard_no": _("Nein, ich höre nichts"),
    "tone_again": _("Ton noch einmal abspielen"),
    "go_on_anyway": _("Trotzdem weiter"),
    "without_microphone": _("Ohne Mikrofon weiter"),
    "without_camera": _("Ohne Kamera weiter"),
    "listening": _("Sprechen Sie ruhig. Der Balken bewegt sich."),
    "heard": _("Wir hören Sie gut."),
    "copied": _("Der Link ist kopiert."),
    "copy_by_hand": _("Halten Sie den Link gedrückt und kopieren Sie ihn."),
    "microphone_in_app_title": _("Öffnen Sie den Link im Browser"),
    "camera_in_app_title": _("Öffnen Sie den Link im Browser"),
    "unfit_in_app_title": _("Öffnen Sie den Link im Browser"),
    "in_app_text": _("Sie sind in einer anderen App. Sie gibt Kamera und Mikrofon nicht frei."),
    "wait_microphone_on": _("Mikrofon ist bereit"),
    "wait_microphone_off": _("Mikrofon ist aus"),
    "wait_camera_on": _("Kamera ist bereit"),
    "wait_camera_off": _("Kamera ist aus"),
    "wait_line_on": _("Verbindung steht"),
    "wait_line_off": _("Wir verbinden neu"),
    "switch_on": _("einschalten"),
    "switch_off": _("ausschalten"),
    "switch_on_microphone": _("Mikrofon einschalten"),
    "switch_off_microphone": _("Mikrofon ausschalten"),
    "switch_on_camera": _("Kamera einschalten"),
    "switch_off_camera": _("Kamera ausschalten"),
    "connecting": _("Wir verbinden Sie mit {whom}"),
    "admitted": _("Das Gespräch mit {whom} beginnt."),
    "data": _("{count} MB"),
    "data_little": _("unter 1 MB"),
    "elsewhere_title": _("Das Gespräch läuft auf einem anderen Gerät"),
    "elsewhere_text": _(
        "Sie haben den Link auch an einem anderen Ort geöffnet. Hier geht es weiter, wenn Sie möchten."
    ),
    "go_here": _("Hier weitermachen"),
    "removed_title": _("Das Video ist beendet"),
    "removed_text": _("Ihr Termin gilt weiter. Rufen Sie uns an, dann sprechen wir am Telefon."),
}

COUNSELLOR: Texts = {
    "takeover": _("{name} möchte auf einem anderen Gerät weitersprechen."),
    "telephone_failed": _("Das Umschalten hat nicht geklappt. Rufen Sie an; der Termin gilt weiter."),
    "client_absent": _("{name} ist noch nicht da."),
    "client_waiting": _("{name} wartet."),
    "client_admitted": _("Wir verbinden Sie mit {whom}"),
    "client_out": _("{name} hat gerade keine Verbindung. Sie müssen nichts tun."),
    "client_left": _("{name} hat aufgelegt."),
    "client_removed": _("{name} ist nicht mehr im Gespräch."),
    "admit_failed": _("Das Einlassen hat nicht geklappt. Bitte noch einmal."),
    "in_app_text": _("Öffnen Sie diese Seite in Ihrem Browser."),
}

# Text and help with sound, on both sides. "here": the one who reads it can do something; "there": the other one.
BESIDE: Texts = {
    "text_here": _("Hier schreiben"),
    "text_nobody": _("{name} ist noch nicht da."),
    "text_you": _("Sie"),
    "text_writes": _("{name} schreibt"),
    "text_said": _("{name}: {text}"),
    "text_came": _("{name} hat Ihnen geschrieben."),
    "text_kept": _("{name} hat eine Abschrift behalten."),
    "keep_head": _("Was wir im Gespräch geschrieben haben. Gespräch mit {whom}."),
    "keep_file": _("Abschrift.txt"),
    "keep_said": _("Die Abschrift liegt jetzt auf Ihrem Gerät."),
    "hear_title": _("Sie hören nichts?"),
    "unheard_title": _("{name} hört Sie nicht"),
    "hear_looking": _("Wir sehen auf beiden Seiten nach. Bitte sprechen Sie beide."),
    "hear_again": _("Noch einmal prüfen"),
    "hear_do_unmute": _("Mikrofon einschalten"),
    "hear_do_reopen": _("Mikrofon neu einschalten"),
    "hear_do_play": _("Ton neu einschalten"),
    "hear_alone": _("{name} ist gerade nicht im Gespräch."),
    "hear_line": _("Es kommt kein Ton an. Das Netz ist gerade zu schwach. Am Telefon geht es sofort."),
    "hear_quiet": _("Die Verbindung steht, aber es ist still. Sprechen Sie beide und prüfen Sie noch einmal."),
    "hear_microphone_none_here": _("Man hört Sie nicht: Ihr Mikrofon ist nicht eingeschaltet."),
    "hear_microphone_none_there": _("{name} hat kein Mikrofon eingeschaltet. Dort steht jetzt ein Hinweis."),
    "hear_microphone_off_here": _("Man hört Sie nicht: Ihr Mikrofon ist aus."),
    "hear_microphone_off_there": _("Das Mikrofon von {whom} ist aus. Dort steht jetzt ein Hinweis."),
    "hear_microphone_ended_here": _("Man hört Sie nicht: Ihr Gerät hat das Mikrofon abgeschaltet."),
    "hear_microphone_ended_there": _(
        "{name} hat gerade kein Mikrofon: Das Gerät hat es abgeschaltet. Dort steht jetzt ein Hinweis."
    ),
    "hear_microphone_held_here": _(
        "Man hört Sie nicht: Ihr Gerät hält das Mikrofon stumm. "
        "Beenden Sie andere Anrufe oder drücken Sie die Taste am Headset."
    ),
    "hear_microphone_held_there": _("Das Gerät von {whom} hält das Mikrofon stumm. Dort steht jetzt ein Hinweis."),
    "hear_not_sent_here": _("Man hört Sie nicht: Ihr Ton geht nicht hinaus."),
    "hear_not_sent_there": _("Von {whom} geht kein Ton hinaus. Dort steht jetzt ein Hinweis."),
    "hear_silent_here": _("Aus Ihrem Mikrofon kommt kein Ton. Ist am Headset oder am Kabel ein Schalter für stumm?"),
    "hear_silent_there": _("Aus dem Mikrofon von {whom} kommt kein Ton. Dort steht jetzt ein Hinweis."),
    "hear_paused_here": _("Ihr Browser spielt den Ton nicht ab. Schalten Sie ihn neu ein."),
    "hear_paused_there": _("{name} hört Sie nicht: Der Browser spielt nichts ab. Dort steht jetzt ein Hinweis."),
    "hear_silenced_here": _("Auf dieser Seite ist der Ton stumm. Schalten Sie ihn neu ein."),
    "hear_silenced_there": _("{name} hat den Ton stumm. Dort steht jetzt ein Hinweis."),
    "hear_bluetooth_here": _(
        "Der Ton kommt an und geht an ein Bluetooth-Gerät. Setzen Sie es auf oder schalten Sie es aus."
    ),
    "hear_output_here": _("Der Ton kommt an, vielleicht am falschen Gerät. Wo möchten Sie hören?"),
    "hear_volume_here": _("Der Ton kommt an. Drücken Sie die Taste für laut, oder ziehen Sie den Kopfhörer ab."),
}

_IOS = _(
    "Öffnen Sie die Einstellungen Ihres Geräts.\nTippen Sie auf „Apps“ und auf den Namen dieses Browsers.\n"
    "Schalten Sie Mikrofon und Kamera ein.\n"
    "Kommen Sie hierher zurück und tippen Sie auf „Noch einmal versuchen“."
)

_BLOCKED = {
    "chrome-android": _(
        "Tippen Sie links neben der Adresse auf das Zeichen mit den Reglern oder dem Schloss.\n"
        "Tippen Sie auf „Berechtigungen“.\nSchalten Sie Mikrofon und Kamera ein.\n"
        "Tippen Sie hier auf „Noch einmal versuchen“."
    ),
    "firefox-android": _(
        "Tippen Sie links neben der Adresse auf das Schloss.\n"
        "Tippen Sie bei Mikrofon und Kamera auf „Blockiert“. Dann steht dort „Erlaubt“.\n"
        "Tippen Sie hier auf „Noch einmal versuchen“."
    ),
    "safari-ios": _(
        "Tippen Sie neben der Adresse auf „AA“ oder auf das Zeichen mit der Seite.\n"
        "Tippen Sie auf „Website-Einstellungen“.\nStellen Sie Kamera und Mikrofon auf „Erlauben“.\n"
        "Tippen Sie hier auf „Noch einmal versuchen“."
    ),
    "other-ios": _IOS,
    "firefox-desktop": _(
        "Klicken Sie links neben der Adresse auf das durchgestrichene Zeichen.\n"
        "Klicken Sie bei Mikrofon und Kamera auf das Kreuz neben „Blockiert“.\n"
        "Klicken Sie hier auf „Noch einmal versuchen“."
    ),
    "safari-desktop": _(
        "Öffnen Sie oben das Menü „Safari“.\nWählen Sie „Einstellungen für diese Website“.\n"
        "Stellen Sie Kamera und Mikrofon auf „Erlauben“.\nKlicken Sie hier auf „Noch einmal versuchen“."
    ),
    "other": _(
        "Klicken Sie links neben der Adresse auf das Zeichen mit den Reglern oder dem Schloss.\n"
        "Schalten Sie Mikrofon und Kamera ein.\nKlicken Sie hier auf „Noch einmal versuchen“."
    ),
}

_SYSTEM = {
    "android": _(
        "Öffnen Sie die Einstellungen Ihres Handys.\nTippen Sie auf „Apps“ und dann auf Ihren Browser.\n"
        "Tippen Sie auf „Berechtigungen“ und erlauben Sie Mikrofon und Kamera.\n"
        "Kommen Sie hierher zurück und tippen Sie auf „Noch einmal versuchen“."
    ),
    "ios": _IOS,
    "windows": _(
        "Öffnen Sie in Windows „Einstellungen“, dann „Datenschutz und Sicherheit“.\n"
        "Erlauben Sie unter „Mikrofon“ und „Kamera“ den Zugriff für Desktop-Apps.\n"
        "Klicken Sie hier auf „Noch einmal versuchen“."
    ),
    "mac": _(
        "Öffnen Sie „Systemeinstellungen“, dann „Datenschutz & Sicherheit“.\n"
        "Schalten Sie unter „Mikrofon“ und „Kamera“ Ihren Browser ein.\nStarten Sie den Browser neu."
    ),
    "other": _(
        "Öffnen Sie die Einstellungen Ihres Geräts.\nErlauben Sie Ihrem Browser Mikrofon und Kamera.\n"
        "Klicken Sie hier auf „Noch einmal versuchen“."
    ),
}

_IN_APP = {
    "ios": _(
        "Tippen Sie auf das Kompass-Zeichen oder auf die drei Punkte.\nTippen Sie auf „In Safari öffnen“.\n"
        "Geht das nicht: Kopieren Sie den Link aus Ihrer Einladung und fügen Sie ihn in Safari ein."
    ),
    "other": _(
        "Tippen Sie oben auf die drei Punkte.\nTippen Sie auf „Im Browser öffnen“.\n"
        "Geht das nicht: Kopieren Sie den Link aus Ihrer Einladung und fügen Sie ihn in Chrome ein."
    ),
}


def for_client(browser: Mapping[str, str | bool], *, whom: str) -> dict[str, str]:
    """All texts of the client's call document, in the language that is active now.

    `whom` is the other person after "mit" and "von": German bends a "Herr" there.
    """
    texts = BOTH | CLIENT | _steps(browser)
    # Only an app's own window ever says so: nobody else pays for the words.
    return _resolved({key: text for key, text in texts.items() if browser["inApp"] or "in_app" not in key}, whom)


def for_counsellor(browser: Mapping[str, str | bool], *, whom: str) -> dict[str, str]:
    """All texts of the counsellor's call document."""
    return _resolved(BOTH | COUNSELLOR | _steps(browser), whom)


def for_beside(*, whom: str) -> dict[str, str]:
    """The texts of what stands beside the talk, on either side."""
    return _resolved(BESIDE, whom)


def _steps(browser: Mapping[str, str | bool]) -> Texts:
    family, system = str(browser["family"]), str(browser["os"])
    return {
        "blocked_steps": _BLOCKED[_blocked_key(family, system)],
        "system_steps": _SYSTEM.get(system, _SYSTEM["other"]),
        "in_app_steps": _IN_APP.get(system, _IN_APP["other"]),
    }


def _blocked_key(family: str, system: str) -> str:
    if system == "ios":
        return "safari-ios" if family == "safari" else "other-ios"
    if system == "android":
        return "firefox-android" if family == "firefox" else "chrome-android"
    return f"{family}-desktop" if family in {"firefox", "safari"} else "other"


def _resolved(texts: Texts, whom: str) -> dict[str, str]:
    return {key: str(text).replace("{whom}", whom) for key, text in texts.items()}
