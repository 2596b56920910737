"""What is written down of one life: what is in force, the ledger as it was, whose each run and message is."""

from collections.abc import Sequence
from copy import deepcopy
from datetime import datetime

from engine.attempts import Attempt
from tests.engine.ledger_deeds import Deed, Home
from tests.engine.ledger_judge import Step, worlds
from tests.engine.ledger_people import SPEAKING, heard
from tests.engine.meeting import Order
from tests.engine.naive_ledger import COUNTED, LEFT, Brand, Row


class Record:
    """Kept beside the engine. `entered`: who began each run, `got`: whom each message was handed over for."""

    home: Home
    brand: Brand
    now: datetime
    rows: dict[int, Row]
    entered: dict[int, str]
    got: dict[int, str]
    unheard: dict[int, Attempt]

    def clear(self) -> None:
        """Nothing has happened yet."""
        self.rows, self.entered, self.got, self.unheard = {}, {}, {}, {}

    def judge(self, deeds: Sequence[Deed], order: Order) -> None:
        """The ledger as it is now, held to what the model says that it may have become."""
        before = deepcopy(self.brand)
        for deed in reversed(deeds) if order == "second" else deeds:
            deed.change(self.brand)
        people = list(self.brand.people)
        self.home.runner.run(self.home.calm(people, self.now))
        if any(deed.kind in SPEAKING for deed in deeds):
            self.home.runner.run(heard(self.home, self.brand, self.now))
        runs = self._runs(deeds)
        after = self._ledger(deeds)
        step = Step(deeds, self.rows, after, self.brand, self.now)
        step.judge(worlds(before, deeds, order))
        self._nobody_is_lost(deeds, step, runs)
        self.unheard |= {attempt.message_id: attempt for deed in deeds for attempt in deed.attempts}
        self.rows = after

    def _runs(self, deeds: Sequence[Deed]) -> list[Row]:
        """As many as events, each of whom it began for; the new ones are noted."""
        runs = self.home.runner.run(self.home.runs(list(self.brand.people)))
        fresh = [run for run in runs if run["id"] not in self.entered]
        begun = [deed.enters for deed in deeds if deed.enters]
        assert len(fresh) == len(begun) == len(runs) - len(self.entered)
        self.entered |= {run["id"]: who for run, who in zip(fresh, begun, strict=True)}
        for run in runs:
            assert run["contact_id"] == self.brand.who(self.entered[run["id"]]).id, f"{run} has gone astray"
        return runs

    def _ledger(self, deeds: Sequence[Deed]) -> dict[int, Row]:
        """What it says, and whose each message is: of whoever got it, or has the run until it leaves."""
        self.got |= {each.message_id: each.contact_id for deed in deeds for each in deed.attempts}
        after = self.home.runner.run(self.home.rows(list(self.brand.people)))
        for id_, row in after.items():
            row["entered"] = self.entered[row["run_id"]]
            row["whose"] = self.got[id_] if row["state"] in LEFT else row["entered"]
            mine = row["state"] in COUNTED
            assert not mine or row["contact_id"] == self.brand.who(row["whose"]).id, f"{row} has gone astray"
        return after

    def _nobody_is_lost(self, deeds: Sequence[Deed], step: Step, runs: Sequence[Row]) -> None:
        """Each run that is under way has its place or is waited for."""
        by_run = {row["run_id"]: row for row in step.after.values()}
        for run in runs:
            if run["status"] == "active" and not self.brand.still(run["scenario"], ""):
                row = by_run.get(run["id"], {"state": None})
                assert row["state"] in ("reserved", "attempted"), (
                    f"{run} waits for nothing at {self.now}: {row}"
                )
        last = runs[-1] if runs else None
        if last and [deed.kind for deed in deeds] == ["enter"] and not self.brand.still(last["scenario"], ""):
            changed = [id_ for id_, row in step.after.items() if self.rows.get(id_) != row]
            if all(step.after[id_]["run_id"] == last["id"] for id_ in changed):
                step.first_fit(last, by_run.get(last["id"]))
