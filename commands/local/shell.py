"""What another terminal needs so that verbs act on what runs here: a file for it to read."""

import shlex
from collections.abc import Mapping
from pathlib import Path

NAME = "env"


def write_environment(folder: Path, variables: Mapping[str, str]) -> Path:
    """Write `env` into the folder, which nobody but its owner reads: it holds secrets."""
    path = folder / NAME
    path.touch(mode=0o600)
    path.write_text("".join(f"export {name}={shlex.quote(value)}\n" for name, value in variables.items()))
    return path
