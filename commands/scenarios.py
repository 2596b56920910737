"""A scenario by its name, for the verbs that show one."""

from pathlib import Path

from commands.running import Failed
from dsl.compiler import CompiledScenario, Project, compile_project
from dsl.diagnostics import did_you_mean


def compiled(scenario: str, folder: Path) -> tuple[CompiledScenario, Project]:
    """The compiled scenario and its project.

    Raises Failed naming the nearest scenario, or saying that it has mistakes.
    """
    project = compile_project(folder)
    found = project.scenarios.get(scenario)
    if found is not None:
        return found, project
    if project.errors:
        raise Failed(f"no scenario `{scenario}` without mistakes: see `relance check`")
    hint = did_you_mean(scenario, project.scenarios) or "see the files in scenarios/"
    raise Failed(f"there is no scenario `{scenario}`: {hint}")
