"""Business time. It is real time everywhere but under `relance dev --day`, where days are shorter.

`now` for a decision is always computed from an instant that the caller gives (the workflow's, the
request's), so that a worker never reads a second clock.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

DAY_SECONDS = 86_400


@dataclass(frozen=True)
class Clock:
    """A line through real time: business time is `origin` at `real_origin` and runs `speed` times as fast."""

    speed: float = 1.0
    origin: datetime = datetime(2026, 1, 1, tzinfo=UTC)
    real_origin: datetime = datetime(2026, 1, 1, tzinfo=UTC)

    def at(self, real: datetime) -> datetime:
        """Business time at a real instant."""
        if self.speed == 1.0 and self.origin == self.real_origin:
            return real
        return self.origin + (real - self.real_origin) * self.speed

    def now(self) -> datetime:
        """Business time now."""
        return self.at(datetime.now(UTC))

    def real_seconds(self, business: timedelta) -> float:
        """How many real seconds a span of business time lasts."""
        return business.total_seconds() / self.speed

    def stored(self) -> dict[str, Any]:
        """The JSON form, which `restored` reads."""
        return {
            "speed": self.speed,
            "origin": self.origin.isoformat(),
            "real_origin": self.real_origin.isoformat(),
        }


REAL_TIME = Clock()


def restored(stored: Mapping[str, Any] | None) -> Clock:
    """The clock that `stored` wrote; real time when there is none."""
    if stored is None:
        return REAL_TIME
    return Clock(
        float(stored["speed"]),
        datetime.fromisoformat(stored["origin"]),
        datetime.fromisoformat(stored["real_origin"]),
    )
