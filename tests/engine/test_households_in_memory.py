"""Limits of a household in stories and simulations: people of a virtual world who live together."""

from collections import Counter
from datetime import timedelta
from pathlib import Path

import pytest

from engine.simulation.base import Base
from engine.simulation.setting import Setting, Somebody
from engine.simulation.together import PART, keeping_together, simulate
from tests.engine.story_projects import PERSON, POLICY, SUBSCRIBED, holds, scenario, story, write
from tests.engine.test_households import AT_HOME, HOME, policy
from tests.engine.test_households import scenario as hello
from tests.engine.test_simulation import MONDAY, NOBODY_REACTS, lived_by, setting_of, subscriber

TWO_A_WEEK = POLICY.replace("at_most: 9, per: 1 day", "at_most: 2, per: 7 days, of: household")
AT = PERSON.replace("contact: {", "contact: { home_id: h_1,")
DROPPED = "- { email: hello, on_cap: drop }\n"


def _received(*days: int, to: str = "household", given: str = AT) -> str:
    lines = ", ".join(f"{{ message: hello, channel: email, at: day {day}, to: {to} }}" for day in days)
    return f"{given}  messages: [{lines}]\n"


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (_received(-1, -2), "{ at: day 0, not_sent: hello, because: cap }"),
        (_received(-1), "{ at: day 0 09:00, email: hello }"),
        (_received(-1, -8), "{ at: day 0 09:00, email: hello }"),
        (_received(-1, -2, to="person"), "{ at: day 0, not_sent: hello, because: cap }"),
        (_received(-1, -2, to="person", given=PERSON), "{ at: day 0 09:00, email: hello }"),
    ],
)
def test_a_story_tells_what_others_of_the_household_got(tmp_path: Path, given: str, expected: str) -> None:
    told = story(SUBSCRIBED, expected, given)
    holds(tmp_path, scenario(DROPPED), told, policy=TWO_A_WEEK, household="home_id")


def _at(home: str, somebody: Somebody) -> Somebody:
    somebody.person.give("home_id", home)
    return somebody


def test_people_who_are_lived_together_share_the_places_of_their_household(tmp_path: Path) -> None:
    """Three live together, of whom one gets nothing; somebody alone gets what there is."""
    cases = {"case": scenario(DROPPED)}
    project = write(tmp_path, cases, story(SUBSCRIBED, ""), policy=TWO_A_WEEK, household="home_id")
    setting = setting_of(project, reactions=NOBODY_REACTS)
    noon = MONDAY + timedelta(hours=12)
    people = [_at("h_1", subscriber(n, noon)) for n in (1, 2, 3)] + [_at("h_2", subscriber(4, noon))]
    json = lived_by(setting, *people).as_json()
    assert json["messages"]["case"]["1"] == {"sent": 3, "dropped": 1, "delayed": 0, "withheld": 0}
    assert json["refusals"] == {"at most 2 messages to a household per 7 days": 1}


def test_parts_keep_those_together_who_live_together() -> None:
    people = [(n, f"h_{n % 300}" if n % 3 else None) for n in range(3 * PART)]
    parts = list(keeping_together(people, lambda each: each[1]))
    assert sorted(each for part in parts for each in part) == people
    homes = Counter(home for part in parts for home in {home for _, home in part if home})
    assert len(parts) > 1
    assert set(homes.values()) == {1}


async def test_a_base_is_lived_household_by_household(shop, noon) -> None:
    """Everybody once, and in one part with all whom they live with."""
    await shop.publish(policy=policy(1, 7, on_cap="drop"), catalog=AT_HOME, s=hello("s"))
    for name, home in (("ada", "h_2"), ("bob", "h_1"), ("cyd", None), ("dan", "h_2"), ("eve", " ")):
        await shop.person(name, **{HOME: home})
    await shop.happens("contact.subscribed", "dan")
    await shop.sent("dan")
    in_force = await shop.plans.in_force()
    plans = {name: plan for name, (_, plan) in in_force.current.items()}
    setting = Setting(in_force.world, plans, noon + timedelta(days=1), 3, 1, reactions=NOBODY_REACTS)
    seen: list[list[str]] = []

    def lives(known, _setting):
        seen.append([person.id for person, _ in known])
        return [Somebody(person, subscriber(1, noon + timedelta(days=2)).deeds) for person, _ in known]

    async with shop.database.connection() as connection:
        base = Base(connection, shop.plans, in_force, setting, lives)
        tally = await simulate(setting, base.parts(), jobs=1, beat=lambda _: None)
    assert sorted(map(sorted, seen)) == [["ada", "bob", "dan"], ["cyd", "eve"]]
    assert tally.sent["s", "1"] == 3, "to Bob, Cyd and Eve: Dan's took Ada's place and his"
