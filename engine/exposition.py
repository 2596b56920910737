"""The figures of a worker over HTTP, for Prometheus: its own, and those of Temporal's SDK beside them."""

import logging
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.error import URLError
from urllib.request import urlopen

from prometheus_client import CollectorRegistry, PlatformCollector, ProcessCollector, start_http_server
from prometheus_client.core import Metric
from prometheus_client.parser import text_string_to_metric_families
from prometheus_client.registry import Collector
from temporalio.runtime import (
    LogForwardingConfig,
    LoggingConfig,
    PrometheusConfig,
    Runtime,
    TelemetryConfig,
    TelemetryFilter,
)

from engine.measures import REGISTRY

LOGGING = LoggingConfig(
    filter=TelemetryFilter(core_level="WARN", other_level="ERROR"),
    forwarding=LogForwardingConfig(logger=logging.getLogger("temporalio.sdk")),
)
LOOPBACK = "127.0.0.1"
PATIENCE_SECONDS = 5


class AddressTaken(RuntimeError):
    """Somebody listens where the figures should be told; the message says where."""


@contextmanager
def exposed(address: str | None) -> Iterator[Runtime]:
    """Tell the figures of this process at `host:port` meanwhile; gives the runtime for Temporal's client.

    With None nothing is told. Raises AddressTaken. A thread serves, so that a worker that is busy is seen to
    be. What the SDK logs goes where everything else does.
    """
    if address is None:
        yield Runtime(telemetry=TelemetryConfig(logging=LOGGING))
        return
    host, _, port = address.rpartition(":")
    inner = f"{LOOPBACK}:{_free_port()}"
    metrics = PrometheusConfig(inner, counters_total_suffix=True, unit_suffix=True, durations_as_seconds=True)
    runtime = Runtime(telemetry=TelemetryConfig(logging=LOGGING, metrics=metrics))
    registry = CollectorRegistry()
    ProcessCollector(registry=registry)
    PlatformCollector(registry=registry)
    registry.register(REGISTRY)
    registry.register(_OfTemporal(f"http://{inner}/metrics"))
    try:
        server, thread = start_http_server(int(port), host or LOOPBACK, registry)
    except OSError as error:
        raise AddressTaken(f"RELANCE_METRICS: {address} cannot be listened on ({error.strerror})") from None
    try:
        yield runtime
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class _OfTemporal(Collector):
    """What the SDK tells on an address of its own, which only this process knows."""

    def __init__(self, url: str) -> None:
        self._url = url

    def describe(self) -> list[Metric]:
        """Nothing is known before it is asked; without this the SDK would be asked at once."""
        return []

    def collect(self) -> Iterator[Metric]:
        """The SDK's families as they are; none while it does not answer."""
        try:
            with urlopen(self._url, timeout=PATIENCE_SECONDS) as answer:  # noqa: S310 - our own loopback address
                text = answer.read().decode()
        except URLError:
            return
        yield from text_string_to_metric_families(text)


def _free_port() -> int:
    with socket.socket() as found:
        found.bind((LOOPBACK, 0))
        port: int = found.getsockname()[1]
        return port
