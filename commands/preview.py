"""`relance preview`: a message rendered, or all of them, to be looked at before anybody gets them."""

import json
import sys
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from commands.options import FORMAT, PROJECT
from commands.outputs import writing
from commands.running import Failed, with_database
from commands.sample_reader import renderer_of, sample_reader, scope_of
from commands.sightings import note

if TYPE_CHECKING:
    from dsl.compiler import Project
    from dsl.diagnostics import Diagnostic
    from dsl.values import Money
    from engine.rendering import Draft
    from store.database import Database


@dataclass(frozen=True)
class _Preview:
    """What is shown. `page` is what `-o` writes."""

    shown: dict[str, Any]
    text: str
    page: str


@click.command(
    epilog="Example: relance preview welcome_hello --locale fr -o hello.html, or relance preview --all -o all"
)
@click.argument("template", required=False)
@click.option(
    "--all", "all_", is_flag=True, help="Every message in every language, as a page in the folder -o."
)
@click.option("--channel", help="email or sms; the first that the message exists on.")
@click.option("--contact", help="Somebody of the base (needs DATABASE_URL); a sample person otherwise.")
@click.option("--locale", help="Instead of the person's own.")
@click.option("--with", "pairs", multiple=True, metavar="K=V", help="A text instead of what the step gives.")
@click.option("-o", "--output", type=click.Path(path_type=Path), help="Write it to a file; all, to a folder.")
@FORMAT
@PROJECT
def command(  # noqa: PLR0913 - one for each option
    *,
    template: str | None,
    all_: bool,
    channel: str | None,
    contact: str | None,
    locale: str | None,
    pairs: tuple[str, ...],
    output: Path | None,
    form: str,
    project: Path,
) -> None:
    """Render the message TEMPLATE as a person would get it, or all messages side by side.

    Its links lead nowhere, and no code is taken. Ends with 1 when the message has mistakes.
    """
    from commands.gallery.command import write_gallery
    from dsl.compiler import compile_project
    from engine.trials import tried

    if all_ == bool(template):
        raise click.UsageError("name a message, or give --all")
    compiled = tried(compile_project(project))
    if template is None:
        sys.exit(write_gallery(project, compiled, output or Path("gallery"), form))
    channel = _channel(compiled, template, channel)
    given = _given(pairs)
    attributes = _attributes(compiled, contact) | ({"locale": locale} if locale else {})
    draft = _draft(compiled, template, channel, attributes, given)
    faults = _faults(compiled, template, channel)
    _show(_rendered(project, compiled, draft, channel, faults), faults, form, output)
    sys.exit(1 if any(each.severity == "error" for each in faults) else 0)


def _channel(project: "Project", message: str, wanted: str | None) -> str:
    """The channel to show. Raises Failed where the message, or it on this channel, does not exist."""
    from dsl.diagnostics import did_you_mean

    channels = project.templates.channels(message)
    if not channels:
        names = {name for name, _ in project.templates.templates}
        raise Failed(f"no message `{message}`: {did_you_mean(message, names) or 'see templates/'}")
    if wanted and wanted not in channels:
        raise Failed(f"`{message}` has no {wanted}, only {', '.join(channels)}")
    return wanted or channels[0]


def _attributes(project: "Project", contact: str | None) -> dict[str, Any]:
    """Typed attributes of the contact, or of the first sample person who has all of them."""
    if contact is None:
        return sample_reader(project)
    return with_database(lambda database: _stored(database, project, contact))


async def _stored(database: "Database", project: "Project", contact: str) -> dict[str, Any]:
    from engine.typed import attributes
    from store import contacts
    from worker import stored_clock

    async with database.connection() as connection:
        rows = await contacts.read(connection, [contact])
    if not rows:
        raise Failed(f"there is no contact `{contact}` in the base")
    await note(database, "relance preview", contact, (await stored_clock(database)).now())
    return attributes(project.catalog, rows[0])


