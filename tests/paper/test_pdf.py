"""HTML becomes a tagged PDF in its language, and nothing is fetched for it."""

from __future__ import annotations

import io
from typing import Any

import pytest
from pypdf import PdfReader

from nahbar.paper.pdf import Fetched, pdf

PAGE = """<!doctype html><html lang="de"><head><meta charset="utf-8"><title>Ihre Daten</title>{head}</head>
<body><h1>Ihre Daten</h1><table><thead><tr><th scope="col">Wann</th></tr></thead>
<tbody><tr><td>heute, für Müller</td></tr></tbody></table>{body}</body></html>"""


def test_document_is_tagged_titled_and_in_its_language() -> None:
    reader = PdfReader(io.BytesIO(pdf(PAGE.format(head="", body=""))))
    root: Any = reader.root_object

    assert root["/Lang"] == "de"
    assert root["/MarkInfo"]["/Marked"].value is True
    assert "/StructTreeRoot" in root
    assert reader.metadata is not None
    assert reader.metadata.title == "Ihre Daten"
    assert b"pdfuaid:part" in root["/Metadata"].get_data()
    assert "heute, für Müller" in reader.pages[0].extract_text()


@pytest.mark.parametrize(
    ("head", "body"),
    [
        ("", '<img alt="x" src="http://127.0.0.1:9/x.png">'),
        ("", '<img alt="x" src="file:///etc/hostname">'),
        ('<link rel="stylesheet" href="http://127.0.0.1:9/x.css">', ""),
        ("", '<p style="background: url(data:image/png;base64,AAAA)">x</p>'),
    ],
)
def test_nothing_is_fetched(head: str, body: str) -> None:
    with pytest.raises(Fetched):
        pdf(PAGE.format(head=head, body=body))
