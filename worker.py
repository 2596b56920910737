"""The worker: settings to database, plans, channels, renderer and Temporal workers, and all of it run.

Any number of workers may run; each takes what is there. Stopping one finishes what it began.
"""

import asyncio
import gc
import os
import re
import signal
from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import timedelta
from pathlib import Path

import structlog
from temporalio.api.workflowservice.v1 import DescribeNamespaceRequest
from temporalio.client import Client
from temporalio.common import WorkerDeploymentVersion
from temporalio.envconfig import ClientConfig, ClientConnectConfig
from temporalio.runtime import Runtime
from temporalio.service import RPCError
from temporalio.worker import (
    FixedSizeSlotSupplier,
    ResourceBasedSlotConfig,
    ResourceBasedSlotSupplier,
    ResourceBasedTunerConfig,
    UnsandboxedWorkflowRunner,
    Worker,
    WorkerDeploymentConfig,
    WorkerTuner,
)

from channels import registry
from channels.base import Channel
from engine import search_attributes, wire
from engine.activities import Activities
from engine.clock import Clock, restored
from engine.deliver import Deliveries
from engine.exposition import exposed
from engine.links import Links
from engine.loops import Loops
from engine.plans import Plans
from engine.rendering import Renderer
from engine.scans import Scans
from engine.territory import read_calendars
from engine.webhooks import Webhooks
from engine.wordless import Wordless
from engine.workflow import ScanWorkflow, ScenarioWorkflow
from settings import Settings
from store.database import Database
from store.migrate import require
from store.settings import read_setting

CONNECTIONS = 14
"""Of each of the two kinds of `Database`."""
DECISIONS_AT_A_TIME = 64
"""Those that come while others are under way are made together, in one transaction."""

DELIVERIES_AT_A_TIME, DELIVERIES_WHEN_BUSY = 32, 4
"""From the queue of a channel, where the machine has nothing else to do and where it is `BUSY`."""

BUSY = 0.85
"""The part of the processor, or of the memory, in use."""

RAMP_MILLISECONDS = 20
"""Between one delivery more and the next: it takes as long to see what the last one costs."""

OBJECTS_A_LOOK = 50_000
"""New objects after which Python looks for cycles. A batch makes tens of thousands of facts that hold none;
with the default of 700, a fifth of the time of a worker went into looking."""

TEMPLATES_SECONDS = 1.0
"""How often a worker asks whether a template was edited: not for every message."""

GRACE = timedelta(seconds=20)
"""How long what was begun may go on after a polite kill. Then it is broken off, which takes less than
ten more: by then those who deploy kill for good."""

DEPLOYMENT = WorkerDeploymentConfig(
    WorkerDeploymentVersion(wire.DEPLOYMENT, wire.BUILD), use_worker_versioning=False
)
LOCAL_TEMPORAL = "127.0.0.1:7233"
CAUSE = re.compile(r'(?:message|error): "([^"]+)"')

log = structlog.get_logger()


class TemporalUnavailable(RuntimeError):
    """No Temporal server answers; the message says where it was looked for and what to set."""


async def run_worker(settings: Settings, stop: asyncio.Event | None = None) -> None:
    """Work until `stop` is set, or SIGINT or SIGTERM comes.

    Raises DatabaseUnavailable, MigrationError, TemporalUnavailable, SearchAttributesMissing, AddressTaken, or
    Misconfigured for a channel.
    """
    stop = stop or asyncio.Event()
    with_signals(stop)
    async with AsyncExitStack() as stack:
        database = await Database.open(settings.database_url, size=CONNECTIONS)
        stack.push_async_callback(database.close)
        client = await connect(stack.enter_context(exposed(settings.metrics)))
        await search_attributes.register(client)
        await require(settings.database_url)
        clock = await stored_clock(database)
        plans = Plans(database, settings.secret_keys)
        channels, paces = _channels(settings, stack)
        deliveries = Deliveries(database, plans, _renderer(settings), channels, paces, clock)
        activities = Activities(database, plans, clock, deliveries, Scans(database, plans, clock))
        read_calendars()
        look_for_cycles_seldom()
        webhooks = Webhooks(allow_private=settings.allow_private_webhooks)
        loops = Loops(database, plans, client, clock, stop, webhooks, channels)
        stack.callback(asyncio.create_task(_break_off(database, stop)).cancel)
        async with asyncio.TaskGroup() as group:
            group.create_task(loops.run())
            async with workers(client, activities, channels, paces):
                log.info("worker started", temporal=client.service_client.config.target_host)
                await stop.wait()
    log.info("worker stopped")


def _renderer(settings: Settings) -> Renderer:
    links = Links(settings.public_url, settings.secret_keys)
    return Renderer(settings.project / "templates", links, fresh_seconds=TEMPLATES_SECONDS)


async def _break_off(database: Database, stop: asyncio.Event) -> None:
    """Wait no longer for a database that keeps us waiting: another worker does again what was begun."""
    await stop.wait()
    await asyncio.sleep(GRACE.total_seconds())
    log.warning("what was begun is broken off")
    await database.break_off()


