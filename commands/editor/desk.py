"""One project as an editor has it: the files on disk, what is open over them, and the last compilation."""

from pathlib import Path

from dsl.compiler import Project, compile_project
from dsl.memory import Memory
from dsl.source import SourceFile
from engine.trials import tried


class Desk:
    """The buffers of a project, and the project compiled with them. `compile` may run in a thread."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.project: Project | None = None
        self._buffers: dict[str, str] = {}
        self._memory = Memory()

    def put(self, path: str, text: str) -> None:
        """A file is open in the editor with this text; `path` is relative to the folder."""
        self._buffers[path] = text

    def take_away(self, path: str) -> None:
        """A file is open no more: what is on disk holds."""
        self._buffers.pop(path, None)

    @property
    def opened(self) -> tuple[str, ...]:
        """The files that the editor has open."""
        return tuple(self._buffers)

    def source(self, path: str) -> SourceFile | None:
        """A file as it is in the editor or on disk; None where there is none, or none that is text."""
        shown = (self.folder / path).as_posix()
        if path in self._buffers:
            return SourceFile(shown, self._buffers[path].replace("\r\n", "\n"))
        try:
            text = (self.folder / path).read_text(encoding="utf-8-sig")
        except (OSError, UnicodeDecodeError):
            return None
        return SourceFile(shown, text)

    def stories(self) -> list[SourceFile]:
        """Every file of stories."""
        on_disk = (path.relative_to(self.folder) for path in self.folder.glob("scenarios/**/*.test.yaml"))
        paths = {each.as_posix() for each in on_disk} | {
            path for path in self._buffers if path.endswith(".test.yaml")
        }
        found = (self.source(path) for path in sorted(paths))
        return [each for each in found if each is not None]

    def compile(self) -> Project:
        """Compile the project with what is open now."""
        self.project = tried(compile_project(self.folder, dict(self._buffers), self._memory))
        return self.project


def folder_of(path: Path) -> Path | None:
    """The folder of the project that a file belongs to: the nearest above with `scenarios/` in it."""
    return next((folder for folder in path.parents if (folder / "scenarios").is_dir()), None)
