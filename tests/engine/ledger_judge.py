"""Whether the engine's ledger went from one state to the next as the naive model allows."""

from collections.abc import Sequence
from copy import deepcopy
from dataclasses import dataclass
from datetime import datetime, timedelta

from engine.attempts import Attempt
from tests.engine.ledger_deeds import STEPS, Deed
from tests.engine.meeting import Order
from tests.engine.naive_ledger import DAY, LEFT, Brand, Row, counts, gave_way

GRID = timedelta(minutes=30)
Ledger = dict[int, Row]


@dataclass
class Step:
    """What was done at an instant, and the ledger before and after it."""

    deeds: Sequence[Deed]
    before: Ledger
    after: Ledger
    brand: Brand
    """The one after all of it."""
    now: datetime

    def judge(self, worlds: Sequence[Sequence[Brand]]) -> None:
        """Compare. `worlds`: for each deed, what may have been in force for it."""
        assert self.before.keys() <= self.after.keys(), "a message vanished"
        left = [attempt.message_id for deed in self.deeds for attempt in deed.attempts]
        assert len(left) == len(set(left)), "a message left twice"
        for deed, seen in zip(self.deeds, worlds, strict=True):
            for attempt in deed.attempts:
                self._may_leave(attempt, seen)
            for id_ in set(deed.asked) - {each.message_id for each in deed.attempts}:
                self._may_not_leave(self.before[id_], seen)
        every = [brand for seen in worlds for brand in seen] + [self.brand]
        for id_, new in self.after.items():
            self._is_explained(self.before.get(id_), new, every)

    def _beside(self, row: Row, ledger: Ledger, brand: Brand) -> list[Row]:
        """The other messages of a person."""
        who = brand.who(row["whose"])
        return [
            each for each in ledger.values() if each["id"] != row["id"] and brand.who(each["whose"]) is who
        ]

    # Attempts

    def _may_leave(self, attempt: Attempt, worlds: Sequence[Brand]) -> None:
        row = self.after[attempt.message_id]
        assert row["attempted_at"] == self.now
        # Messages that left in this step as well are counted with the last of them.
        said = [
            self._astray(brand, row, attempt) or self._refusal(brand, row, self._gone()) for brand in worlds
        ]
        assert None in said, f"{row} left at {self.now:%a %H:%M} although {said}"

    def _astray(self, brand: Brand, row: Row, attempt: Attempt) -> str | None:
        who = brand.who(row["entered"])
        if (attempt.contact_id, attempt.message.to) != (who.id, who.address(row["channel"])):
            return f"{who.id} is who it is for, and not {attempt.message.to}"
        return None if row["local_day"] == who.day(self.now) else "it is another day there"

    def _gone(self) -> Ledger:
        return {id_: row for id_, row in self.after.items() if row["state"] in LEFT}

    def _refusal(self, brand: Brand, row: Row, ledger: Ledger) -> str | None:
        """Why it may not leave beside others."""
        who = brand.who(row["whose"])
        if brand.still(row["scenario"], row["channel"]):
            return "it is paused"
        if row["expires_at"] and self.now > row["expires_at"]:
            return "it is too old"
        if row["class"] == "transactional":
            return None
        if not brand.welcome(who, row, self.now):
            return "the person does not want it"
        if not brand.policy.is_open(who, self.now):
            return "it is out of hours"
        cap = brand.full(who, row, self.now, self._beside(row, ledger, brand))
        return f"{cap} is full" if cap else None

    def _may_not_leave(self, row: Row, worlds: Sequence[Brand]) -> None:
        """Who was asked for and did not leave had a reason: without one, limits would be kept by silence.

        The place that was in the way may have been taken away since.
        """
        now = self.after[row["id"]]
        gone = self.before[row["id"]]["state"] != "reserved" or now["state"] in LEFT
        said = [self._refusal(brand, row, each) for brand in worlds for each in (self.before, self.after)]
        several = len(self.deeds) > 1
        assert gone or several or any(said), f"{row} did not leave, for nothing: {now}"

    # The ledger

    def _is_explained(self, old: Row | None, new: Row, worlds: Sequence[Brand]) -> None:
        told = [deed.states[new["id"]] for deed in self.deeds if new["id"] in deed.states]
        state = old["state"] if old else None
        if told:
            assert any(new["state"] in states for states in told), f"{old} became {new}, and not {told}"
            return
        anew = not new["exempt"] and any(deed.kind in ("merge", "part") for deed in self.deeds)
        if new["state"] == "reserved" and (anew or state != "reserved" or _moved(old, new)):
            assert state in (None, "reserved", "released"), f"{old} became {new}"
            # A merge takes all places away, so that each is given anew.
            self._has_a_place(new, [self.brand] if anew else worlds)
        if state == "reserved" and (new["state"] != "reserved" or _moved(old, new)):
            assert new["state"] in ("reserved", "released"), f"{old} became {new}"
            assert self._had_to_go(old, new, worlds), f"{old} lost its place for nothing: {new}"
        if old and state not in ("reserved", "released"):
            assert (new["state"], new["local_day"]) == (state, old["local_day"]), f"{old} became {new}"
        if new["state"] in LEFT and state not in LEFT:
            raise AssertionError(f"{new} left, and nobody asked for it")

    def _has_a_place(self, row: Row, worlds: Sequence[Brand]) -> None:
        at = row["planned_at"]
        delivered = any(deed.kind == "deliver" for deed in self.deeds)
        for brand in worlds:
            who, others = brand.who(row["whose"]), self._beside(row, self.after, brand)
            free = (row["exempt"] or brand.policy.is_open(who, at)) and row["local_day"] == who.day(at)
            # A message that left late in the same step is put right at the attempt of this one.
            late = delivered and brand.policy.day == "rolling"
            if free and at >= self.now and (late or brand.full(who, row, at, others) is None):
                return
        raise AssertionError(f"{row} has a place that is none among {list(self.after.values())}")

    def _had_to_go(self, old: Row, new: Row, worlds: Sequence[Brand]) -> bool:
        """Somebody more urgent came, the gate said no, or the person did."""
        others = self._beside(new, self.after, self.brand)
        urgent = any(
            gave_way(old, each["priority"], self.now)
            for each in others
            if each["id"] not in self.before or _moved(self.before[each["id"]], each)
        )
        asked = any(old["id"] in deed.asked for deed in self.deeds)
        wishes = any(deed.kind in ("object", "stop", "wish", "merge", "part") for deed in self.deeds)
        return urgent or asked or wishes

    def first_fit(self, run: Row, row: Row | None) -> None:
        """Of somebody who entered alone: no instant before the place would have done, or none at all."""
        who, brand = self.brand.who(run["contact_id"]), self.brand
        _, on_cap, _ = STEPS[run["scenario"]]
        kind = _kind_of(run["scenario"], run["contact_id"])
        if not brand.welcome(who, kind, self.now) or kind["exempt"]:
            return
        taken = row is not None and row["state"] == "reserved"
        until = row["planned_at"] if row and taken else self.now + _patience(on_cap)
        strong = [
            each
            for each in self.before.values()
            if brand.who(each["whose"]) is who
            and counts(each)
            and not gave_way(each, kind["priority"], self.now)
        ]
        at = self.now
        while at < until:
            if brand.policy.is_open(who, at):
                assert brand.full(who, kind, at, strong), f"{kind} could have left at {at}, and not {row}"
                if on_cap == "drop":
                    return
            at = at + GRID if at == self.now and at.minute % 30 == 0 else _next(at)


