"""What crosses Temporal is read by older and newer workers alike: histories hold what each build wrote."""

import json
from collections.abc import Iterator
from dataclasses import make_dataclass
from pathlib import Path
from typing import Any

import pytest
from google.protobuf.json_format import Parse
from temporalio.api.common.v1 import Payload
from temporalio.api.history.v1 import History
from temporalio.converter import DataConverter

from engine import wire

HISTORIES = sorted((Path(__file__).parent / "histories").glob("*/*.json"))
CONVERTER = DataConverter.default.payload_converter
GIVEN = {"deliver": wire.DeliverRequest, "scan": wire.ScanTask}
ANSWERED = {"deliver": wire.DeliverReply, "scan": wire.ScanReply}

Written = tuple[type[Any], Payload]


def written(history: History) -> Iterator[Written]:
    """Every payload of a history, and what it is of."""
    asked: dict[int, str] = {}
    for event in history.events:
        match event.WhichOneof("attributes"):
            case "workflow_execution_started_event_attributes":
                started = event.workflow_execution_started_event_attributes
                kind = wire.ScanRequest if started.workflow_type.name == wire.SCAN else wire.Group
                yield from ((kind, each) for each in started.input.payloads)
            case "activity_task_scheduled_event_attributes":
                scheduled = event.activity_task_scheduled_event_attributes
                asked[event.event_id] = scheduled.activity_type.name
                yield from ((GIVEN[scheduled.activity_type.name], each) for each in scheduled.input.payloads)
            case "activity_task_completed_event_attributes":
                completed = event.activity_task_completed_event_attributes
                answer = ANSWERED[asked[completed.scheduled_event_id]]
                yield from ((answer, each) for each in completed.result.payloads)
            case "marker_recorded_event_attributes":
                details = event.marker_recorded_event_attributes.details
                yield from ((wire.AdvanceReply, each) for each in details["result"].payloads)


def record(payload: Payload) -> dict[str, Any]:
    """A payload as JSON."""
    found: dict[str, Any] = json.loads(payload.data)
    return found


@pytest.mark.parametrize("path", HISTORIES, ids=lambda path: f"{path.parent.name} {path.stem}")
def test_a_payload_of_any_build_is_read_and_what_is_written_is_read_by_it(path: Path) -> None:
    """Nothing that it said is lost today, and an older worker finds every field that it knows."""
    found = list(written(Parse(path.read_text(), History())))
    assert found
    for kind, payload in found:
        value = CONVERTER.from_payload(payload, kind)
        ours = CONVERTER.to_payload(value)
        assert ours is not None
        theirs = record(payload)
        assert theirs.items() <= _comparable(record(ours), theirs).items()
        older = make_dataclass("Older", [(name, Any) for name in theirs])
        assert vars(CONVERTER.from_payload(ours, older)).keys() == theirs.keys()


def _comparable(ours: dict[str, Any], theirs: dict[str, Any]) -> dict[str, Any]:
    """Only the fields that the older one wrote, at every depth: of those that came since it knows nothing."""
    return {name: _known(value, theirs[name]) for name, value in ours.items() if name in theirs}


def _known(ours: Any, theirs: Any) -> Any:
    if isinstance(ours, dict) and isinstance(theirs, dict):
        return _comparable(ours, theirs)
    if isinstance(ours, list) and isinstance(theirs, list):
        return [_known(one, other) for one, other in zip(ours, theirs, strict=True)]
    return ours
