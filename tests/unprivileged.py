"""Somebody who may not do everything, for tests that root runs."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

NOBODY = 65_534


@contextmanager
def as_nobody(folder: Path) -> Iterator[Path]:
    """The folder, or a copy of it, which whoever we are within owns and cannot read against its rights.

    What is asked of it has been asked before: code and grammars may lie where nobody may look.
    """
    if os.geteuid() != 0:
        yield folder
        return
    with tempfile.TemporaryDirectory() as name:
        copy = shutil.copytree(folder, Path(name) / "copy")
        for path in (Path(name), copy, *copy.rglob("*")):
            os.chown(path, NOBODY, NOBODY)
        os.seteuid(NOBODY)
        try:
            yield copy
        finally:
            os.seteuid(0)
