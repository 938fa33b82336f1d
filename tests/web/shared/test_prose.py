"""What an office types becomes paragraphs, lists, headings and links; everything else stays what was typed."""

from __future__ import annotations

import re

import pytest

from nahbar.web.templatetags.prose import prose


@pytest.mark.parametrize(
    ("typed", "shown"),
    [
        ("Eins\nzwei\n\ndrei", "<p>Eins<br>\nzwei</p>\n<p>drei</p>\n"),
        ("- a\n- b", "<ul>\n<li>a</li>\n<li>b</li>\n</ul>\n"),
        ("1. a", "<ol>\n<li>a</li>\n</ol>\n"),
        ("# A\n\n### B\n\n## C", "<h2>A</h2>\n<h3>B</h3>\n<h2>C</h2>\n"),
        ("### zuerst", "<h2>zuerst</h2>\n"),
        ("[Seite](https://a.example/?x=1&y=2)", '<p><a href="https://a.example/?x=1&amp;y=2">Seite</a></p>\n'),
        ("[Mail](mailto:a@b.example)", '<p><a href="mailto:a@b.example">Mail</a></p>\n'),
        ("**fett** _und_ `so`", "<p>**fett** _und_ `so`</p>\n"),
    ],
)
def test_the_few_things_it_knows(typed: str, shown: str) -> None:
    assert prose(typed) == shown


@pytest.mark.parametrize(
    "typed",
    [
        "<script>alert(1)</script>",
        '<img src=x onerror="alert(1)">',
        "[x](javascript:alert(1))",
        "[x](JaVaScRiPt:alert(1))",
        "[x](&#106;avascript:alert(1))",
        "[x](data:text/html;base64,PHNjcmlwdD4=)",
        "[x](vbscript:x)",
        "[x](//evil.example)",
        '[x](https://a.example "><script>alert(1)</script>")',
        '[x](https://a.example/"onmouseover="alert(1))',
        "![x](https://evil.example/pixel.png)",
        "<https://evil.example>",
        "[a]: javascript:alert(1)\n\n[a]",
        "## <b onclick=x>",
        "<!-- --><style>*{display:none}</style>",
    ],
)
def test_nothing_typed_becomes_markup_of_its_own(typed: str) -> None:
    shown = prose(typed)
    tags = re.findall(r"<[^>]*>", shown)
    assert {re.match(r"</?(\w+)", tag)[1] for tag in tags} <= {"p", "a", "h2", "br"}  # type: ignore[index]
    for tag in tags:
        assert re.fullmatch(r'</?(?:p|h2)>|<br>|</a>|<a href="https://[^"<>]*"(?: title="[^"<>]*")?>', tag), tag
