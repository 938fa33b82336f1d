"""How a page is looked at: sizes, schemes, languages."""

from __future__ import annotations

from dataclasses import dataclass

GERMAN, PLAIN, PSEUDO = "de", "de-simple", "qps"


@dataclass(frozen=True)
class Look:
    """One way to look at a page; `whole` adds a picture of all of it where it is longer."""

    name: str
    width: int
    height: int
    dark: bool = False
    whole: bool = False
    # As it comes out of a printer: A4 across at 96 dots an inch.
    printed: bool = False


# For each language the looks a page is pictured in; the first is the one people act in.
Looks = dict[str, tuple[Look, ...]]

_PHONE = Look("360", 360, 640, whole=True)
_PHONE_DARK = Look("360-dark", 360, 640, dark=True)
_NARROW = Look("320", 320, 568)
_DESK, _DESK_DARK = Look("1440", 1440, 900, whole=True), Look("1440-dark", 1440, 900, dark=True)
_TABLET = Look("768", 768, 1024)
_ACROSS = Look("across", 640, 360)

CLIENT_PAGE: Looks = {
    GERMAN: (_PHONE, _PHONE_DARK, _NARROW, _TABLET, _DESK, _DESK_DARK),
    PLAIN: (Look("plain", 360, 640, whole=True),),
    PSEUDO: (Look("pseudo", 360, 640, whole=True), Look("pseudo-320", 320, 568)),
}
CLIENT_TALK: Looks = {
    GERMAN: (_PHONE, _ACROSS, Look("1440", 1440, 900)),
    PLAIN: (Look("plain", 360, 640),),
    PSEUDO: (Look("pseudo", 360, 640), Look("pseudo-across", 640, 360)),
}
STAFF_PAGE: Looks = {
    GERMAN: (_DESK, _DESK_DARK, _TABLET, _PHONE, _PHONE_DARK),
    PSEUDO: (Look("pseudo", 1440, 900, whole=True), Look("pseudo-360", 360, 640)),
}
CALENDAR_PAGE: Looks = {
    GERMAN: (
        _DESK,
        _DESK_DARK,
        _TABLET,
        Look("768-dark", 768, 1024, dark=True),
        _PHONE,
        _PHONE_DARK,
        Look("print", 1047, 718, printed=True),
    ),
    PSEUDO: STAFF_PAGE[PSEUDO],
}
PRINTED_PAGE: Looks = {
    GERMAN: (
        _DESK,
        Look("1440-dark", 1440, 900, dark=True, whole=True),
        _TABLET,
        _PHONE,
        Look("print", 718, 1047, printed=True, whole=True),
    ),
    PSEUDO: STAFF_PAGE[PSEUDO],
}
TABLET_PAGE: Looks = {
    GERMAN: (Look("1024", 1024, 768), _TABLET, Look("360", 360, 640), _ACROSS),
    PSEUDO: (Look("pseudo", 1024, 768),),
}
