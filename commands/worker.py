"""`relance worker`: the process that decides, routes and sends."""

import click

from commands.running import run, settings


@click.command(name="worker", epilog="Example: relance worker")
def command() -> None:
    """Run workflows, route events and send messages, until Ctrl-C or a polite kill.

    Any number of workers may run on any number of machines; each takes what there is to do.
    """
    from engine import logs
    from worker import run_worker

    chosen = settings()
    logs.configure(chosen.logs, chosen.log_level)
    run(run_worker(chosen))