def _given(pairs: tuple[str, ...]) -> dict[str, str]:
    wrong = [pair for pair in pairs if "=" not in pair]
    if wrong:
        raise click.UsageError(f"`--with {wrong[0]}` has no value: write it like `--with code=ABC123`")
    return {name: value for name, _, value in (pair.partition("=") for pair in pairs)}


def _draft(
    project: "Project", message: str, channel: str, attributes: dict[str, Any], given: dict[str, str]
) -> "Draft":
    """The draft of the first step that sends it; a contact that has no zone gets the policy's."""
    from engine.previews import drafts_of

    scope = scope_of(project, attributes)
    plans = [scenario.plan for scenario in project.scenarios.values()]
    return replace(next(iter(drafts_of(message, channel, plans, scope, given))), zone=scope.zone.key)


def _rendered(
    folder: Path, project: "Project", draft: "Draft", channel: str, faults: list["Diagnostic"]
) -> _Preview:
    """The message. Raises ClickException with what is wrong with its files, else the renderer's words."""
    from dsl import render
    from engine.template_sandbox import Unrenderable
    from engine.trials import BREAKS

    renderer = renderer_of(folder)
    try:
        if channel == "sms":
            return _sms(renderer.sms(draft, project.world), project.policy.prices.get("sms"))
        return _email(renderer.email(draft, project.world))
    except (Unrenderable, ValueError) as error:
        broken = [each for each in faults if each.code == BREAKS]
        told = f"\n\n{render.text(broken)}" if broken else ""
        raise click.ClickException(f"{error}{told}") from None


def _email(rendered: Any) -> _Preview:
    from dsl.checks.templates import GMAIL_CUT

    size = len(rendered.html.encode())
    shown = {
        "channel": "email",
        "locale": rendered.locale,
        "subject": rendered.subject,
        "preheader": rendered.preheader,
        "html_bytes": size,
        "clipped_by_gmail": size > GMAIL_CUT,
        "text": rendered.text,
    }
    head = f"Subject:   {rendered.subject}\nPreheader: {rendered.preheader}\nLocale:    {rendered.locale}\n"
    cut = " (Gmail cuts it off)" if size > GMAIL_CUT else ""
    return _Preview(shown, f"{head}HTML:      {size / 1024:.0f} kB{cut}\n\n{rendered.text}", rendered.html)


def _sms(rendered: Any, price: "Money | None") -> _Preview:
    from channels.sms_segments import count
    from engine.sms_costs import written

    segments = count(rendered.body)
    shown = {
        "channel": "sms",
        "locale": rendered.locale,
        "body": rendered.body,
        "characters": len(rendered.body),
        "segments": segments.count,
        "encoding": segments.encoding,
        "forced_by": segments.forced_by,
        "price": None if price is None else str(price.amount * segments.count),
    }
    forced = f", forced by `{segments.forced_by}`" if segments.forced_by else ""
    plural = "s" if segments.count != 1 else ""
    bill = f"{len(rendered.body)} characters, {segments.count} segment{plural}, {segments.encoding}{forced}"
    if price is not None:
        bill += f", {written(price, segments.count)}"
    return _Preview(shown, f"{rendered.body}\n\n{bill}\n", rendered.body + "\n")


def _faults(project: "Project", message: str, channel: str) -> list["Diagnostic"]:
    """What the checker says about the files of this message."""
    locales = project.templates.locales(message, channel).values()
    files = frozenset[str]().union(*(each.paths for each in locales))
    return [each for each in project.diagnostics if each.file.path in files]


def _show(preview: _Preview, faults: list["Diagnostic"], form: str, output: Path | None) -> None:
    from dsl import render

    if output is not None:
        with writing(output):
            output.write_text(preview.page, "utf-8")
    if form == "json":
        found = [render.as_data(each) for each in faults]
        click.echo(json.dumps({**preview.shown, "diagnostics": found}, ensure_ascii=False))
        return
    click.echo(preview.text, nl=False)
    if faults:
        click.echo("\n" + render.text(faults, colour=sys.stdout.isatty()))
    if output is not None:
        click.echo(f"\nWritten to {output}")
