"""`relance event`: a trigger by hand."""

import json
import uuid
from typing import TYPE_CHECKING, Any

import click

from commands.options import FORMAT
from commands.running import Failed, settings, with_database

if TYPE_CHECKING:
    from engine.ingest import Ingested, IngestError
    from store.database import Database

SOURCE = "hand"


@click.command(
    name="event",
    epilog="Example: relance event order.placed --identity loyalty_card=0042-7731 --with total=25",
)
@click.argument("name")
@click.option("--contact", help="Whose event, by our own id.")
@click.option(
    "--identity",
    "identities",
    multiple=True,
    metavar="KIND=VALUE",
    help="Whose event, by email, phone, or an id of another system; may be repeated.",
)
@click.option("--with", "pairs", multiple=True, metavar="KEY=VALUE", help="A property; may be repeated.")
@click.option("--id", "key", help="The id under which it counts once; made up unless given.")
@FORMAT
def command(
    name: str,
    contact: str | None,
    identities: tuple[str, ...],
    pairs: tuple[str, ...],
    key: str | None,
    form: str,
) -> None:
    """Raise an event by hand, through the same door as every other.

    It is of a --contact, or of whom each --identity leads to; about an object, of nobody. A value of --with
    is read as JSON where it is JSON (25, true, [..]) and as text where it is not, or where it is in quotes:
    --with 'order_id="1001"'.
    """
    known = _once("--identity", [_identity(each) for each in identities])
    properties = _once("--with", [_pair(pair) for pair in pairs])
    key = key or uuid.uuid4().hex
    result = with_database(lambda database: _raise(database, name, contact, known, properties, key))
    if result.errors:
        raise Failed(_with_remedy(result.errors[0], properties))
    if form == "json":
        click.echo(json.dumps({"id": key, "accepted": result.accepted, "duplicate": result.duplicates > 0}))
    else:
        click.echo("taken" if result.accepted else "known already: nothing was done")


def _with_remedy(error: "IngestError", properties: dict[str, Any]) -> str:
    """What is wrong, and of a text that looks like a number how it is written."""
    name = next((each for each in properties if f"`{each}` (text)" in error.message), None)
    if name is None or isinstance(properties[name], str | list | dict):
        return error.message
    return f"{error.message}; a text is put in quotes: --with '{name}=\"{json.dumps(properties[name])}\"'"


def _once(option: str, pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """The pairs by key. Raises UsageError for a key that comes twice: which was meant, nobody knows."""
    found = dict(pairs)
    for key, _ in pairs:
        if sum(key == other for other, _ in pairs) > 1:
            raise click.UsageError(f"{option} gives `{key}` twice")
    return found


async def _raise(
    database: "Database",
    name: str,
    contact: str | None,
    identities: dict[str, str],
    properties: dict[str, Any],
    key: str,
) -> "Ingested":
    from engine.ingest import Incoming, ingest
    from engine.plans import Plans
    from worker import stored_clock

    now = (await stored_clock(database)).now()
    event = Incoming(key, name, contact, now, properties, identities)
    return await ingest(database, Plans(database, settings().secret_keys), [event], source=SOURCE, now=now)


def _identity(pair: str) -> tuple[str, str]:
    """A kind with its value, which is not repeated in a mistake: it may be personal."""
    kind, equals, value = pair.partition("=")
    if not equals or not kind or not value:
        raise click.UsageError("--identity takes KIND=VALUE, like loyalty_card=0042-7731")
    return kind, value


def _pair(pair: str) -> tuple[str, Any]:
    name, equals, value = pair.partition("=")
    if not equals or not name:
        raise click.UsageError(f"--with takes KEY=VALUE, not `{pair}`")
    try:
        return name, json.loads(value)
    except RecursionError:
        raise click.UsageError(f"--with: the value of `{name}` is nested too deep") from None
    except ValueError:
        return name, value
