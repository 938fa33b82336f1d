"""The colours of charts hold in both schemes, in greyscale, and for eyes that see fewer colours."""

from __future__ import annotations

import itertools
import re
from pathlib import Path

import pytest

SHEET = Path(__file__).parents[3] / "build/static/nb/staff.css"
LOOKS = ("held", "client", "office", "technical", "cancelled", "unknown", "open")
# What fills an area; the others are lines on the card's ground, and are told by their pattern.
AREAS = ("held", "client", "cancelled")
# WCAG 2.2, 1.4.11.
NON_TEXT = 3.0
# CIE76; about ten times what an eye just notices.
APART = 22

Colour = tuple[float, float, float]
# Machado, Oliveira, Fernandes (2009), severity 1, in linear light.
SEEN_BY = {
    "everybody": ((1, 0, 0), (0, 1, 0), (0, 0, 1)),
    "protanopia": ((0.152286, 1.052583, -0.204868), (0.114503, 0.786281, 0.099216), (-0.003882, -0.048116, 1.051998)),
    "deuteranopia": ((0.367322, 0.860646, -0.227968), (0.280085, 0.672501, 0.047413), (-0.011820, 0.042940, 0.968881)),
    "tritanopia": ((1.255528, -0.076749, -0.178779), (-0.078411, 0.930809, 0.147602), (0.004733, 0.691367, 0.303900)),
}


def _palettes() -> dict[str, dict[str, Colour]]:
    """Each variable's value by scheme: light is what stands first, dark what stands in the dark query."""
    text = SHEET.read_text(encoding="utf-8")
    found: dict[str, dict[str, Colour]] = {"light": {}, "dark": {}}
    for name, value in re.findall(r"--((?:fig|nb)-[a-z-]+):(#[0-9a-f]{3,6})\b", text):
        scheme = "dark" if name in found["light"] else "light"
        found[scheme].setdefault(name, _linear(value))
    return found


def _linear(hex_value: str) -> Colour:
    digits = hex_value[1:] if len(hex_value) == 7 else "".join(one * 2 for one in hex_value[1:])
    red, green, blue = (int(digits[place : place + 2], 16) / 255 for place in (0, 2, 4))
    return _to_linear(red), _to_linear(green), _to_linear(blue)


def _to_linear(value: float) -> float:
    return value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4


def seen(colour: Colour, who: str) -> Colour:
    """What these eyes make of it."""
    red, green, blue = (
        min(max(sum(part * channel for part, channel in zip(row, colour, strict=True)), 0), 1) for row in SEEN_BY[who]
    )
    return red, green, blue


def luminance(colour: Colour) -> float:
    """Relative, as WCAG has it."""
    return 0.2126 * colour[0] + 0.7152 * colour[1] + 0.0722 * colour[2]


def contrast(one: Colour, other: Colour) -> float:
    """As WCAG has it."""
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


def _lab(colour: Colour) -> Colour:
    red, green, blue = colour
    xyz = (
        (0.4124 * red + 0.3576 * green + 0.1805 * blue) / 0.95047,
        0.2126 * red + 0.7152 * green + 0.0722 * blue,
        (0.0193 * red + 0.1192 * green + 0.9505 * blue) / 1.08883,
    )
    x, y, z = (one ** (1 / 3) if one > 0.008856 else 7.787 * one + 16 / 116 for one in xyz)
    return 116 * y - 16, 500 * (x - y), 200 * (y - z)


def distance(one: Colour, other: Colour) -> float:
    """CIE76."""
    return float(sum((a - b) ** 2 for a, b in zip(_lab(one), _lab(other), strict=True)) ** 0.5)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("who", SEEN_BY)
def test_every_look_stands_out_from_the_card(scheme: str, who: str) -> None:
    palette = _palettes()[scheme]
    card = seen(palette["nb-card"], who)
    contrasts = {look: contrast(seen(palette[f"fig-{look}"], who), card) for look in LOOKS}
    assert {look: value for look, value in contrasts.items() if value < NON_TEXT} == {}


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("who", SEEN_BY)
def test_areas_beside_each_other_are_told_apart(scheme: str, who: str) -> None:
    palette = _palettes()[scheme]
    eyes = {look: seen(palette[f"fig-{look}"], who) for look in AREAS}
    apart = {pair: distance(eyes[pair[0]], eyes[pair[1]]) for pair in itertools.combinations(AREAS, 2)}
    assert {pair: value for pair, value in apart.items() if value < APART} == {}


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_what_took_place_is_told_from_the_rest_without_any_colour(scheme: str) -> None:
    palette = _palettes()[scheme]
    for look in ("client", "technical", "cancelled"):
        assert contrast(palette["fig-held"], palette[f"fig-{look}"]) >= 1.5, look
