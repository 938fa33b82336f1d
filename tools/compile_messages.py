"""Compile the message catalogues (.po to .mo); needs no gettext. A broken catalogue stops the build."""

from __future__ import annotations

from pathlib import Path

import polib

from tools.console import REPO, fail, say


def main() -> None:
    """Compile what is newer than its compiled form."""
    catalogues = sorted(REPO.glob("locale/*/LC_MESSAGES/*.po")) + sorted(REPO.glob("nahbar/**/LC_MESSAGES/*.po"))
    compiled = [catalogue for catalogue in catalogues if _compile(catalogue)]
    if compiled:
        say(f"Compiled {len(compiled)} of {len(catalogues)} message catalogues.")


def _compile(source: Path) -> bool:
    target = source.with_suffix(".mo")
    if target.exists() and target.stat().st_mtime >= source.stat().st_mtime:
        return False
    try:
        catalogue = polib.pofile(str(source), check_for_duplicates=True)
    except (OSError, ValueError) as error:
        fail(f"{source.relative_to(REPO)} cannot be read: {error}")
    catalogue.save_as_mofile(str(target))
    return True


if __name__ == "__main__":
    main()
