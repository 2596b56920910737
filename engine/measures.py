"""What this process did, counted as it does it, for Prometheus.

Labels name scenarios and channels, never people.
"""

from prometheus_client import CollectorRegistry, Counter, Histogram, disable_created_metrics

disable_created_metrics()  # type: ignore[no-untyped-call]  # the package has no types for it

REGISTRY = CollectorRegistry()
"""Of this process alone: each worker and each web process tells its own."""

PROVIDER_BUCKETS = (0.01, 0.03, 0.1, 0.3, 1.0, 3.0, 10.0, 30.0)
HTTP_BUCKETS = (0.005, 0.02, 0.05, 0.1, 0.3, 1.0, 3.0, 10.0)

EVENTS = Counter(
    "relance_events",
    "Events that were sent: accepted, known already, refused.",
    ["outcome"],
    registry=REGISTRY,
)
ROUTED = Counter("relance_events_routed", "Events that became wakes and entries.", registry=REGISTRY)
ADVANCED = Counter("relance_groups_advanced", "Looks at groups for what is due.", registry=REGISTRY)
UNDECIDED = Counter("relance_runs_undecided", "Decisions that failed; tried again.", registry=REGISTRY)
MESSAGES = Counter(
    "relance_messages",
    "Attempts at messages by what came of them.",
    ["channel", "scenario", "outcome"],
    registry=REGISTRY,
)
PROVIDER = Histogram(
    "relance_provider_seconds",
    "How long providers took to answer.",
    ["channel"],
    buckets=PROVIDER_BUCKETS,
    registry=REGISTRY,
)
REPORTS = Counter(
    "relance_reports", "What providers reported of messages.", ["channel", "kind"], registry=REGISTRY
)
RESTARTS = Counter(
    "relance_loop_restarts", "Loops of workers that failed and began again.", ["loop"], registry=REGISTRY
)
HTTP = Histogram(
    "relance_http_seconds",
    "How long requests took.",
    ["method", "route", "status"],
    buckets=HTTP_BUCKETS,
    registry=REGISTRY,
)
