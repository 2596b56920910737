"""Messages that are under way in the database of a test, without an engine that sends them."""

import json
from datetime import timedelta

from engine.subscriptions import grant
from tests.web.conftest import NOW


async def agree(services, contact, *pairs):
    """Consents to (topic, channel) pairs."""
    for topic, channel in pairs:
        await grant(services.database, services.plans, contact, topic, channel, source="tests", now=NOW)


async def put_message(services, *, contact="c_zoe", channel="email", message="welcome_hello", state="sent"):
    """A message of the welcome scenario with its run and workflow; returns its uid."""
    async with services.database.transaction() as connection:
        cursor = await connection.execute(
            "insert into groups (workflow_id, scenario, version, contact_id, size, created_at)"
            " values ('welcome/' || %s || '/' || nextval('event_seq'), 'welcome', 1, %s, 1, %s)"
            " returning id",
            (contact, contact, NOW),
        )
        group = (await cursor.fetchone())["id"]
        state_of_run = json.dumps({"began": {"at": {"$": "instant", "v": NOW.isoformat()}}})
        cursor = await connection.execute(
            "insert into runs (group_id, scenario, version, contact_id, parallel, position, due_at,"
            " entered_at, state)"
            " values (%s, 'welcome', 1, %s, true, 'hello', %s, %s, %s) returning id",
            (group, contact, NOW + timedelta(days=3), NOW, state_of_run),
        )
        run = (await cursor.fetchone())["id"]
        sent = NOW - timedelta(minutes=10) if state in {"sent", "delivered"} else None
        cursor = await connection.execute(
            "insert into messages (run_id, group_id, contact_id, scenario, version, step, iteration, channel,"
            " message, topic, class, priority, state, planned_at, local_day, expires_at, sent_at, provider)"
            " values (%s, %s, %s, 'welcome', 1, 'hello', 1, %s, %s, 'newsletter', 'marketing', 60, %s, %s,"
            " %s, %s, %s, 'outbox') returning uid::text as uid",
            (run, group, contact, channel, message, state, NOW, NOW.date(), NOW + timedelta(days=4), sent),
        )
        return (await cursor.fetchone())["uid"]
