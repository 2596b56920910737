"""Files that verbs write where somebody asks."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from commands.running import Failed


@contextmanager
def writing(path: Path) -> Iterator[None]:
    """Around the writing of a file, or of files in a folder: what the system refuses becomes Failed."""
    try:
        yield
    except OSError as error:
        raise Failed(f"{path} cannot be written: {error.strerror or error}") from None
