"""`relance worker`: the process that decides, routes and sends."""

import click

from commands.running import require_scenarios, run, settings


@click.command(name="worker", epilog="Example: relance worker")
def command() -> None:
    """Run workflows, route events and send messages, until Ctrl-C or a polite kill.

    Any number of workers may run on any number of machines; each takes what there is to do.
    """
    from engine import logs
    from worker import run_worker

    chosen = settings()
    require_scenarios(chosen.project, remedy="go to the project's folder, or set RELANCE_PROJECT")
    logs.configure(chosen.logs, chosen.log_level)
    run(run_worker(chosen))
