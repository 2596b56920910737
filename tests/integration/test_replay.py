"""Upgrades: what older workers began is gone on with by the present workflow code, from their histories.

The histories were recorded by `tests.integration.recording`, each folder by the build of its number.
"""

from collections.abc import Sequence
from pathlib import Path

import pytest
from temporalio import workflow
from temporalio.client import WorkflowHistory
from temporalio.common import RawValue
from temporalio.worker import Replayer

from engine import wire
from engine.workflow import ScanWorkflow, ScenarioWorkflow
from tests.integration.recording import SHAPES

FOLDER = Path(__file__).parent / "histories"
FILES = sorted(FOLDER.glob("*/*.json"))


def read(path: Path) -> WorkflowHistory:
    return WorkflowHistory.from_json(path.stem, path.read_text("utf-8"))


@pytest.mark.parametrize("path", FILES, ids=lambda path: f"{path.parent.name}/{path.stem}")
async def test_what_an_older_worker_began_is_replayed(path: Path) -> None:
    """The same commands in the same order, or a run would stand still after an upgrade."""
    await Replayer(workflows=[ScenarioWorkflow, ScanWorkflow]).replay_workflow(read(path))


def test_every_build_has_a_history_of_every_shape() -> None:
    """Whoever counts the build up records them: `python -m tests.integration.recording`."""
    shapes = {*SHAPES, "scan"}
    builds = {str(number): shapes for number in range(1, int(wire.BUILD) + 1)}
    recorded = {path.parent.name: {each.stem for each in path.parent.glob("*.json")} for path in FILES}
    assert recorded == builds


@workflow.defn(dynamic=True)
class Hasty:
    """Sleeps before it has looked."""

    @workflow.run
    async def run(self, args: Sequence[RawValue]) -> None:
        """One timer."""
        del args
        await workflow.sleep(1)


@pytest.mark.parametrize("build", ["1", "2"])
async def test_a_workflow_that_does_other_things_is_found_out(build: str) -> None:
    """So that the replays above can fail."""
    with pytest.raises(workflow.NondeterminismError):
        await Replayer(workflows=[Hasty]).replay_workflow(read(FOLDER / build / "single.json"))
