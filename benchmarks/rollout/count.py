"""What came of an upgrade, counted apart from the engine: what each person got, and what went wrong."""

import json
from collections import Counter
from collections.abc import Collection, Iterator
from pathlib import Path
from urllib.parse import urlsplit

from temporalio.api.enums.v1 import EventType, WorkflowTaskFailedCause
from temporalio.client import Client, WorkflowExecutionStatus

from benchmarks.rollout.ground import Ground
from benchmarks.rollout.people import Shop
from benchmarks.rollout.releases import Release
from tests.standins.sendgrid_server import Taken

RUNS = """
select scenario, contact_id, count(*) as runs, count(*) filter (where status = 'ended') as ended
from runs group by scenario, contact_id
"""
UNKNOWN = """
select m.contact_id, g.workflow_id from messages m join groups g on g.id = m.group_id
where m.state = 'attempted'
"""
"""Handed over, and nobody knows what came of it: the worker was killed in the call, and the provider says
nothing. It counts as sent after a day."""
FAILED = (EventType.EVENT_TYPE_WORKFLOW_TASK_FAILED, EventType.EVENT_TYPE_WORKFLOW_EXECUTION_FAILED)
OVERTAKEN = WorkflowTaskFailedCause.WORKFLOW_TASK_FAILED_CAUSE_UNHANDLED_COMMAND
"""A poke came while the task ended the workflow: the server has it done again, with the poke."""

CLOSED_WELL = (WorkflowExecutionStatus.COMPLETED, WorkflowExecutionStatus.CONTINUED_AS_NEW)
CALM = ("info", "debug")
KILLED = (
    "message tried",
    "Completing activity as failed",
    "Workflow task duration exceeded",
    "Task not found when completing",
    "webhook did not answer",
    "left work taken up",
)
"""What workers say of what a killed one left, and of a machine that is slow."""

AWAY = ("TablesChanged", "OperationalError", "PoolTimeout")
"""The database or its tables were not as a worker knew them: it begins again, and nothing is lost."""

Found = list[str]


async def faults(ground: Ground, shop: Shop, *releases: Release) -> tuple[dict[str, Found], Counter[str]]:
    """What went wrong, by kind, and figures of what was done."""
    figures = Counter({"people": len(shop.entered), "workers_killed": ground.killed})
    unknown = {row["contact_id"]: row["workflow_id"] for row in await ground.rows(UNKNOWN)}
    figures["outcomes_unknown"] = len(unknown)
    missing, twice = _messages(ground, shop, unknown, figures)
    logged, begun_again = _logged(ground.parts.folder / "logs")
    figures["loops_begun_again"] = begun_again
    tasks, open_ = await _workflows(ground.parts.temporal_address, set(unknown.values()), figures)
    figures["asked_again"] = shop.again
    found = {
        "web_failed": shop.failed,
        "runs_lost": await _runs(ground, shop, unknown),
        "messages_missing": missing,
        "messages_twice": twice,
        "calls_missing": _calls(ground, shop),
        "undecided": await _told(ground, "select text as said from trail where what = 'error'"),
        "set_aside": await _told(ground, "select error as said from set_aside"),
        "refused": await _told(ground, "select reason as said from entry_refusals where reason = 'error'"),
        "left_behind": await _left(ground),
        "workflow_tasks_failed": tasks,
        "workflows_not_completed": open_,
        "logged": logged,
    }
    for release in releases:
        found[f"not_replayed_by_{release.name}"] = await replayed(ground, release)
    return found, figures


async def _runs(ground: Ground, shop: Shop, unknown: Collection[str]) -> Found:
    """People who were not in each of their scenarios once, or are in it still."""
    rows = {(row["scenario"], row["contact_id"]): row for row in await ground.rows(RUNS)}
    wanted = [("journey", each) for each in shop.entered] + [("receipt", each) for each in shop.ordered]
    wanted += [("calling", each) for each in shop.called if _is_in_force(ground, "calling")]
    told = [(name, id_, rows.get((name, id_))) for name, id_ in wanted]
    return [
        f"{id_} in {name}: {row['runs'] if row else 0} runs, {row['ended'] if row else 0} ended"
        for name, id_, row in told
        if row is None or (row["runs"], row["ended"] or id_ in unknown) != (1, True)
    ]


