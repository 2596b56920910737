"""The files of a project: where they are, and their text."""

import os
from collections.abc import Iterable, Mapping
from pathlib import Path

from dsl.diagnostics import Diagnostic
from dsl.frozen import dataclass
from dsl.reader import MAX_CHARACTERS
from dsl.source import SourceFile, Span

TEMPLATE_ENDINGS = frozenset({".mjml", ".html", ".txt"})
STORY_ENDING = ".test.yaml"
YAML_ENDINGS = frozenset({".yaml", ".yml"})
READ = {"scenarios": YAML_ENDINGS, "templates": TEMPLATE_ENDINGS, "sources": YAML_ENDINGS}
"""The folders of a project and how the names of their files end."""
_WORLD_FILES = ("catalog.yaml", "policy.yaml", "segments.yaml")
_MAX_BYTES = 4 * MAX_CHARACTERS
"""More bytes than the largest accepted file can have, so that a huge one is not even read."""


@dataclass(frozen=True)
class ScenarioFile:
    """A scenario's file; `path` is relative to the project's folder, `program` is the folder it lies in."""

    file: SourceFile
    path: str
    program: str


@dataclass(frozen=True)
class Files:
    """Everything that a compilation reads. A missing catalog, policy or segments file is an empty text."""

    catalog: SourceFile
    policy: SourceFile
    segments: SourceFile
    scenarios: tuple[ScenarioFile, ...]
    stories: tuple[SourceFile, ...]
    templates: dict[str, str]
    """Path inside `templates/` to text."""
    diagnostics: tuple[Diagnostic, ...]
    sources: tuple[SourceFile, ...] = ()
    """Other systems that call us, each a file of `sources/`."""

    @property
    def world_paths(self) -> frozenset[str]:
        """Paths of the files that hold for all scenarios."""
        return frozenset({self.catalog.path, self.policy.path, self.segments.path})


def is_read(folder: Path, path: Path) -> bool:
    """Whether a compilation of the project reads a file, or something in or around a folder."""
    path, bases = path.resolve(), {(folder / name).resolve(): endings for name, endings in READ.items()}
    if any(path in (base, *base.parents) for base in bases):
        return True
    return any(
        base in path.parents and (path.is_dir() or _is_called_like_one(path, endings))
        for base, endings in bases.items()
    )


def find(folder: Path, buffers: Mapping[str, str]) -> Files:
    """Read the files of a project. What cannot be read is a diagnostic and an empty text.

    `buffers` are texts that stand for those of files, by path relative to the folder.
    """
    shelf = _Shelf(folder, buffers)
    base = folder / "scenarios"
    catalog, policy, segments = (shelf.source(base / name, optional=True) for name in _WORLD_FILES)
    if not catalog.text and not any(each.file.path == catalog.path for each in shelf.found):
        shelf.found.append(_no_catalog(folder, catalog))
    written = shelf.below("scenarios")
    scenarios = tuple(
        ScenarioFile(shelf.source(path), path.relative_to(folder).as_posix(), _program(path, base))
        for path in written
        if not path.name.endswith(STORY_ENDING) and not (path.parent == base and path.name in _WORLD_FILES)
    )
    stories = tuple(shelf.source(path) for path in written if path.name.endswith(STORY_ENDING))
    templates = {
        path.relative_to(folder / "templates").as_posix(): shelf.source(path).text
        for path in shelf.below("templates")
    }
    sources = tuple(shelf.source(path) for path in shelf.below("sources"))
    return Files(catalog, policy, segments, scenarios, stories, templates, tuple(shelf.found), sources)


def _is_called_like_one(path: Path, endings: frozenset[str]) -> bool:
    return path.suffix in endings and not path.name.startswith(".")


def _no_catalog(folder: Path, catalog: SourceFile) -> Diagnostic:
    return Diagnostic(
        "E700",
        "error",
        "there is no catalog",
        catalog,
        Span(0, 0),
        help=f"write {catalog.path}, or name the project's folder ({folder.as_posix()} was looked at)",
    )


def _program(path: Path, base: Path) -> str:
    return path.parent.relative_to(base).as_posix().replace("/", ".").strip(".")


