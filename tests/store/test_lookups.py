"""Rows that are named are looked up one by one, and not in the index of all that waits as they do.

The planner takes a table that has just grown for small, and with it the indexes of what is reserved,
attempted or active, which may be hundreds of thousands of rows for a minute.
"""

import re

import pytest

from store.database import FEW, plan_for, queries, rows_of

NOW = "2026-12-01T10:00:00Z"
QUEUES = re.compile(
    r"messages_(group|unsettled|recent)|runs_(due|overdue|position)|Seq Scan on (runs|messages)"
)
IDS = {"ids": [*range(1, 301)]}
RUNS = {"runs": [*range(1, 301)]}
ATTEMPT = "00000000-0000-0000-0000-000000000001"
GIVEN_BACK = {"ids": [*range(1, 301)], "attempts": [ATTEMPT] * 300}
RELEASED = [{"id": id_, "reason": "ended", "displaced": False} for id_ in range(1, 301)]
ATTEMPTED = [{"id": id_, "attempt_id": ATTEMPT, "local_day": "2026-12-01"} for id_ in range(1, 301)]
SENT = [{"id": id_, "attempt_id": ATTEMPT, "provider": "outbox"} for id_ in range(1, 301)]
WRITTEN = [{"id": id_, "status": "active", "sequence": 0} for id_ in range(1, 301)]
PEOPLE = {"contacts": [f"c_{id_:05}" for id_ in range(1, 301)]}
ORDER = {"seq": 1, "at": NOW, "name": "order.placed", "names": ["order.placed", "segment:vip"]}
EVENTS = [ORDER | {"contact_id": each} for each in PEOPLE["contacts"]]

STATEMENTS = {
    "attempts lock_contacts": IDS,
    "attempts to_attempt": IDS | {"now": NOW, "since": NOW, "again": ["transactional"]},
    "attempts attempt": {"rows": rows_of(ATTEMPTED), "now": NOW},
    "attempts give_back": GIVEN_BACK,
    "attempts sent": {"rows": rows_of(SENT), "now": NOW},
    "attempts make_due": RUNS | {"now": NOW},
    "attempts settle_unknown": IDS | {"again": [], "now": NOW, "before": NOW},
    "contacts lock": {"ids": PEOPLE["contacts"], "runs": RUNS["runs"]},
    "edits behind": PEOPLE | {"scenario": "journey"},
    "edits next_instants": IDS,
    "events history": PEOPLE | {"names": ["order.placed"], "since": [NOW], "oldest": NOW, "until": NOW},
    "events unseen": RUNS,
    "messages release": {"rows": rows_of(RELEASED), "now": NOW},
    "messages reserved_of_runs": RUNS,
    "messages of_contacts": PEOPLE | RUNS | {"since": NOW},
    "runs by_ids": IDS,
    "runs due_of_contacts": PEOPLE | {"now": NOW},
    "runs active_of_contacts": PEOPLE,
    "runs previous": PEOPLE | {"scenario": "journey"},
    "runs unwritten": IDS | {"written_as": ["1"] * 300},
    "runs write": {"rows": rows_of(WRITTEN)},
    "runs stop": IDS | {"now": NOW, "reason": "stopped"},
    "runs wake": IDS | {"now": NOW},
}


@pytest.fixture
async def planned(database):
    """How a statement is carried out for so many keys where thousands wait that came a moment ago."""
    async with database.transaction() as connection:
        await connection.execute(
            "insert into groups (workflow_id, scenario, version, size, created_at)"
            " select 'g' || n, 'journey', 1, 500, %s from generate_series(1, 10) n",
            (NOW,),
        )
        await connection.execute(
            "insert into runs (group_id, scenario, version, contact_id, entered_at, due_at)"
            " select 1 + n / 500, 'journey', 1, 'c_' || lpad(n::text, 5, '0'), %s, %s"
            " from generate_series(1, 4000) n",
            (NOW, NOW),
        )
        await connection.execute(
            "insert into messages (run_id, group_id, contact_id, scenario, version, step, iteration, channel,"
            " message, topic, class, priority, state, planned_at, local_day, expires_at)"
            " select id, group_id, contact_id, scenario, 1, 'hello', 0, 'email',"
            " 'hello', 'newsletter', 'marketing', 1, 'reserved', %s, '2026-12-01', %s from runs",
            (NOW, NOW),
        )

    async def plan(name, parameters, keys):
        file, statement = name.split()
        async with database.keyed_transaction() as connection:
            await plan_for(connection, keys)
            cursor = await connection.execute(b"explain " + queries(file)[statement], parameters)
            return "\n".join(row["QUERY PLAN"] for row in await cursor.fetchall())

    return plan


async def test_who_is_named_is_not_looked_for_in_all_that_waits(planned):
    read = {}
    for name, parameters in STATEMENTS.items():
        for keys in (1, FEW + 1):
            if found := QUEUES.search(plan := await planned(name, parameters, keys)):
                read[name, keys] = found[0], plan
    assert not read, "\n".join(f"{name}: {found}\n{plan}" for name, (found, plan) in read.items())


async def test_who_listens_to_events_is_looked_for_person_by_person(planned):
    for keys in (1, FEW + 1):
        plan = await planned("runs listening", {"events": rows_of(EVENTS)}, keys)
        assert "Index Cond: (contact_id = e.contact_id)" in plan, plan
