"""HTML to a PDF that a screen reader can read (PDF/UA-1); the only module that knows how.

0.1 to 0.2 s a page. What is drawn comes with the call: no address is fetched, from nowhere.
"""

from __future__ import annotations

from typing import Never

from weasyprint import CSS, HTML
from weasyprint.urls import FatalURLFetchingError, URLFetcher

STYLE = """
@page { size: A4; margin: 20mm 18mm 22mm }
@page { @bottom-right { content: counter(page) " / " counter(pages); font-size: 9pt } }
html { font: 10.5pt/1.45 "Fira Sans", "DejaVu Sans", sans-serif }
h1 { font-size: 18pt; line-height: 1.25; margin: 0 0 4mm }
h2 { font-size: 13pt; margin: 8mm 0 2mm; break-after: avoid }
p { margin: 0 0 2mm }
table { width: 100%; border-collapse: collapse; font-size: 9pt }
thead { display: table-header-group }
tr { break-inside: avoid }
th, td { padding: 1.2mm 2mm 1.2mm 0; border-bottom: 0.3pt solid; text-align: left; vertical-align: top }
"""


class Fetched(FatalURLFetchingError):  # type: ignore[misc]  # a library without types
    """The document wanted something from outside."""


class _Nothing(URLFetcher):  # type: ignore[misc]
    def fetch(self, url: str, headers: object = None) -> Never:
        del headers
        # The address may name somebody.
        raise Fetched(url.partition(":")[0])


def pdf(html: str) -> bytes:
    """The document as PDF/UA-1; its language and its title stand in `html`, its look is plain.

    Raises `Fetched` when it names anything outside itself.
    """
    document = HTML(string=html, url_fetcher=_Nothing())
    made: bytes = document.write_pdf(stylesheets=[CSS(string=STYLE)], pdf_variant="pdf/ua-1")
    return made
