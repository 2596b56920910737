"""What is left of each value and of each condition, while claims are gone through."""

from dataclasses import dataclass, field

from dsl.nodes import Expression, History
from dsl.proofs.claims import ALL, SAID, UNKNOWN, Truths
from dsl.proofs.rooms import SURE, Room


@dataclass
class Remains:
    """What claims leave of each value and of each condition."""

    rooms: dict[Expression, Room] = field(default_factory=dict)
    conditions: dict[Expression, Truths] = field(default_factory=dict)

    def copy(self) -> "Remains":
        """Another that may be narrowed by itself."""
        return Remains({term: room.copy() for term, room in self.rooms.items()}, dict(self.conditions))

    @property
    def size(self) -> int:
        """How much there is to copy and to compare."""
        histories = sum(isinstance(term, History) for term in self.rooms)
        return len(self.rooms) + len(self.conditions) + histories * histories

    def narrow(self, condition: Expression, truths: Truths) -> bool:
        """Keep of a condition only these; False where none is left."""
        left = self.conditions.get(condition, ALL) & truths
        self.conditions[condition] = left
        return bool(left)

    def is_possible(self) -> bool:
        """A condition is unknown exactly where its value is."""
        for condition in self.conditions.keys() & self.rooms.keys():
            truths, room = self.conditions[condition], self.rooms[condition]
            room.status -= {"unknown"} if None not in truths else frozenset()
            room.status &= {"unknown"} if truths == UNKNOWN else room.status
            if not self.narrow(condition, ALL if "unknown" in room.status else SAID):
                return False
            if room.status == {"unknown"} and not self.narrow(condition, UNKNOWN):
                return False
        return not any(room.is_empty for room in self.rooms.values()) and _windows_agree(self.rooms)


def _windows_agree(rooms: dict[Expression, Room]) -> bool:
    """More happened in a longer window than in a shorter one, or as much."""
    counts = [(node, room) for node, room in rooms.items() if isinstance(node, History)]
    for node, room in counts:
        for other, wider in counts:
            if other is node or not _is_within(node, other) or "known" not in wider.status:
                continue
            sure = room.status == SURE and wider.status == SURE
            if sure and room.low is not None and wider.high is not None:
                grown = wider.copy()
                grown.keep(">" if room.low_out else ">=", room.low)
                if grown.is_empty:
                    return False
    return True


def _is_within(node: History, other: History) -> bool:
    """Whether one count looks at the same events in a shorter window that ends now too."""
    if (node.function, node.event, node.where) != (other.function, other.event, other.where):
        return False
    if node.function != "count" or node.window.form != "last" or other.window.form not in ("last", "ever"):
        return False
    if other.window.form == "ever":
        return True
    short, long = node.window.amount, other.window.amount
    if short is None or long is None or short.months or long.months:
        return False
    return short.exact_seconds <= long.exact_seconds
