"""Files as they come: encodings, delimiters, formulas, and everything that is no list."""

from __future__ import annotations

import datetime as dt
import io
import itertools
import struct
import time
import zipfile

import pytest

from nahbar.people import import_files
from nahbar.people.import_files import FORMULA, MOST_ROWS, Problem, Unreadable, lines_of, mentions
from tests.people.lists import HEADER, NEW, damaged, patched, sheet, text, workbook


def problem_of(content: bytes) -> Problem:
    with pytest.raises(Unreadable) as refused:
        list(lines_of(content))
    return refused.value.problem


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16", "utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("delimiter", [";", ",", "\t"])
def test_encodings_and_delimiters(encoding: str, delimiter: str) -> None:
    content = text([HEADER, NEW], delimiter=delimiter, encoding=encoding)
    assert list(lines_of(content)) == [(1, HEADER), (2, NEW)]


def test_a_spreadsheet_reads_like_text() -> None:
    assert list(lines_of(workbook([HEADER, NEW]))) == [(1, HEADER), (2, NEW)]


def test_days_and_numbers_of_a_spreadsheet_read_as_people_write_them() -> None:
    content = workbook([["a", "b", "c", "d"], [dt.datetime(1980, 3, 12), 4711.0, 4711, 1.5]])  # noqa: DTZ001  as Excel has them
    assert list(lines_of(content))[1] == (2, ["12.03.1980", "4711", "4711", "1.5"])


def test_blank_rows_are_left_out_and_the_numbers_stay() -> None:
    assert list(lines_of(b"a;b\r\n;\r\n1;2\r\n\r\n3;4")) == [(1, ["a", "b"]), (3, ["1", "2"]), (5, ["3", "4"])]


def test_quotes_hold_delimiters_and_lines() -> None:
    assert list(lines_of(b'a;b\n"x;\ny";2')) == [(1, ["a", "b"]), (2, ["x;\ny", "2"])]


@pytest.mark.parametrize("cell", ["=1+1", "+49 40", "-5", "@SUM(A1)", '=cmd|"/c calc"!A1'])
def test_text_that_looks_like_a_formula_is_data(cell: str) -> None:
    quoted = cell.replace('"', '""')
    assert list(lines_of(f'a;b\n"{quoted}";2'.encode()))[1] == (2, [cell, "2"])


def test_a_formula_of_a_spreadsheet_is_never_its_text_nor_its_value() -> None:
    assert list(lines_of(workbook([["a", "b"], ["=1+1", "x"]])))[1] == (2, [FORMULA, "x"])


@pytest.mark.parametrize("content", [b"", b"   \r\n ", b"\xef\xbb\xbf", b"Kundennummer;Name\r\n", workbook([HEADER])])
def test_nothing_in_it(content: bytes) -> None:
    assert problem_of(content) is Problem.EMPTY


