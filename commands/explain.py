"""`relance explain`: the long story of a diagnostic's code."""

import json
from importlib.resources import files

import click

from commands.options import FORMAT


@click.command(epilog="Example: relance explain E402", short_help="Explain a diagnostic's code.")
@click.argument("code")
@FORMAT
def command(code: str, form: str) -> None:
    """Print what CODE means, an example of the mistake, and how to mend it."""
    from dsl.diagnostics import did_you_mean

    pages = files("dsl") / "hints"
    known = sorted(page.name.removesuffix(".md") for page in pages.iterdir() if page.name.endswith(".md"))
    wanted = code.strip().upper()
    if wanted not in known:
        near = did_you_mean(wanted, known) or "`relance check` prints them in brackets, like error[E402]"
        raise click.UsageError(f"no diagnostic has the code {code!r}; {near}")
    text = (pages / f"{wanted}.md").read_text("utf-8").rstrip()
    if form == "json":
        title = text.partition("\n")[0].removeprefix(f"# {wanted}: ")
        click.echo(json.dumps({"code": wanted, "title": title, "text": text}, ensure_ascii=False, indent=2))
    else:
        click.echo(text)
