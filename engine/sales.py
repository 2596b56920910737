"""The sale on which a soft opt-in rests: it is looked for, and named in the proof (CPCE art. L34-5).

Who sold something may write about similar offers, without consent, to the address that the customer gave on
that occasion. An account without a purchase is no sale (CNIL, prospecting by electronic mail).
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any, TypeAlias

from dsl.catalog import Catalog
from engine.statements import Statement
from store import consents
from store.database import Connection

LATER_AT_MOST = timedelta(days=1)
"""The box is read before the order is paid, and a till tells of it in the evening."""


class NoSale(ValueError):
    """A soft opt-in that no sale to the person goes with; the message says what to do."""


Found: TypeAlias = Mapping[str, Any] | NoSale


async def with_sales(
    connection: Connection, catalog: Catalog, statements: Sequence[Statement]
) -> list[Statement]:
    """The statements, each soft opt-in with the sale that it rests on in its proof. Raises NoSale."""
    resting = [each for each in statements if each.rests_on_a_sale]
    found = iter(await sales(connection, catalog, resting))
    proved = []
    for each in statements:
        sale = next(found) if each.rests_on_a_sale else {}
        if isinstance(sale, NoSale):
            raise sale
        proved.append(replace(each, proof={**each.proof, **sale}))
    return proved


async def sales(connection: Connection, catalog: Catalog, resting: Sequence[Statement]) -> list[Found]:
    """For each soft opt-in the sale that it rests on, as its proof has it, or why there is none."""
    events = [catalog.topics[each.topic].sale if each.topic in catalog.topics else None for each in resting]
    asked = [
        (each.contact_id, event, each.at + LATER_AT_MOST)
        for each, event in zip(resting, events, strict=True)
        if event is not None
    ]
    rows = iter(await consents.sales(connection, asked))
    found: list[Found] = []
    for each, event in zip(resting, events, strict=True):
        row = next(rows) if event is not None else None
        if row is None:
            found.append(_refusal(each, event))
        else:
            sale = {"event": event, "source": row["source"], "id": row["id"], "at": row["at"].isoformat()}
            found.append({"sale": sale})
    return found


def _refusal(said: Statement, event: str | None) -> NoSale:
    if event is None:
        return NoSale(
            f"`{said.topic}` takes no soft opt-in: declare `default: soft_opt_in` and its `sale` in "
            "catalog.yaml, or ask for consent"
        )
    return NoSale(
        f"a soft opt-in to `{said.topic}` rests on a sale, and this person has no {event} up to "
        f"{said.at:%Y-%m-%d}: send the order first, or ask for consent"
    )