def look_for_cycles_seldom() -> None:
    """Leave what was loaded so far out of Python's search for cycles, and search less often."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(OBJECTS_A_LOOK, 20, 20)


@asynccontextmanager
async def workers(
    client: Client,
    activities: Activities,
    channels: Iterable[str],
    paces: Mapping[str, float] = registry.MESSAGES_PER_SECOND,
) -> AsyncIterator[None]:
    """One Temporal worker for decisions and one a channel; on leaving, what was begun is finished.

    `paces`: messages a second, by channel.
    """
    of_channels = [_channel_worker(client, activities, name, paces.get(name)) for name in channels]
    all_ = [_decisions_worker(client, activities), *of_channels]
    async with AsyncExitStack() as stack:
        for each in all_:
            await stack.enter_async_context(each)
        try:
            yield
        finally:
            # At once: one after the other each would have its own time to finish.
            await asyncio.gather(*(each.shutdown() for each in all_))


def _decisions_worker(client: Client, activities: Activities) -> Worker:
    return Worker(
        client,
        task_queue=wire.DECISIONS,
        workflows=[ScenarioWorkflow, ScanWorkflow],
        activities=[activities.advance, activities.scan, activities.deliver],
        # The workflows import nothing that could be indeterminate, and the sandbox costs three times as much.
        workflow_runner=UnsandboxedWorkflowRunner(),
        interceptors=[Wordless()],
        deployment_config=DEPLOYMENT,
        max_concurrent_activities=DELIVERIES_AT_A_TIME * 2,
        max_concurrent_local_activities=DECISIONS_AT_A_TIME,
        graceful_shutdown_timeout=GRACE,
    )


def _channel_worker(client: Client, activities: Activities, channel: str, per_second: float | None) -> Worker:
    return Worker(
        client,
        task_queue=wire.channel_queue(channel),
        activities=[activities.deliver],
        interceptors=[Wordless()],
        tuner=_as_many_as_it_can(),
        max_task_queue_activities_per_second=per_second,
        graceful_shutdown_timeout=GRACE,
    )


def _as_many_as_it_can() -> WorkerTuner:
    """A busy worker takes few deliveries more: what it would only keep waiting is left to one that is not."""
    slots = ResourceBasedSlotConfig(
        minimum_slots=DELIVERIES_WHEN_BUSY,
        maximum_slots=DELIVERIES_AT_A_TIME,
        ramp_throttle=timedelta(milliseconds=RAMP_MILLISECONDS),
    )
    deliveries = ResourceBasedSlotSupplier(slots, ResourceBasedTunerConfig(BUSY, BUSY))
    others = FixedSizeSlotSupplier(1)
    return WorkerTuner.create_composite(
        workflow_supplier=others,
        activity_supplier=deliveries,
        local_activity_supplier=others,
        nexus_supplier=others,
    )


async def connect(runtime: Runtime | None = None) -> Client:
    """A client as `TEMPORAL_*` and the TOML profile say. Raises TemporalUnavailable."""
    config = temporal_config()
    target = config.setdefault("target_host", LOCAL_TEMPORAL)
    try:
        client = await Client.connect(**config, runtime=runtime)
    except RuntimeError as error:
        raise TemporalUnavailable(
            f"the Temporal server at {target} does not answer: start it, or set TEMPORAL_ADDRESS "
            f"({_cause(error)})"
        ) from error
    request = DescribeNamespaceRequest(namespace=client.namespace)
    try:
        await client.workflow_service.describe_namespace(request)
    except RPCError as error:
        raise TemporalUnavailable(
            f"the Temporal server at {target} does not let us into the namespace {client.namespace}: "
            f"{error.message}; create it (`temporal operator namespace create -n {client.namespace}`), or "
            "look at TEMPORAL_NAMESPACE and TEMPORAL_API_KEY"
        ) from error
    return client


def _cause(error: RuntimeError) -> str:
    """The words of the operating system within the SDK's, which are a dump of its types."""
    found = CAUSE.search(str(error))
    return found[1] if found else str(error)


def temporal_config() -> ClientConnectConfig:
    """What `TEMPORAL_*` and the TOML profile say. Raises TemporalUnavailable for what cannot be read."""
    named = os.environ.get("TEMPORAL_CONFIG_FILE")
    if named and not Path(named).is_file():
        raise TemporalUnavailable(f"TEMPORAL_CONFIG_FILE={named}: there is no such file")
    try:
        return ClientConfig.load_client_connect_config()
    except (RuntimeError, OSError) as error:
        raise TemporalUnavailable(f"look at TEMPORAL_* and at the profile that they name: {error}") from error


async def stored_clock(database: Database) -> Clock:
    """The clock of this installation: real time, but under `relance dev --day`."""
    async with database.connection() as connection:
        return restored(await read_setting(connection, "clock"))


def with_signals(stop: asyncio.Event) -> None:
    """Let Ctrl-C and a polite kill end the work in good order."""
    loop = asyncio.get_running_loop()
    for name in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(name, stop.set)


def _channels(settings: Settings, stack: AsyncExitStack) -> tuple[dict[str, Channel], dict[str, float]]:
    """The channels, closed with the stack, and messages a second of each. Raises Misconfigured."""
    environment = _environment(settings)
    channels = registry.build(environment, outbox=settings.outbox)
    for channel in channels.values():
        stack.push_async_callback(channel.close)
    return channels, registry.paces(environment)


def _environment(settings: Settings) -> dict[str, str]:
    """The variables that channels are built from, as the settings have them."""
    values = settings.model_dump(by_alias=True, exclude_none=True)
    values["RELANCE_SECRET_KEYS"] = ",".join(settings.secret_keys)
    return dict(os.environ) | {name: str(value) for name, value in values.items() if isinstance(value, str)}
