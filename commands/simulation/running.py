"""A simulation from beginning to end: people found, days lived through, and what came of it."""

from collections.abc import Callable
from dataclasses import replace
from typing import TypeAlias

from commands.running import Failed, run
from commands.simulation.asked import Asked, Ready
from commands.simulation.of_base import of_base
from commands.simulation.of_files import of_files, of_nobody
from engine.simulation.report import Told, told
from engine.simulation.together import PART, simulate
from engine.virtual.time import Endless

Tick: TypeAlias = Callable[..., None]
FEW = 3 * PART
"""A process takes a second to start, in which one alone is done with some hundred people."""


def run_simulation(asked: Asked, tick: Tick) -> Told:
    """Simulate what was asked. Raises Failed where the people or events cannot be read."""
    try:
        return run(_simulated(asked, tick))
    except Endless as endless:
        raise Failed(f"scenarios go in circles without time passing: {endless}") from None


async def _simulated(asked: Asked, tick: Tick) -> Told:
    if asked.is_of_base:
        async with of_base(asked) as ready:
            found = await _lived(asked, ready, tick)
            return replace(found, before=await _lived(asked, ready.before, tick)) if ready.before else found
    if asked.compare:
        raise Failed("--compare is with what is in force, and goes with the base: --contacts base")
    return await _lived(asked, of_files(asked) if asked.contacts else of_nobody(asked), tick)


async def _lived(asked: Asked, ready: Ready, tick: Tick) -> Told:
    tick(0, ready.many * (2 if asked.compare else 1))
    jobs = asked.jobs if ready.many > FEW else 1
    tally = await simulate(ready.setting, ready.parts, jobs=jobs, beat=tick)
    found = told(ready.setting, tally, only=asked.scenarios, pools=ready.pools, assumptions=ready.assumptions)
    return replace(found, warnings=(*ready.warnings, *found.warnings))
