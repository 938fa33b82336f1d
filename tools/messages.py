"""Keep the message catalogues in step with the texts; needs no gettext.

    python -m tools.messages          rewrite locale/: plain German keeps its words, new texts come empty
    python -m tools.messages --check  say what is missing or out of date, and fail

German is the source, so it has no catalogue. Plain German (`de_Simple`) holds what clients read. The
pseudo-language (`qps`) holds everything: right to left, 40 % longer, in brackets, so that tests lay out
what a translation may bring; only test settings know it, and its catalogue is made, not kept.
"""

from __future__ import annotations

import ast
import os
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import django
import polib
from django.template import engines
from django.templatetags.i18n import BlockTranslateNode, TranslateNode
from django.utils.translation import trim_whitespace

from tools.console import REPO, fail, say

PACKAGE = REPO / "nahbar"
PLAIN = REPO / "locale/de_Simple/LC_MESSAGES/django.po"
PSEUDO = REPO / "locale/qps/LC_MESSAGES/django.po"
PLURAL_FORMS = "nplurals=2; plural=(n != 1);"
# Where clients read: their pages, error pages, mails, and the words for ways and names in them.
CLIENT_FACING = (
    "nahbar/web/client/",
    "nahbar/web/shared/call_texts.py",
    "nahbar/web/shared/templates/shared/beside.html",
    "nahbar/web/shared/templates/shared/broken.html",
    "nahbar/web/shared/templates/shared/csrf.html",
    "nahbar/web/shared/templates/shared/hear.html",
    "nahbar/web/shared/templates/shared/missing.html",
    "nahbar/web/shared/templates/429.html",
    "nahbar/invitations/mails.py",
    "nahbar/invitations/templates/",
    "nahbar/jobcenters/rules.py",
    "nahbar/people/models.py",
    "nahbar/people/rules.py",
)
CALLS = {
    "_": 1, "gettext": 1, "gettext_lazy": 1, "gettext_noop": 1,
    "ngettext": 2, "ngettext_lazy": 2, "pgettext": -1, "pgettext_lazy": -1,
}  # fmt: skip
IN_TAGS = re.compile(r"_\((?:\"([^\"]+)\"|'([^']+)')\)")
PLACEHOLDERS = re.compile(r"%\(\w+\)[sd]|%%|\{\w+\}|\n")


@dataclass(frozen=True, order=True)
class Text:
    """One translatable text."""

    msgid: str
    plural: str = ""
    context: str = ""


def found_texts() -> dict[Text, set[str]]:
    """Every translatable text with the files it stands in."""
    texts: dict[Text, set[str]] = {}
    for path in sorted(PACKAGE.rglob("*")):
        if path.suffix == ".py":
            here = _in_python(path)
        elif path.suffix in {".html", ".txt"} and "templates" in path.parts:
            here = _in_template(path)
        else:
            continue
        for text in here:
            texts.setdefault(text, set()).add(str(path.relative_to(REPO)))
    return texts


def _in_python(path: Path) -> Iterator[Text]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if not isinstance(node, ast.Call):
            continue
        name = getattr(node.func, "id", getattr(node.func, "attr", ""))
        parts = [part.value for part in node.args if isinstance(part, ast.Constant) and isinstance(part.value, str)]
        wanted = CALLS.get(name, 0)
        if wanted == 1 and len(parts) >= 1:
            yield Text(parts[0])
        elif wanted == 2 and len(parts) >= 2:
            yield Text(parts[0], plural=parts[1])
        elif wanted == -1 and len(parts) >= 2:
            yield Text(parts[1], context=parts[0])


def _in_template(path: Path) -> Iterator[Text]:
    # Django reads its own tags, so that what is found here is what it looks up later.
    source = path.read_text(encoding="utf-8")
    yield from (Text(first or second) for first, second in IN_TAGS.findall(source))
    template = engines["django"].from_string(source).template  # type: ignore[attr-defined]
    for node in template.nodelist.get_nodes_by_type(TranslateNode):
        yield Text(str(node.filter_expression.var.literal), context=_context(node))
    for node in template.nodelist.get_nodes_by_type(BlockTranslateNode):
        singular, _names = node.render_token_list(node.singular)
        plural = node.render_token_list(node.plural)[0] if node.plural else ""
        yield Text(_trimmed(node, singular), plural=_trimmed(node, plural), context=_context(node))


def _trimmed(node: object, text: str) -> str:
    return trim_whitespace(text) if getattr(node, "trimmed", False) else text


def _context(node: object) -> str:
    context = getattr(node, "message_context", None)
    return str(context.var.literal) if context else ""


def is_client_facing(files: set[str]) -> bool:
    """Whether clients read the text in one of these files."""
    return any(file.startswith(CLIENT_FACING) for file in files)