def source(path: Path) -> tuple[SourceFile, list[Diagnostic]]:
    """The text of one file, and why there is none where it is no text."""
    shelf = _Shelf(path.parent, {})
    return shelf.source(path), shelf.found


def _is_absent(path: Path) -> bool:
    """Whether there is nothing of this name; not so where nobody may look."""
    try:
        path.lstat()
    except (FileNotFoundError, NotADirectoryError):
        return True
    except OSError:
        return False
    return False


class _Shelf:
    """The texts of a project, from buffers where there are any, and from files."""

    def __init__(self, folder: Path, buffers: Mapping[str, str]) -> None:
        self.found: list[Diagnostic] = []
        self._folder = folder
        self._buffers = {folder / path: text for path, text in buffers.items()}

    def below(self, name: str) -> list[Path]:
        """What is called like a file anywhere in a folder of the project, sorted by path.

        Names that begin with a dot are those of editors and file managers.
        """
        base = self._folder / name
        walk = os.walk(base, onerror=self._unlisted) if os.path.lexists(base) else ()
        written = set()
        for at, folders, names in walk:
            below = (Path(at) / each for each in folders)
            self._unfollowed(each for each in below if not _is_called_like_one(each, READ[name]))
            written |= {Path(at) / each for each in (*folders, *names)}
        written |= {path for path in self._buffers if base in path.parents}
        return sorted(path for path in written if _is_called_like_one(path, READ[name]))

    def source(self, path: Path, *, optional: bool = False) -> SourceFile:
        """The text of a file. Bytes that are not UTF-8 and files far too large are reported here."""
        shown = path.as_posix()
        if path in self._buffers:
            return SourceFile(shown, self._buffers[path].replace("\r\n", "\n"))
        if optional and _is_absent(path):
            return SourceFile(shown, "")
        if not shown.isprintable():
            file = SourceFile("".join(c if c.isprintable() else "\ufffd" for c in shown), "")
            what = "the name of this file has a character that cannot be seen"
            return self._unread(file, "E116", what, "give it another name")
        try:
            if not path.is_file():
                what, remedy = "this is not a file", "give it another name, or put a file in its place"
                return self._unread(SourceFile(shown, ""), "E116", what, remedy)
            if path.stat().st_size > _MAX_BYTES:
                return self._unread(
                    SourceFile(shown, ""), "E101", "the file is larger than 1 MiB", "split it"
                )
            raw = path.read_bytes()
        except OSError as error:
            what = f"the file cannot be read: {error.strerror or 'input or output failed'}"
            return self._unread(SourceFile(shown, ""), "E116", what, "let whoever runs this read it")
        try:
            return SourceFile(shown, raw.decode("utf-8-sig").replace("\r\n", "\n"))
        except UnicodeDecodeError as error:
            file = SourceFile(shown, raw[: error.start].decode("utf-8-sig") + "\ufffd")
            label = f"byte 0x{raw[error.start]:02x}"
            return self._unread(file, "E115", "the file is not UTF-8", "save it as UTF-8", label)

    def _unlisted(self, error: OSError) -> None:
        """Report a folder that cannot be looked into: that it has no files would take them out of force."""
        what = f"the folder cannot be read: {error.strerror or 'input or output failed'}"
        remedy = "let whoever runs this read it, or put a folder in its place"
        self._unread(SourceFile(Path(error.filename).as_posix(), ""), "E116", what, remedy)

    def _unfollowed(self, folders: Iterable[Path]) -> None:
        """Report links to folders, which may lead round in circles: what is in them would seem to be gone."""
        what, remedy = "a link to a folder is not followed", "put the folder here, or link each of its files"
        for path in sorted(folders):
            if path.is_symlink() and not path.name.startswith("."):
                self._unread(SourceFile(path.as_posix(), ""), "E116", what, remedy)

    def _unread(self, file: SourceFile, code: str, message: str, remedy: str, label: str = "") -> SourceFile:
        """Report a file that is no text, at its end as far as it could be read; an empty text stands in."""
        end = len(file.text)
        span = Span(max(0, end - 1), end)
        self.found.append(Diagnostic(code, "error", message, file, span, label, remedy))
        return SourceFile(file.path, "")
