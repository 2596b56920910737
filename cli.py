"""The `relance` command. Each verb lives in a module of `commands`, imported only when it is asked for.

`relance check` runs at every commit and must feel instant, so nothing heavy is imported here.
"""

import importlib
import os
import sys
from collections.abc import Sequence

import click

from commands.ending import ends_at_once

VERBS: dict[str, str] = {
    "audit": "Show who saw, exported and changed what, and whether anybody tampered with it.",
    "check": "Report every mistake in the scenarios, each with its place and its remedy.",
    "contacts": "Bring people in from files, and show a person with all that is kept.",
    "cost": "Say what SMS cost, before anybody gets them.",
    "demo": "Watch a month of a brand's life: real scenarios, real workflows, no real message.",
    "dev": "Start everything on this machine: database, Temporal, worker, web.",
    "describe": "Say in plain English what a scenario does.",
    "diagram": "Draw a scenario as SVG or Mermaid.",
    "diff": "Say what changed between two versions, in business words.",
    "event": "Raise an event by hand.",
    "export": "Write out contacts, events, messages or consents: CSV, JSON Lines, Parquet.",
    "fmt": "Put scenario files in canonical form.",
    "explain": "Tell the long story of a diagnostic code.",
    "keys": "Create, rotate, list and revoke the API keys of other systems.",
    "db": "Bring a database to the tables of this version.",
    "lsp": "Serve editors: mistakes as you type, completion, definitions, renames.",
    "pause": "Stop a scenario, a channel or everything; nothing is lost meanwhile.",
    "plan": "Show the whole relational plan: table, charts, sheets.",
    "preview": "Render a message as a person would get it.",
    "privacy": "Give people their data, forget them, let go of what is old, keep the register.",
    "publish": "Put the scenarios of this folder in force.",
    "replay": "Decide a past run again from its recorded facts, step by step.",
    "report": "Say what came of scenarios: sent, refused, goals, and the difference they make.",
    "resume": "Go on after a pause.",
    "runs": "Show who is under way, what a run waits for, and stop runs.",
    "status": "Say what stands still, what waits and what is late; 1 where something is wrong.",
    "segments": "Show the segments, count who is in them, export who they are.",
    "tasks": "Show what scenarios ask people to do; take it, and say what came of it.",
    "test": "Play the stories that must hold, months in milliseconds.",
    "sources": "List the systems that call us, and show what would come of a request.",
    "simulate": "Live through the coming days: what would leave, to whom, and why not.",
    "schema": "Write JSON Schemas, with which editors complete and explain.",
    "users": "Let people into the studio, each with a role.",
    "versions": "List who published what when, and how many people are on it.",
    "web": "Serve the API, the webhooks, the public pages and the studio.",
    "why": "Say why something was or was not sent, now or at an instant of the past.",
    "worker": "Run workflows, route events and send messages.",
}
"""Every verb with its line in the help, so that `relance --help` imports none of them."""


class Verbs(click.Group):
    """Loads `commands.<verb>` on demand; the command in it is called `command`."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The verbs, in the order of the alphabet."""
        del ctx
        return sorted(VERBS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The verb's command, imported now; None for an unknown verb."""
        del ctx
        if cmd_name not in VERBS:
            return None
        module = importlib.import_module(f"commands.{cmd_name}")
        command: click.Command = module.command
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The list of verbs, from the table above."""
        with formatter.section("Commands"):
            formatter.write_dl([(verb, VERBS[verb]) for verb in self.list_commands(ctx)])

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """The command asked for, or a usage error that suggests the nearest verb."""
        from difflib import get_close_matches

        if args and args[0] not in VERBS and not args[0].startswith("-"):
            near = get_close_matches(args[0], VERBS, n=1)
            hint = f" Did you mean `relance {near[0]}`?" if near else " See `relance --help`."
            raise click.UsageError(f"there is no verb `{args[0]}`.{hint}")
        return super().resolve_command(ctx, args)


@click.group(cls=Verbs, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="relance", prog_name="relance")
def relance() -> None:
    """Marketing scenarios as checked text, run durably.

    Start with `relance demo`, then change a file in scenarios/ and run `relance check`.
    """


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line; exits with 0, 1 (what was checked does not hold) or 2 (usage, configuration)."""
    with ends_at_once():
        typed = sys.argv[1:] if arguments is None else list(arguments)
        _require_text(typed)
        relance.main(args=typed, prog_name="relance")


def _require_text(arguments: Sequence[str]) -> None:
    """End with 2 where an argument is no text, as one in Latin-1 is not, but for the names of files."""
    for each in arguments:
        try:
            each.encode()
        except UnicodeEncodeError:
            if not os.path.lexists(each):
                shown = os.fsencode(each).decode(errors="backslashreplace")
                click.echo(f"relance: `{shown}` is not UTF-8: set the terminal to UTF-8", err=True)
                sys.exit(2)


if __name__ == "__main__":
    main()
