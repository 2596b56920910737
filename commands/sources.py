"""`relance sources`: the systems that call us, and what would come of a request of theirs."""

from collections.abc import Iterator
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from commands.options import FORMAT, PROJECT
from commands.running import Failed
from commands.tables import show_json, table

if TYPE_CHECKING:
    from dsl.compiler import Project
    from dsl.inbound.model import Inbound
    from engine.inbound.reading import Item, Request


@click.group(name="sources")
def command() -> None:
    """Look at the systems that call us: one file of sources/ each."""


@command.command(name="list", epilog="Example: relance sources list")
@PROJECT
@FORMAT
def list_(project: Path, form: str) -> None:
    """List the sources: where each calls, how it signs, and what its items become."""
    found = [_listed(each) for each in _compiled(project).sources.values()]
    if form == "json":
        show_json(found)
    elif found:
        headings = ("source", "calls", "secret in", "mappings")
        rows = [
            (
                each["name"],
                each["address"],
                f"{each['secret_env']}{'' if each['secret_set'] else ' (not set here)'}",
                ", ".join(each["mappings"]),
            )
            for each in found
        ]
        click.echo(table(headings, rows))
    else:
        click.echo("no source: docs/sources.md shows how one is written")


def _listed(source: "Inbound") -> dict[str, Any]:
    """A source as JSON; of its secret only whether it is set here."""
    import os

    return {
        "name": source.name,
        "title": source.title,
        "address": f"/webhooks/in/{source.name}",
        "secret_env": source.signing.secret_env,
        "secret_set": bool(os.environ.get(source.signing.secret_env, "").strip()),
        "mappings": [mapping.name.value for mapping in source.mappings],
    }


@command.command(epilog="Example: relance sources test shop order.json")
@click.argument("name")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path), metavar="FILE.json")
@PROJECT
@FORMAT
def test(name: str, file: Path, project: Path, form: str) -> None:
    """Show what would come of the request FILE.json of the source NAME, without doing it.

    No signature is asked, nobody is looked for and no database is needed. Status 1 when an item is refused.
    """
    from engine.inbound.reading import BadRequest, read_request

    compiled = _compiled(project)
    source = _source(compiled, name)
    try:
        request = read_request(source, compiled.catalog, _body(file), datetime.now(UTC))
    except BadRequest as error:
        raise Failed(f"{file}: {error}") from None
    if form == "json":
        show_json(_plain(request))
    else:
        click.echo("\n".join(_page(request)))
    if any(each.status == "refused" for each in request.results):
        raise SystemExit(1)


def _compiled(project: Path) -> "Project":
    from dsl.compiler import compile_project

    return compile_project(project)


def _source(project: "Project", name: str) -> "Inbound":
    """The source of a name. Raises Failed with the remedy."""
    if name in project.sources:
        return project.sources[name]
    wrong = [each for each in project.errors if Path(each.file.path).stem == name]
    if wrong or project.world_errors:
        raise Failed(f"sources/{name}.yaml, or the catalog, has mistakes: `relance check` names them")
    raise Failed(f"there is no source `{name}`; there are {', '.join(project.sources) or 'none'}")


def _plain(request: "Request") -> list[dict[str, Any]]:
    told = [{"index": each.index, "status": "accepted", **_told(each)} for each in request.items]
    rest = [{k: v for k, v in asdict(each).items() if v is not None} for each in request.results]
    return sorted([*told, *rest], key=lambda each: each["index"])


def _told(item: "Item") -> dict[str, Any]:
    """What is to be done, by its parts."""
    event, person = item.event, item.person
    return {
        "mapping": item.mapping,
        "id": item.key,
        "at": item.at,
        "contact": [
            {"by": each.kind or each.way, "value": each.value, "identity": each.way == "identity"}
            for each in item.sought
        ],
        "event": {"name": event.name, "with": dict(event.properties)} if event else None,
        "attributes": dict(person.attributes) if person else {},
        "identities": dict(person.identities) if person else {},
        "consents": [asdict(each) for each in person.consents] if person else [],
    }


def _page(request: "Request") -> Iterator[str]:
    lines = {each.index: list(_item(each)) for each in request.items}
    for done in request.results:
        why = f"{done.pointer or 'the item'}: {done.detail}"
        lines[done.index] = [f"item {done.index}: {done.status}", f"  {why}"]
    for index in sorted(lines):
        yield from lines[index]


def _item(item: "Item") -> Iterator[str]:
    yield f"item {item.index}: {item.mapping}, counted once as {item.key}, at {item.at.isoformat()}"
    ways = [
        f"the {each.kind} id {each.value}" if each.way == "identity" else f"the {each.way} {each.value}"
        for each in item.sought
    ]
    if ways:
        yield f"  whose: {', or else '.join(ways)}"
    if item.event is not None:
        given = ", ".join(f"{name} = {value}" for name, value in item.event.properties.items())
        yield f"  event {item.event.name}: {given or 'no properties'}"
    if item.person is not None:
        for name, value in item.person.attributes.items():
            yield f"  contact.{name} = {value}"
        for kind, value in item.person.identities.items():
            yield f"  identity {kind}: {value}"
        for said in item.person.consents:
            at = f" at {said.at.isoformat()}" if said.at else ""
            yield f"  consent {said.topic} by {said.channel}: {said.state}{at}"


def _body(file: Path) -> bytes:
    """What a file holds, no more than a request may. Raises Failed."""
    from web.limits import MAX_BODY

    try:
        with file.open("rb") as opened:
            body = opened.read(MAX_BODY + 1)
    except OSError as error:
        raise Failed(f"{file} cannot be read: {error.strerror or error}") from None
    if len(body) > MAX_BODY:
        raise Failed(f"{file}: a request is at most {MAX_BODY:,} bytes: send the items in several")
    return body
