"""What leaves the house for a spreadsheet."""

from __future__ import annotations

# Spreadsheets take what begins so for a formula (OWASP, CSV injection).
FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")
# Spreadsheets read UTF-8 only with this mark before it.
MARK = "\N{BYTE ORDER MARK}"
# In Germany they part cells by it.
DELIMITER = ";"


def harmless(value: str) -> str:
    """A cell that is no formula."""
    return f"'{value}" if value.startswith(FORMULA) else value