def _messages(
    ground: Ground, shop: Shop, unknown: Collection[str], figures: Counter[str]
) -> tuple[Found, Found]:
    """What people did not get, and what they got more than once."""
    got = Counter((mail.to.partition("@")[0], template(mail)) for mail in ground.sendgrid.taken)
    got.update((f"u_{sms.form['To'][-4:]}", "reminder") for sms in ground.twilio.taken)
    wanted = {(id_, message) for id_ in shop.entered for message in _wanted(ground, shop, id_)}
    figures["messages"] = got.total()
    missing = [f"{message} of {id_}" for id_, message in sorted(wanted - got.keys()) if id_ not in unknown]
    missing += [f"{message} of {id_}, who should not get it" for id_, message in sorted(got.keys() - wanted)]
    often = [(id_, message, times) for (id_, message), times in sorted(got.items()) if times > 1]
    # What must arrive is sent again where its worker was killed before it knew what came of it.
    figures["receipts_sent_again"] = sum(message == "receipt" for _, message, _ in often)
    return missing, [f"{message} of {id_}: {n} times" for id_, message, n in often if message != "receipt"]


def _wanted(ground: Ground, shop: Shop, id_: str) -> Iterator[str]:
    yield from ("hello", "last")
    yield from ("thanks", "receipt") if id_ in shop.ordered else ("reminder",)
    if id_ in shop.called and _is_in_force(ground, "calling"):
        yield "called"


def template(mail: Taken) -> str:
    """The template of a mail, which its subject names."""
    return str(mail.body["subject"]).rpartition(" ")[2]


def _is_in_force(ground: Ground, scenario: str) -> bool:
    return (ground.project / "scenarios" / "rollout" / f"{scenario}.yaml").exists()


def _calls(ground: Ground, shop: Shop) -> Found:
    """Cases that were never opened. One that was asked for twice came with the same key twice."""
    if not _is_in_force(ground, "calling"):
        return []
    keys = {call.headers.get("idempotency-key") for call in ground.webhook.calls}
    return [f"{len(keys)} of {len(shop.called)} cases were opened"] if len(keys) != len(shop.called) else []


async def _told(ground: Ground, statement: str) -> Found:
    return [str(row["said"]) for row in await ground.rows(statement)]


async def _left(ground: Ground) -> Found:
    """What nobody would look at again."""
    tables = ("routing", "wakes", "pokes")
    counts = [(name, (await ground.rows(f"select count(*) as n from {name}"))[0]["n"]) for name in tables]
    return [f"{number} rows in {name}" for name, number in counts if number]


async def _workflows(address: str, waiting: Collection[str], figures: Counter[str]) -> tuple[Found, Found]:
    """Workflow tasks that failed, and workflows that are not over, or not well, and wait for no provider."""
    client = await Client.connect(address)
    failed, open_ = [], []
    async for workflow in client.list_workflows():
        figures["workflows"] += 1
        if workflow.status not in CLOSED_WELL and workflow.id not in waiting:
            open_.append(f"{workflow.id}: {workflow.status.name if workflow.status else 'unknown'}")
        history = client.get_workflow_handle(workflow.id, run_id=workflow.run_id).fetch_history_events()
        async for event in history:
            if event.event_type in FAILED and event.workflow_task_failed_event_attributes.cause != OVERTAKEN:
                said = event.workflow_task_failed_event_attributes.failure.message
                failed.append(f"{workflow.id}: {said[:300]}")
    return failed, open_


def _logged(folder: Path) -> tuple[Found, int]:
    """Lines of trouble in the logs, and how many of them say that a loop began again as it should."""
    found, begun_again = [], 0
    for log in sorted(folder.glob("*_*.log")):
        for line in log.read_text(errors="replace").splitlines():
            told = _line(line)
            if told.get("level") in CALM or _is_request(line):
                continue
            if any(each in line for each in AWAY):
                begun_again += 1
            elif not any(each in line for each in KILLED):
                found.append(f"{log.stem}: {line[:600]}")
    return found, begun_again


def _line(line: str) -> dict[str, object]:
    try:
        told = json.loads(line)
    except ValueError:
        return {}
    return told if isinstance(told, dict) else {}


def _is_request(line: str) -> bool:
    """A line of the web about a request or its start, which older releases write as text."""
    return line.startswith("INFO:") or not line.strip() or bool(urlsplit(line.strip()).scheme)


async def replayed(ground: Ground, release: Release) -> Found:
    """Histories that the workflow code of a release does not replay."""
    script = str(Path(__file__).with_name("replays.py"))
    status, said = await release.run(ground.environment, script, ground.parts.temporal_address)
    if status:
        return [f"the replay ended with {status}: {said[-600:]}"]
    told = json.loads(said.splitlines()[-1])
    return [f"{run}: {why}" for run, why in told["failures"].items()]
