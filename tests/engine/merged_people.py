"""Two people with runs, limits and consents of their own, who are merged and parted."""

from datetime import timedelta

from engine.merging import merge
from engine.unmerging import unmerge
from tests.engine.scenarios import scenario

HELLO = scenario(
    "hello",
    """
    - email: m1
    - wait: 3 days
    - email: m2
    """,
    trigger="event: order.placed",
)

CART = scenario(
    "cart",
    """
    - wait: 2 hours
    - email: m3
    """,
    trigger="event: cart.updated",
    entry="always",
    head="key: event.cart_id\n",
)

TIGHT = """
time_zone: { default: Europe/Paris }
hours:
  email: { allow: "00:00-24:00" }
  sms: { allow: "00:00-24:00" }
pressure:
  day: calendar
  limits:
    - { at_most: 1, per: 7 days }
  on_cap: drop
expires: 4 days
late_events: 1 day
"""


async def both(shop, noon, **more):
    """Ada entered first, Bob an hour later; both have had the first message."""
    await shop.publish(hello=HELLO, cart=CART, **more)
    await shop.person("ada", tier="gold")
    await shop.person("bob", points=7, tier="silver")
    await shop.happens("order.placed", "bob", order_id="b", total=3)
    await shop.happens("order.placed", "ada", order_id="a", total=4, at=noon + timedelta(hours=1))
    await shop.sent("ada", now=noon + timedelta(hours=1))
    await shop.sent("bob", now=noon + timedelta(hours=1))
    await shop.look(noon + timedelta(hours=1))


async def join(shop, winner, loser, now, **more):
    return await merge(shop.database, shop.plans, winner, loser, actor="tests", now=now, **more)


async def part(shop, id_, now):
    return await unmerge(shop.database, shop.plans, id_, actor="tests", now=now)


async def state(shop):
    """All that a merge may touch, without what only says when it was written."""
    without = {
        "contacts": "'updated_at'",
        "messages": "'settled_at', 'reason', 'state', 'first_refused_at'",
        "runs": "'due_at', 'sequence', 'objects_at'",
    }
    found = {}
    for table in ("contacts", "runs", "messages", "events", "identities", "segment_members"):
        drop = without.get(table, "''")
        rows = await shop.rows(f"select (to_jsonb(t) - array[{drop}])::text as row from {table} t order by 1")
        found[table] = [row["row"] for row in rows]
    held = await shop.rows(
        "select distinct on (contact_id, topic, channel) contact_id, topic, channel, state from consents"
        " order by contact_id, topic, channel, id desc"
    )
    return found | {"consents": held}
