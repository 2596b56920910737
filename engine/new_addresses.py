"""Who said STOP or complained spoke for themselves: it holds for the address that they have next, too.

An objection is a person's (GDPR art. 21(3)); what only tells that an address is dead stays with the address.
"""

from collections import defaultdict
from collections.abc import Collection
from datetime import datetime

from engine.addresses import ATTRIBUTE_OF_CHANNEL, Addresses
from store import consents, contacts
from store.consents import Block
from store.database import Connection, Row

DEAD = frozenset({"hard_bounce", "invalid"})
"""Blocks that tell of an address and not of what its owner wants."""

SOURCE = "change of address"
CHANNEL_OF_ATTRIBUTE = {name: channel for channel, name in ATTRIBUTE_OF_CHANNEL.items()}


async def carry_over(
    connection: Connection, addresses: Addresses, contact_ids: Collection[str], now: datetime
) -> None:
    """Block the new addresses of locked contacts as those are that they had just before.

    Called in the transaction that has written the new ones, and their history.
    """
    if not contact_ids:
        return
    changed = await contacts.readdressed(connection, contact_ids)
    old = [addresses.hashes(CHANNEL_OF_ATTRIBUTE[row["attribute"]], row["before"]) for row in changed]
    held = defaultdict(list)
    for row in await consents.suppressions(connection, {digest for each in old for digest in each}, ()):
        held[row["address_hash"]].append(row)
    blocks = []
    for row, digests in zip(changed, old, strict=True):
        channel = CHANNEL_OF_ATTRIBUTE[row["attribute"]]
        said = [each for digest in digests for each in held[digest] if is_objection(each, channel)]
        if said:
            hashes = addresses.hashes(channel, row["after"])
            blocks += [block_like(each, hashes, SOURCE, now) for each in said]
    await consents.suppress(connection, blocks)


def is_objection(block: Row, channel: str) -> bool:
    """Whether a block on an address says what somebody wants of a channel."""
    return block["channel"] == channel and block["reason"] not in DEAD and block["address_hash"] is not None


def block_like(block: Row, hashes: tuple[str, ...], source: str, now: datetime) -> Block:
    """The same block on another address, given by its hashes."""
    topics = tuple(block["topics"]) if block["topics"] else None
    return Block(
        block["channel"], hashes, block["reason"], source, now, topics=topics, sender=block["sender"]
    )
