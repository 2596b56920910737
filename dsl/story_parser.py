"""Located tree to the stories of a file, checked against the project that they tell of."""

from dsl.diagnostics import Diagnostic, Related, did_you_mean
from dsl.frozen import dataclass
from dsl.shapes import Shapes, head, shown
from dsl.source import SourceFile, Span
from dsl.story import Story, StoryFile
from dsl.story_cast import Known, cast_of
from dsl.story_expect import expected
from dsl.story_given import given
from dsl.story_lines import Reader, beside
from dsl.story_values import first_day
from dsl.tree import Mapping, Node, Scalar, Sequence, is_null
from dsl.written import Given as Written

KEYS = ("scenarios", "starts", "stories")
STORY_KEYS = ("name", "given", "when", "expect")


@dataclass(frozen=True)
class ParsedStories:
    """The stories of a file, None where something is wrong with it."""

    stories: StoryFile | None
    diagnostics: tuple[Diagnostic, ...]


def parse_stories(file: SourceFile, root: Node, known: Known) -> ParsedStories:
    """Read one `*.test.yaml` file."""
    shapes = Shapes(file)
    mapping = shapes.mapping(root, "a file of stories")
    found = _file(shapes, mapping, known) if mapping else None
    errors = any(each.severity == "error" for each in shapes.found)
    return ParsedStories(None if errors or not shapes.whole else found, tuple(shapes.found))


def told_scenarios(root: Node | None) -> frozenset[str]:
    """The scenarios that a file has stories of, as far as it can be read."""
    if not isinstance(root, Mapping):
        return frozenset()
    stories, named = root.get("stories"), root.get("scenarios")
    if not isinstance(stories, Sequence) or not stories.items or not isinstance(named, Sequence):
        return frozenset()
    return frozenset(item.value for item in named.items if isinstance(item, Scalar))


def published_files(root: Node | None) -> frozenset[str]:
    """The names of files that stories publish, which are no scenarios of the project."""
    stories = root.get("stories") if isinstance(root, Mapping) else None
    found: set[str] = set()
    for story in stories.items if isinstance(stories, Sequence) else ():
        lines = story.get("when") if isinstance(story, Mapping) else None
        for line in lines.items if isinstance(lines, Sequence) else ():
            name = line.get("publishes") if isinstance(line, Mapping) else None
            if isinstance(name, Scalar) and not name.is_null:
                found.add(name.value)
    return frozenset(found)


def _file(shapes: Shapes, mapping: Mapping, known: Known) -> StoryFile | None:
    fields = shapes.fields(mapping, "a file of stories", KEYS, KEYS)
    named = _scenarios(shapes, fields.get("scenarios"), known)
    starts = shapes.given(fields.get("starts"), "`starts`", first_day, "a day like `2027-02-15`")
    published = [beside(shapes.file.path, name) for name in sorted(published_files(mapping))]
    cast = cast_of([name.value for name in named], published, known)
    reader = Reader(shapes, known, cast, starts.value if starts else None)
    stories = [_story(reader, node) for node in shapes.items(fields.get("stories"), "`stories`")]
    _names_once(shapes, fields.get("stories"))
    if starts is None:
        return None
    names = tuple(name.value for name in named)
    return StoryFile(shapes.file, names, starts.value, tuple(each for each in stories if each))


def _scenarios(shapes: Shapes, node: Node | None, known: Known) -> tuple[Written[str], ...]:
    found = shapes.names(node, "a scenario")
    if node is not None and not found and shapes.whole:
        shapes.error(
            "E122", "`scenarios` needs at least one", head(node), remedy="say whose stories these are"
        )
    for name in found:
        if name.value not in known.names and known.complete:
            listed = (
                f"there are: {', '.join(sorted(known.names))}" if known.names else "write the scenario first"
            )
            shapes.error(
                "E801",
                f"unknown scenario `{shown(name.value)}`",
                name.span,
                label="not in scenarios/",
                remedy=did_you_mean(name.value, known.names) or listed,
            )
    return found


def _story(reader: Reader, node: Node) -> Story | None:
    shapes = reader.shapes
    mapping = shapes.mapping(node, "a story")
    if mapping is None:
        return None
    fields = shapes.fields(mapping, "a story", STORY_KEYS, ("name", "expect"))
    name = shapes.text(fields.get("name"), "`name`")
    begins = given(reader, fields.get("given"))
    lines = [reader.line(item) for item in _items(shapes, fields.get("when"), "`when`")]
    follows = [expected(reader, item) for item in _items(shapes, fields.get("expect"), "`expect`")]
    if name is None:
        return None
    return Story(
        name,
        begins,
        tuple(line for line in lines if line),
        tuple(each for line in follows for each in line),
        _place(fields["name"]),
    )


def _items(shapes: Shapes, node: Node | None, what: str) -> tuple[Node, ...]:
    return () if is_null(node) else shapes.items(node, what)


def _names_once(shapes: Shapes, node: Node | None) -> None:
    """What fails must be found by its name."""
    first: dict[str, Span] = {}
    for item in node.items if isinstance(node, Sequence) else ():
        name = item.get("name") if isinstance(item, Mapping) else None
        if not isinstance(name, Scalar) or name.is_null:
            continue
        if name.value in first:
            shapes.error(
                "E202",
                f"two stories are called `{shown(name.value)}`",
                name.span,
                label="this is the second",
                remedy="give it a name of its own",
                related=(Related(shapes.file, first[name.value], "the first"),),
            )
        first.setdefault(name.value, name.span)


def _place(node: Node) -> Span:
    return node.span if isinstance(node, Scalar) else head(node)
