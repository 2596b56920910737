"""The files of a project: where they are, and their text."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from dsl.diagnostics import Diagnostic
from dsl.reader import MAX_CHARACTERS
from dsl.source import SourceFile, Span

TEMPLATE_ENDINGS = frozenset({".mjml", ".html", ".txt"})
STORY_ENDING = ".test.yaml"
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

    @property
    def world_paths(self) -> frozenset[str]:
        """Paths of the files that hold for all scenarios."""
        return frozenset({self.catalog.path, self.policy.path, self.segments.path})


def find(folder: Path) -> Files:
    """Read the files of a project. What cannot be read is a diagnostic and an empty text."""
    found: list[Diagnostic] = []
    base = folder / "scenarios"
    catalog, policy, segments = (_world_file(base / name, found) for name in _WORLD_FILES)
    if not catalog.text and not any(each.file.path == catalog.path for each in found):
        found.append(_no_catalog(folder, catalog))
    scenarios = tuple(
        ScenarioFile(_source(path, found), path.relative_to(folder).as_posix(), _program(path, base))
        for path in _scenario_paths(base)
    )
    stories = tuple(_source(path, found) for path in sorted(base.rglob(f"*{STORY_ENDING}")))
    templates = _templates(folder / "templates", found)
    return Files(catalog, policy, segments, scenarios, stories, templates, tuple(found))


def _world_file(path: Path, found: list[Diagnostic]) -> SourceFile:
    return _source(path, found) if path.is_file() else SourceFile(path.as_posix(), "")


def _no_catalog(folder: Path, catalog: SourceFile) -> Diagnostic:
    return Diagnostic(
        "E700",
        "error",
        "there is no catalog",
        catalog,
        Span(0, 0),
        help=f"write {catalog.path}, or name the project's folder ({folder.as_posix()} was looked at)",
    )


def _scenario_paths(base: Path) -> Iterable[Path]:
    """Every YAML file that is not of the world and holds no stories, sorted by path."""
    for path in sorted([*base.rglob("*.yaml"), *base.rglob("*.yml")]):
        if path.name.endswith(STORY_ENDING) or (path.parent == base and path.name in _WORLD_FILES):
            continue
        if path.is_file():
            yield path


def _program(path: Path, base: Path) -> str:
    return path.parent.relative_to(base).as_posix().replace("/", ".").strip(".")


def _templates(base: Path, found: list[Diagnostic]) -> dict[str, str]:
    return {
        path.relative_to(base).as_posix(): _source(path, found).text
        for path in sorted(base.rglob("*"))
        if path.suffix in TEMPLATE_ENDINGS and path.is_file()
    }


def _source(path: Path, found: list[Diagnostic]) -> SourceFile:
    """The text of a file. Bytes that are not UTF-8 and files far too large are reported here."""
    shown = path.as_posix()
    if path.stat().st_size > _MAX_BYTES:
        return _unread(SourceFile(shown, ""), found, "E101", "the file is larger than 1 MiB", "split it")
    raw = path.read_bytes()
    try:
        return SourceFile(shown, raw.decode("utf-8-sig").replace("\r\n", "\n"))
    except UnicodeDecodeError as error:
        file = SourceFile(shown, raw[: error.start].decode("utf-8-sig") + "\ufffd")
        label = f"byte 0x{raw[error.start]:02x}"
        return _unread(file, found, "E115", "the file is not UTF-8", "save it as UTF-8", label)


def _unread(
    file: SourceFile, found: list[Diagnostic], code: str, message: str, remedy: str, label: str = ""
) -> SourceFile:
    """Report a file that is no text, at its end as far as it could be read; an empty text stands for it."""
    end = len(file.text)
    found.append(Diagnostic(code, "error", message, file, Span(max(0, end - 1), end), label, remedy))
    return SourceFile(file.path, "")
