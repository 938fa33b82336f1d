"""Numbers as they are dialled."""

from __future__ import annotations

import phonenumbers


def dialled(written: str) -> str:
    """The number for a `tel:` link; as written where nobody can tell the country, empty for none."""
    number = _parsed(written)
    if number is None:
        return "".join(character for character in written if character.isdigit() or character == "+")
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def valid_number(written: str) -> str:
    """The number in E.164 (German where no country stands before it); empty for one that cannot be called."""
    number = _parsed(written)
    return dialled(written) if number is not None and phonenumbers.is_valid_number(number) else ""


def _parsed(written: str) -> phonenumbers.PhoneNumber | None:
    try:
        return phonenumbers.parse(written, "DE")
    except phonenumbers.NumberParseException:
        return None
