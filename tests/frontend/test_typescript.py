"""The browser code's pure parts: every `*.test.ts` beside this file, bundled by esbuild and run by Node."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

HERE = Path(__file__).resolve().parent
REPO = HERE.parents[1]
SOURCES = sorted(HERE.glob("*.test.ts"))


@pytest.mark.parametrize("source", SOURCES, ids=lambda source: source.name)
def test_typescript(source: Path, tmp_path: Path) -> None:
    bundle = tmp_path / f"{source.stem}.mjs"
    esbuild: list[str | Path] = [
        REPO / "node_modules/.bin/esbuild",
        source,
        "--bundle",
        "--platform=node",
        "--format=esm",
    ]
    subprocess.run([*esbuild, "--log-level=warning", f"--outfile={bundle}"], check=True, cwd=REPO)
    # Without Node's own variables: a test must not depend on the shell it runs in.
    quiet = {name: value for name, value in os.environ.items() if not name.startswith("NODE_")}

    ran = subprocess.run(["node", "--test", bundle], capture_output=True, text=True, check=False, env=quiet)

    assert ran.returncode == 0, ran.stdout + ran.stderr
    # For Node a file that holds no test has passed.
    assert "# pass 0" not in ran.stdout
