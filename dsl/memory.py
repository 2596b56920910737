"""What a compilation takes over from the one before it.

An editor compiles a whole project at every pause of the hand, and between two of them one file changes.
Within one compilation it spares the meaning of scenarios that are looked at more than once.
"""

from dsl.catalog import Catalog
from dsl.diagnostics import Diagnostic
from dsl.meaning import Meanings
from dsl.parser import Parsed, Words, parse_scenario
from dsl.project_files import ScenarioFile
from dsl.reader import read
from dsl.scenario import Scenario
from dsl.scenario_meaning import give_meaning
from dsl.source import Span


class Memory:
    """Scenarios by file, and their meanings, as long as all that they depend on is the same."""

    def __init__(self) -> None:
        self._parsed: dict[str, tuple[ScenarioFile, Words, Parsed]] = {}
        self._meanings: dict[str, tuple[Scenario, Meanings]] = {}
        self._world: tuple[Catalog, frozenset[str]] | None = None

    def parsed(self, each: ScenarioFile, words: Words) -> Parsed:
        """The scenario of a file, with what is wrong with its YAML or its shape."""
        known = self._parsed.get(each.path)
        if known is None or known[:2] != (each, words):
            known = self._parsed[each.path] = (each, words, self.read(each, words))
        return known[2]

    def read(self, each: ScenarioFile, words: Words) -> Parsed:
        """The same, read now."""
        tree, wrong = read(each.file)
        if tree is None:
            return Parsed(None, tuple(wrong) or (_empty(each),), whole=False)
        parsed = parse_scenario(each.file, tree, each.program, words)
        return Parsed(parsed.scenario, (*wrong, *parsed.diagnostics), whole=parsed.whole and not wrong)

    def meanings(self, scenario: Scenario, catalog: Catalog, segments: frozenset[str]) -> Meanings:
        """The meanings of a scenario's expressions."""
        if self._world is None or self._world != (catalog, segments):
            self._meanings.clear()
        self._world = (catalog, segments)
        path = scenario.file.path
        known = self._meanings.get(path)
        if known is None or known[0] is not scenario:
            known = self._meanings[path] = (scenario, give_meaning(scenario, catalog, segments))
        return known[1]


def _empty(each: ScenarioFile) -> Diagnostic:
    return Diagnostic(
        "E122", "error", "the file is empty", each.file, Span(0, 0), help="begin it with `scenario: name`"
    )
