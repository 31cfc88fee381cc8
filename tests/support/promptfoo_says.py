"""Record what promptfoo makes of the evaluations in tests/chat/transfer/evaluations.py.

    npm install --ignore-scripts promptfoo@0.118.17 && npm rebuild better-sqlite3    (in a folder of its own)
    python -m tests.support.promptfoo_says FOLDER/node_modules/promptfoo

Each is run with the provider `echo`, which gives back what it is sent. Kept of each cell: what was sent, and the
assertions and options of its test.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from ..chat.transfer.evaluations import PROMPTFOO

RECORDED = Path(__file__).resolve().parent.parent / "chat" / "transfer" / "recorded" / "promptfoo.json"


def written(files: dict[str, str], folder: Path) -> Path:
    """Write the files of an evaluation; the path of the first."""
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return folder / next(iter(files))


def said(package: str, files: dict[str, str]) -> list[dict[str, Any]]:
    """Let promptfoo read an evaluation; its cells."""
    with tempfile.TemporaryDirectory() as name:
        path = written(files, Path(name))
        environ = {**os.environ, "PROMPTFOO_CONFIG_DIR": name, "PROMPTFOO_DISABLE_TELEMETRY": "1"}
        environ |= {"PROMPTFOO_DISABLE_UPDATE": "1", "PROMPTFOO_DISABLE_REMOTE_GENERATION": "1"}
        command = ["node", str(Path(__file__).with_suffix(".js")), package, str(path)]
        ran = subprocess.run(command, env=environ, capture_output=True, text=True, timeout=60, check=False)
    found = re.search("<<<(.*)>>>", ran.stdout)
    if found is None:
        raise SystemExit(f"{path}: {ran.stdout}\n{ran.stderr}")
    cells: list[dict[str, Any]] = json.loads(found[1].replace(f"{name}/", ""))
    return cells


if __name__ == "__main__":
    found = {name: said(sys.argv[1], files) for name, files in PROMPTFOO.items()}
    RECORDED.write_text(
        json.dumps({"version": "0.118.17", "cells": found}, indent=1, ensure_ascii=False) + "\n",
        encoding="utf-8",
    )