def _moved(old: Row | None, new: Row) -> bool:
    return old is not None and old["planned_at"] != new["planned_at"]


def _next(at: datetime) -> datetime:
    """The next instant on the grid of half hours."""
    even = at.replace(minute=at.minute // 30 * 30, second=0, microsecond=0)
    return even + GRID


def _patience(on_cap: str) -> timedelta:
    """How long a place is looked for at least."""
    return DAY * int(on_cap.split()[3]) if on_cap != "drop" else DAY


def _kind_of(name: str, contact: str) -> Row:
    priority, _, step = STEPS[name]
    receipt = name == "receipt"
    return {
        "id": 0,
        "contact_id": contact,
        "channel": step.split(":")[0],
        "class": "transactional" if receipt else "marketing",
        "priority": priority,
        "exempt": receipt,
    }


def worlds(before: Brand, deeds: Sequence[Deed], order: Order) -> list[list[Brand]]:
    """For each deed what may have been in force: what the other one changed, where it may have come first."""
    if len(deeds) == 1:
        return [[before]]
    changed = []
    for deed in reversed(deeds):
        after = deepcopy(before)
        deed.change(after)
        changed.append(after)
    by_other, by_first = changed
    match order:
        case "first":
            return [[before], [by_first]]
        case "second":
            return [[before, by_other], [before]]
    return [[before, by_other], [before, by_first]]
