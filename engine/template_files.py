"""The files of templates where messages are written: which there are, when they changed, and their text."""

import os
from pathlib import Path

from dsl.project_files import TEMPLATE_ENDINGS, source
from engine.template_sandbox import Unrenderable


def stamps(folder: Path) -> list[tuple[str, int, int]]:
    """Path, time of change and size of every template, in the order of their paths."""
    found = []
    for directory, _, files in os.walk(folder):
        for name in files:
            if name.endswith(tuple(TEMPLATE_ENDINGS)) and not name.startswith("."):
                path = Path(directory, name)
                status = path.stat()
                found.append((path.relative_to(folder).as_posix(), status.st_mtime_ns, status.st_size))
    return sorted(found)


def text_of(path: Path) -> str:
    """The text of a template, as it is checked: without a byte order mark. Raises Unrenderable."""
    file, unread = source(path)
    if unread:
        raise Unrenderable(f"{path}: {unread[0].message}; {unread[0].help}")
    return file.text
