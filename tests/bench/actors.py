"""Fake devices that behave like people: somebody who speaks, a head that moves."""

from __future__ import annotations

import math
import subprocess
import wave
from collections.abc import Iterator
from pathlib import Path

WIDTH, HEIGHT, RATE = 320, 240, 30
SECONDS = 10
RADII = (58, 78)
SENTENCES = (
    "Guten Tag, schön, dass Sie da sind. Können Sie mich gut hören?",
    "Wir haben heute eine halbe Stunde Zeit. Zuerst sprechen wir über Ihre Bewerbungen, dann über den Kurs.",
    "Der Kurs beginnt im nächsten Monat, immer montags bis donnerstags von neun bis zwölf Uhr.",
    "Was möchten Sie gern als Nächstes tun? Überlegen Sie in Ruhe, Sie müssen sich nicht sofort entscheiden.",
)
TURN_SECONDS = 10


def speech(folder: Path, *, name: str, begins: bool, always: bool = False) -> Path:
    """A voice of a minute: ten seconds of speech, ten of listening; or without a pause."""
    spoken = folder / f"{name}-spoken.wav"
    text = " ".join(SENTENCES * 3)
    subprocess.run(["espeak-ng", "-v", "de", "-s", "150", "-w", str(spoken), text], check=True)
    with wave.open(str(spoken)) as source:
        rate, sound = source.getframerate(), source.readframes(source.getnframes())
    turn = rate * TURN_SECONDS * source.getsampwidth()
    said = [sound[start : start + turn] for start in range(0, turn * 3, turn)]
    silence = bytes(turn)
    path = folder / f"{name}.wav"
    with wave.open(str(path), "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(rate)
        for part in said:
            pause = part if always else silence
            out.writeframes(part + pause if begins else pause + part)
    return path


def head(folder: Path, *, name: str) -> Path:
    """Ten seconds of a head that nods, sways and speaks before a still wall; as y4m."""
    path = folder / f"{name}.y4m"
    with path.open("wb") as out:
        out.write(f"YUV4MPEG2 W{WIDTH} H{HEIGHT} F{RATE}:1 Ip A1:1 C420jpeg\n".encode())
        for number in range(RATE * SECONDS):
            out.write(b"FRAME\n")
            out.writelines(_frame(2 * math.pi * number / (RATE * SECONDS), speaking=number // 4 % 2 == 0))
    return path


def _frame(phase: float, *, speaking: bool) -> Iterator[bytes]:
    """Luma and both halves of the colour, row by row."""
    x = WIDTH // 2 + round(24 * math.sin(3 * phase))
    y = HEIGHT // 2 + round(10 * math.sin(7 * phase))
    for row in range(HEIGHT):
        half = _half_width(row - y)
        line = bytearray(WALL[row])
        line[x - half : x + half] = SKIN[row - y + RADII[1]][: 2 * half] if half else b""
        if speaking and 30 < row - y < 44:
            line[x - 18 : x + 18] = bytes([40]) * 36
        yield bytes(line)
    for wall, skin in ((118, 105), (130, 152)):
        for row in range(0, HEIGHT, 2):
            half = _half_width(row - y) // 2
            plane = bytearray([wall]) * (WIDTH // 2)
            plane[x // 2 - half : x // 2 + half] = bytes([skin]) * (2 * half)
            yield bytes(plane)


def _half_width(distance: int) -> int:
    """Of an ellipse's row."""
    inside = 1 - (distance / RADII[1]) ** 2
    return round(RADII[0] * math.sqrt(inside)) if inside > 0 else 0


# Textures, so that there is something to encode: a papered wall, a face that is not flat.
WALL = [bytes(90 + (3 * row + 5 * column // 2) % 37 for column in range(WIDTH)) for row in range(HEIGHT)]
SKIN = [
    bytes(150 + round(30 * math.sin(column / 9) * math.cos(row / 7)) for column in range(2 * RADII[0] + 2))
    for row in range(2 * RADII[1] + 1)
]
