"""A bar on the terminal for what lasts longer than two seconds."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

SLOW_SECONDS = 2


@contextmanager
def rows_done(what: str) -> Iterator[Callable[[int], None]]:
    """Tells of rows as they are done; shown on stderr once it lasts, and gone at the end."""
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

    console = Console(stderr=True)
    if not console.is_terminal:
        yield lambda _: None
        return
    began = time.monotonic()
    columns = (TextColumn("{task.description}"), BarColumn(), TextColumn("{task.completed:,.0f} rows"))
    with Progress(*columns, TimeElapsedColumn(), console=console, transient=True) as bar:
        task = bar.add_task(what, total=None, visible=False)

        def tick(rows: int) -> None:
            bar.update(task, advance=rows, visible=time.monotonic() - began > SLOW_SECONDS)

        yield tick
