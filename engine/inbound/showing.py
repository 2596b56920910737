"""What became of the items of a request, as JSON."""

from collections import Counter
from collections.abc import Sequence
from typing import Any

from engine.inbound.reading import Result


def plain(results: Sequence[Result]) -> dict[str, Any]:
    """Counts by what became of them, and each item; nothing that the request said of a person."""
    counts = Counter(each.status for each in results)
    return {
        **{status: counts[status] for status in ("accepted", "duplicate", "refused", "ignored")},
        "items": [
            {name: value for name, value in vars(each).items() if value is not None} for each in results
        ],
    }