def plain_catalogue(texts: dict[Text, set[str]]) -> polib.POFile:
    """The plain German catalogue for these texts, with the translations that are there."""
    old = {_key(entry): entry for entry in polib.pofile(str(PLAIN))} if PLAIN.exists() else {}
    catalogue = _empty("de_Simple")
    for text, files in _sorted(texts):
        if not is_client_facing(files):
            continue
        entry = _entry(text, files)
        known = old.get(_key(entry))
        if known is not None:
            entry.msgstr, entry.msgstr_plural = known.msgstr, known.msgstr_plural
            entry.tcomment = known.tcomment
        catalogue.append(entry)
    return catalogue


def pseudo_catalogue(texts: dict[Text, set[str]]) -> polib.POFile:
    """The pseudo-language for these texts."""
    catalogue = _empty("qps")
    for text, files in _sorted(texts):
        entry = _entry(text, files)
        if text.plural:
            entry.msgstr_plural = {0: pseudo(text.msgid), 1: pseudo(text.plural)}
        else:
            entry.msgstr = pseudo(text.msgid)
        catalogue.append(entry)
    return catalogue


def pseudo(text: str) -> str:
    """The text in brackets, with every third letter doubled and marked right to left; placeholders stay."""
    pieces = re.split(f"({PLACEHOLDERS.pattern})", text)
    return "\n".join(
        f"\u200f[{line}]\u200f"
        for line in "".join(piece if PLACEHOLDERS.fullmatch(piece) else _longer(piece) for piece in pieces).split("\n")
    )


def _longer(piece: str) -> str:
    grown, seen = [], 0
    for letter in piece:
        grown.append(letter)
        if letter.isalpha():
            seen += 1
            if seen % 5 in {1, 3}:
                grown.append(letter.lower())
    return "".join(grown)


def _sorted(texts: dict[Text, set[str]]) -> list[tuple[Text, set[str]]]:
    return sorted(texts.items(), key=lambda pair: (min(pair[1]), pair[0]))


def _empty(language: str) -> polib.POFile:
    catalogue = polib.POFile(wrapwidth=110)
    catalogue.metadata = {
        "Language": language,
        "MIME-Version": "1.0",
        "Content-Type": "text/plain; charset=UTF-8",
        "Content-Transfer-Encoding": "8bit",
        "Plural-Forms": PLURAL_FORMS,
    }
    return catalogue


def _entry(text: Text, files: set[str]) -> polib.POEntry:
    entry = polib.POEntry(msgid=text.msgid, occurrences=[(file, "") for file in sorted(files)])
    if text.context:
        entry.msgctxt = text.context
    if text.plural:
        entry.msgid_plural, entry.msgstr_plural = text.plural, {0: "", 1: ""}
    if "%(" in text.msgid:
        entry.flags.append("python-format")
    return entry


def _key(entry: polib.POEntry) -> tuple[str, str]:
    return entry.msgctxt or "", entry.msgid


def problems() -> list[str]:
    """What is missing or out of date in the kept catalogue, one sentence each."""
    wanted = plain_catalogue(found_texts())
    kept = polib.pofile(str(PLAIN)) if PLAIN.exists() else polib.POFile()
    missing = {_key(entry) for entry in wanted} - {_key(entry) for entry in kept}
    stale = {_key(entry) for entry in kept} - {_key(entry) for entry in wanted}
    found = [
        f"not in the catalogue yet, run python -m tools.messages: {msgid!r}" for _context, msgid in sorted(missing)
    ]
    found += [f"in the catalogue, but in no page any more: {msgid!r}" for _context, msgid in sorted(stale)]
    found += [f"has no plain German: {entry.msgid!r}" for entry in wanted if not _is_done(entry)]
    found += [f"has other placeholders in plain German: {entry.msgid!r}" for entry in wanted if not _fits(entry)]
    return found


def _is_done(entry: polib.POEntry) -> bool:
    return bool(entry.msgstr) if not entry.msgid_plural else all(entry.msgstr_plural.values())


def _fits(entry: polib.POEntry) -> bool:
    source = set(PLACEHOLDERS.findall(entry.msgid)) - {"\n"}
    written = [entry.msgstr] if not entry.msgid_plural else list(entry.msgstr_plural.values())
    return all(set(PLACEHOLDERS.findall(text)) - {"\n"} <= source for text in written)


def main() -> None:
    """Write the catalogues, or check them."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "nahbar.config.settings.test")
    django.setup()
    if "--check" in sys.argv:
        for problem in (found := problems()):
            say(problem)
        if found:
            fail(f"{len(found)} texts for clients are not in order.")
        return
    texts = found_texts()
    for path, catalogue in ((PLAIN, plain_catalogue(texts)), (PSEUDO, pseudo_catalogue(texts))):
        path.parent.mkdir(parents=True, exist_ok=True)
        catalogue.save(str(path))
        say(f"{path.relative_to(REPO)}: {len(catalogue)} texts, {len(catalogue.untranslated_entries())} to translate.")


if __name__ == "__main__":
    main()
