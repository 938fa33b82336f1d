"""The contact sheet: all pictures with their names, then what was found."""

from __future__ import annotations

import html
import json
from collections.abc import Iterable
from dataclasses import asdict
from itertools import groupby
from pathlib import Path

from tests.pictures.camera import Finding

FOUND = "findings.json"
STYLE = """
body { font: 16px/1.5 sans-serif; margin: 24px; background: #f4f4f4; color: #111 }
h2 { margin: 32px 0 8px; font-size: 18px }
ul { display: flex; flex-wrap: wrap; gap: 16px; align-items: flex-start; padding: 0; list-style: none }
figure { margin: 0 } figcaption { font-size: 13px }
img { display: block; height: 320px; max-width: 512px; border: 1px solid #ccc; object-fit: contain; background: #fff }
td { padding: 2px 12px 2px 0; vertical-align: top }
"""


def read_findings(folder: Path) -> list[Finding]:
    """What the last run found."""
    kept = folder / FOUND
    return [Finding(**one) for one in json.loads(kept.read_text())] if kept.is_file() else []


def write_sheet(folder: Path, findings: Iterable[Finding]) -> int:
    """Writes `index.html` over every picture in the folder; returns their number."""
    found = sorted(set(findings), key=lambda one: (one.kind, one.picture, one.text))
    (folder / FOUND).write_text(json.dumps([asdict(one) for one in found], indent=1, ensure_ascii=False))
    pictures = sorted(path.name for path in folder.glob("*.png"))
    groups = groupby(pictures, key=lambda name: name.rsplit(".", 2)[0])
    rows = "".join(
        f"<tr><td>{html.escape(one.kind)}<td>{html.escape(one.picture)}<td>{html.escape(one.text)}" for one in found
    )
    (folder / "index.html").write_text(
        f'<!doctype html><html lang="en"><meta charset="utf-8"><title>Nahbar: pictures</title><style>{STYLE}</style>'
        f"<h1>{len(pictures)} pictures</h1>{''.join(_group(name, list(files)) for name, files in groups)}"
        f"<h2>{len(found)} findings</h2><table>{rows}</table>"
    )
    return len(pictures)


def _group(name: str, files: list[str]) -> str:
    figures = "".join(
        f'<li><figure><a href="{file}"><img src="{file}" alt="" loading="lazy"></a>'
        f"<figcaption>{html.escape(file.removesuffix('.png'))}</figcaption></figure>"
        for file in files
    )
    return f"<h2>{html.escape(name)}</h2><ul>{figures}</ul>"
