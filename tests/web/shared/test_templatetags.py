"""What the template filters do to a page."""

from __future__ import annotations

import re

import pytest
from django.template import engines
from hypothesis import given
from hypothesis import strategies as st

from nahbar.web.templatetags.nb import BETWEEN_TAGS, unbroken, unparted

GAP = "\N{NO-BREAK SPACE}"


@pytest.mark.parametrize(
    ("text", "kept_together"),
    [
        ("Frau Petersen", ["Frau Petersen"]),
        ("für Herrn von Arnim und Herr Ó Briain", ["Herrn von", "Herr Ó"]),
        ("heute um zehn Uhr dreißig", ["zehn Uhr"]),
        ("10:00 bis 10:30 Uhr", ["10:30 Uhr"]),
        ("Dienstag, 24. November, 3. März", ["24. November", "3. März"]),
        ("etwa 30 Minuten, 45 Min. oder 45 MB", ["30 Minuten", "45 Min.", "45 MB"]),
        ("Artikel 6 Absatz 1 Buchstabe a", ["Artikel 6", "Absatz 1"]),
        ("Frauen fragen: Uhrzeit? Am 3. Tag um 4 Minutenzeiger", []),
    ],
)
def test_names_and_times_are_not_parted(text: str, kept_together: list[str]) -> None:
    expected = text
    for words in kept_together:
        expected = expected.replace(words, words.replace(" ", GAP))
    assert unbroken(text) == expected
    assert unparted(f"<p>{text}</p>") == f"<p>{expected}</p>"


def test_attributes_and_escapes_stay() -> None:
    template = engines["django"].from_string(
        '{% load nb %}{% filter unparted %}<input value="Frau {{ name }}"><b>Frau {{ name }}</b>{% endfilter %}'
    )
    page = template.render({"name": "<i>"})
    assert page == '<input value="Frau &lt;i&gt;"><b>Frau &lt;i&gt;</b>'


@given(parts=st.lists(st.tuples(st.text("ab1 ", max_size=6), st.sampled_from(["<p>", '<a title="Frau B">', "</p>"]))))
def test_unparted_reads_only_what_stands_between_tags(parts: list[tuple[str, str]]) -> None:
    page = "".join(text + tag for text, tag in parts)
    texts = re.split("<[^>]*>", page)
    assert BETWEEN_TAGS.findall(page) == [text for text in texts[:-1] if text]
