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