def test_not_a_list() -> None:
    picture = b"\x89PNG\r\n\x1a\n" + b"\x00\x01\x02" * 40
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as written:
        written.writestr("word/document.xml", "<x/>")
    assert problem_of(picture) is Problem.NOT_A_LIST
    assert problem_of(b"%PDF-1.7\n1;2\n") is Problem.NOT_A_LIST
    assert problem_of(archive.getvalue()) is Problem.NOT_A_LIST
    assert problem_of(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\x00" * 500) is Problem.OLD_EXCEL


def test_three_hundred_columns_are_read_and_more_than_five_hundred_are_not() -> None:
    wide = [[f"c{number}" for number in range(300)], [str(number) for number in range(300)]]
    assert len(list(lines_of(text(wide)))[1][1]) == 300
    assert len(list(lines_of(workbook(wide)))[1][1]) == 300
    assert problem_of(text([["x"] * 501, ["y"]])) is Problem.TOO_MANY_COLUMNS


def test_a_million_rows_are_refused_before_they_are_read() -> None:
    lines = lines_of(b"a\n" + b"1\n" * 1_000_000)
    read = list(itertools.islice(lines, MOST_ROWS + 1))
    assert len(read) == MOST_ROWS + 1
    with pytest.raises(Unreadable) as refused:
        next(lines)
    assert refused.value.problem is Problem.TOO_MANY_ROWS


def test_a_file_too_big_is_refused() -> None:
    assert problem_of(b"a;b\n" + b"x" * import_files.MOST_BYTES) is Problem.TOO_BIG


def _bomb(name: str) -> bytes:
    """Little, and unpacked more than anybody may have."""
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as written:
        written.writestr("xl/workbook.xml", "<workbook/>")
        with written.open(name, "w") as part:
            for _piece in range(101):
                part.write(b"0" * 1024 * 1024)
    return archive.getvalue()


def test_a_zip_bomb_is_refused_by_what_it_says() -> None:
    content = _bomb("xl/sharedStrings.xml")
    assert len(content) < 200_000
    assert problem_of(content) is Problem.UNPACKS_TOO_BIG


def test_a_zip_bomb_that_lies_about_its_size_is_refused_too() -> None:
    content = bytearray(_bomb("xl/sharedStrings.xml"))
    size, small = struct.pack("<L", 101 * 1024 * 1024), struct.pack("<L", 100)
    assert content.count(size) >= 1
    assert problem_of(bytes(content).replace(size, small)) is Problem.BROKEN


def test_entities_in_a_spreadsheet_are_not_expanded() -> None:
    original = zipfile.ZipFile(io.BytesIO(workbook([HEADER, NEW])))
    changed = io.BytesIO()
    with zipfile.ZipFile(changed, "w") as written:
        for name in original.namelist():
            content = original.read(name)
            if name in {"xl/sharedStrings.xml", "xl/worksheets/sheet1.xml"}:
                content = b'<!DOCTYPE x [<!ENTITY a "' + b"b" * 100 + b'">]>' + content
            written.writestr(name, content)
    assert problem_of(changed.getvalue()) is Problem.BROKEN


@pytest.mark.parametrize(
    "content", [b"PK\x03\x04garbage", workbook([HEADER, NEW])[:-200], damaged(workbook([HEADER, NEW]))]
)
def test_a_broken_spreadsheet(content: bytes) -> None:
    assert problem_of(content) is Problem.BROKEN


@pytest.mark.parametrize(
    ("cell", "named"),
    [
        ("999Z777777", True),
        ("999 z-777777", True),
        ("999Z7777771", False),
        ("1999Z777777", False),
        ("999Z77777", False),
    ],
)
def test_a_file_is_asked_whether_it_names_a_number(cell: str, *, named: bool) -> None:
    rows = [["Ganz", "anders"], ["x", cell]]
    for content in (text(rows), text(rows, delimiter=",", encoding="utf-16")):
        assert mentions(content, {"123", "999Z777777"}) is named


def test_of_a_file_that_cannot_be_read_nobody_knows_whom_it_names() -> None:
    assert mentions(b"PK\x03\x04broken", {"999Z777777"})
    assert mentions(damaged(workbook([HEADER, NEW])), {"999Z777777"})
    assert mentions(b"%PDF-1.7", {"999Z777777"})


RUNS = '<c r="A2" t="inlineStr"><is><r><t>888C</t></r><r><rPr><b/></rPr><t>000001</t></r></is></c>'


def test_a_workbook_may_name_anybody() -> None:
    first = '<row r="1"><c r="A1" t="inlineStr"><is><t>Kundennummer</t></is></c></row>'
    content = patched(workbook([HEADER]), {SHEET: sheet(f'{first}<row r="2">{RUNS}</row>')})
    assert list(lines_of(content)) == [(1, ["Kundennummer"]), (2, ["888C000001"])]
    assert mentions(content, {"888C000001"})


# --- little files that would be much work ---------------------------------------------------------

SHEET, STYLES = "xl/worksheets/sheet1.xml", "xl/styles.xml"
XFS = "".join(f'<xf numFmtId="0" fontId="{number}"/>' for number in range(100_000))
MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"


@pytest.mark.parametrize(
    ("part", "content", "problem"),
    [
        (SHEET, sheet('<row r="1"/><row r="900000000"/>'), Problem.TOO_MANY_ROWS),
        (SHEET, sheet('<row r="1"/><row r="9e99"/>'), Problem.TOO_MANY_ROWS),
        (SHEET, sheet('<row r="1"/>' * 100_001), Problem.TOO_MANY_ROWS),
        (SHEET, sheet('<row><c r="XFD1"><v>1</v></c></row>' * 1_000), Problem.TOO_MANY_COLUMNS),
        (SHEET, sheet(f"<row>{'<c/>' * 501}</row>"), Problem.TOO_MANY_COLUMNS),
        (SHEET, sheet(f"<row/>{'<x/>' * 50_001}"), Problem.UNPACKS_TOO_BIG),
        (SHEET, sheet("<x/>" * 2_001), Problem.UNPACKS_TOO_BIG),
        (SHEET, sheet('<row r="x"/>'), Problem.BROKEN),
        (SHEET, sheet("<row>"), Problem.BROKEN),
        (STYLES, f'<styleSheet xmlns="{MAIN}"><cellXfs>{XFS}</cellXfs></styleSheet>', Problem.UNPACKS_TOO_BIG),
        ("xl/theme/theme1.xml", " " * (5 * 1024 * 1024 + 1), Problem.UNPACKS_TOO_BIG),
    ],
)
def test_little_that_would_be_much_work_is_refused_at_once(part: str, content: str, problem: Problem) -> None:
    made = patched(workbook([HEADER, NEW]), {part: content})
    began = time.process_time()
    assert problem_of(made) is problem
    assert time.process_time() - began < 3


def test_texts_without_end_are_refused() -> None:
    rows = sheet('<row><c t="s"><v>0</v></c></row>')
    texts = f'<sst xmlns="{MAIN}">{"<si/>" * 4_000_001}</sst>'
    strings = "xl/sharedStrings.xml"
    assert problem_of(patched(workbook([HEADER]), {SHEET: rows, strings: texts})) is Problem.UNPACKS_TOO_BIG


def test_blank_rows_without_end_are_refused() -> None:
    assert problem_of(b"a;b\n" + b";\n" * 100_001) is Problem.TOO_MANY_ROWS


def test_a_sheet_that_is_smaller_by_its_own_account_is_read_whole() -> None:
    rows = "".join(f'<row><c r="C{number}"><v>{number}</v></c></row>' for number in (1, 2))
    lying = sheet(rows).replace("<sheetData>", '<dimension ref="A1"/><sheetData>')
    assert list(lines_of(patched(workbook([HEADER]), {SHEET: lying}))) == [(1, ["", "", "1"]), (2, ["", "", "2"])]
