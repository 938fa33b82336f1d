"""Numbers as they are dialled."""

from __future__ import annotations

import phonenumbers


def dialled(written: str) -> str:
    """The number for a `tel:` link; as written where nobody can tell the country, empty for none."""
    try:
        number = phonenumbers.parse(written, "DE")
    except phonenumbers.NumberParseException:
        return "".join(character for character in written if character.isdigit() or character == "+")
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def valid_number(written: str) -> str:
    """The number in E.164 (German where no country stands before it); empty for one that cannot be called."""
    try:
        number = phonenumbers.parse(written, "DE")
    except phonenumbers.NumberParseException:
        return ""
    if not phonenumbers.is_valid_number(number):
        return ""
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
