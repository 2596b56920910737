"""A provider who is slow, busy, or silent at times, and keeps its own record of what it was given.

The record is written before anything is answered, in one write to a file, so that it outlives a worker that
is killed in the middle of a call.
"""

import asyncio
import json
import os
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from random import Random
from typing import Literal

from benchmarks.town.clock import TownClock
from channels.errors import Refused, Retryable, UnknownOutcome
from channels.messages import Message, SendResult

PROVIDER = "town"
RECORD = "calls.jsonl"
Answer = Literal["taken", "taken in silence", "busy", "refused", "lost"]
ANSWERS: tuple[Answer, ...] = ("taken", "taken in silence", "busy", "refused", "lost")
PER_THOUSAND = (950, 10, 25, 5, 10)
SLOWEST_SECONDS = 0.02
TAKEN = frozenset({"taken", "taken in silence"})


@dataclass(frozen=True)
class Call:
    """One call as the provider saw it, at the town's time. `sent_at`: the earliest that it can have left."""

    message: str
    channel: str
    at: datetime
    answer: str
    sent_at: datetime


class TownProvider:
    """A channel to the provider; many processes write one record."""

    provider = PROVIDER

    def __init__(self, channel: str, folder: Path, clock: TownClock, dice: Random) -> None:
        self.name = channel
        self._clock = clock
        self._dice = dice
        self._record = os.open(folder / RECORD, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)

    async def send(self, message: Message) -> SendResult:
        """Take a message or not, as the dice say. Raises Retryable, Refused, UnknownOutcome."""
        sent_at, at = self._clock.a_moment_ago(), self._clock.now()
        answer = self._dice.choices(ANSWERS, PER_THOUSAND)[0]
        instants = {"at": at.isoformat(), "sent_at": sent_at.isoformat()}
        told = {"message": message.message_id, "channel": self.name, "answer": answer, **instants}
        os.write(self._record, json.dumps(told).encode() + b"\n")
        await asyncio.sleep(self._dice.uniform(0, SLOWEST_SECONDS))
        match answer:
            case "busy":
                raise Retryable("too many requests", provider=PROVIDER, after_seconds=SLOWEST_SECONDS)
            case "refused":
                raise Refused("not this one", provider=PROVIDER, code="no")
            case "lost" | "taken in silence":
                raise UnknownOutcome("no answer", provider=PROVIDER)
        return SendResult(PROVIDER, f"t-{message.message_id}")

    async def close(self) -> None:
        """Give the record back."""
        os.close(self._record)


class Record:
    """The provider's record, read from its beginning and on."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / RECORD
        self._offset = 0

    def fresh(self) -> list[Call]:
        """The calls since the last time."""
        if not self._path.exists():
            return []
        with self._path.open("rb") as file:
            file.seek(self._offset)
            lines = file.read().rpartition(b"\n")[0]
        self._offset += len(lines) + 1 if lines else 0
        return [_call(line) for line in lines.splitlines()]


def _call(line: bytes) -> Call:
    told = json.loads(line)
    at, sent_at = (datetime.fromisoformat(told[name]) for name in ("at", "sent_at"))
    return Call(told["message"], told["channel"], at, told["answer"], sent_at)
