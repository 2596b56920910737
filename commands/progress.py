"""A bar on the terminal for what lasts longer than two seconds."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol

SLOW_SECONDS = 2


class Tick(Protocol):
    """Tells that so many more are done, and of how many once that is known."""

    def __call__(self, done: int, total: int | None = None) -> None:
        """Move the bar on."""


@contextmanager
def progress(what: str, unit: str = "rows", *, foreseen: bool = False) -> Iterator[Tick]:
    """Tells of work as it is done; shown on stderr once it lasts, and gone at the end.

    `foreseen`: the total gets known, so that it can say how long is left instead of how long it lasts.
    """
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

    console, began = Console(stderr=True), time.monotonic()
    with Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.completed:,.0f} " + unit),
        TimeRemainingColumn() if foreseen else TimeElapsedColumn(),
        console=console,
        transient=True,
        disable=not console.is_terminal,
    ) as bar:
        task = bar.add_task(what, total=None, visible=False)

        def tick(done: int, total: int | None = None) -> None:
            bar.update(task, advance=done, total=total, visible=time.monotonic() - began > SLOW_SECONDS)

        yield tick
