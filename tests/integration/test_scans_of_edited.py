"""Triggers by time that are edited, moved, taken out and put back: who enters once more, and who not."""

from datetime import timedelta

import pytest

from tests.integration.installation import Installation
from tests.integration.test_scans_in_force import CAMPAIGN, DAY, HOUR, NINE, publish, relance, scan

__all__ = ["relance"]

ENTER = CAMPAIGN.replace("skip", "enter")
EVENT = "{ event: order.placed }"
BIRTHDAY = "{ date: contact.birthdate, repeat: yearly, at: 09:00, if_past: enter }"
EVERY_DAY = "{ every: day at 09:00 }"
BY_PLACE = r"""
update runs set occurrence = trigger || coalesce(':' || substring(occurrence from '; (\d{4}-\d\d-\d\d)$'), '')
from occurrences
"""


async def as_before(relance: Installation) -> None:
    """The one occurrence is recorded as by earlier releases: by the place of its trigger."""
    async with relance.database.transaction() as connection:
        await connection.execute("update occurrences set name = null")
        await connection.execute(BY_PLACE)


@pytest.mark.parametrize("trigger", [ENTER, BIRTHDAY, EVERY_DAY])
@pytest.mark.parametrize("recorded", ["today", "before"])
async def test_a_trigger_that_moves_in_the_list_enters_nobody_twice(
    relance: Installation, trigger: str, recorded: str
) -> None:
    await publish(relance, trigger)
    await relance.contacts("ada", birthdate="1990-02-15")
    assert (await scan(relance, NINE)).entered == 1
    if recorded == "before":
        await as_before(relance)
    relance.at = NINE + HOUR / 2
    await publish(relance, EVENT, trigger)
    assert [(await scan(relance, NINE + n * HOUR, 1)).entered for n in (1, 2, 3)] == [0, 0, 0]
    await publish(relance, trigger, EVENT)
    assert (await scan(relance, NINE + 4 * HOUR)).entered == 0
    assert (await relance.rows("select count(*) as n from occurrences where name not like '%%:%%'"))[0][
        "n"
    ] == 0


async def test_an_upgrade_in_the_middle_of_a_spread_goes_on_where_it_stopped(relance: Installation) -> None:
    flowing = CAMPAIGN.replace("skip", "skip, spread: 4 hours")
    await publish(relance, flowing)
    await relance.contacts(*(f"c{number:02}" for number in range(40)))
    first = (await scan(relance, NINE + HOUR)).entered + (await scan(relance, NINE + 2 * HOUR)).entered
    await as_before(relance)
    await publish(relance, EVENT, flowing)
    assert 0 < first < 40
    assert first + (await scan(relance, NINE + 5 * HOUR, 1)).entered == 40


async def test_two_triggers_beside_each_other_enter_on_their_own(relance: Installation) -> None:
    await publish(relance, EVERY_DAY, EVERY_DAY.replace("09", "10"), "{ every: week on mon at 09:00 }")
    await relance.contacts("ada")
    found = [(await scan(relance, NINE + n * HOUR, place)).entered for n, place in ((0, 0), (0, 2), (1, 1))]
    assert found == [1, 1, 1]


@pytest.mark.parametrize("trigger", [BIRTHDAY, EVERY_DAY])
async def test_an_hour_that_is_edited_enters_nobody_twice_a_day(relance: Installation, trigger: str) -> None:
    await publish(relance, trigger)
    await relance.contacts("ada", birthdate="1990-02-15")
    assert (await scan(relance, NINE)).entered == 1
    await publish(relance, trigger.replace("09:00", "12:00"))
    assert (await scan(relance, NINE + 3 * HOUR)).entered == 0


async def test_another_trigger_at_the_same_place_and_instant_is_another(relance: Installation) -> None:
    await publish(relance, EVERY_DAY)
    await relance.contacts("ada")
    assert (await scan(relance, NINE)).entered == 1
    await publish(relance, ENTER)
    assert (await scan(relance, NINE + HOUR)).entered == 1
    assert (await scan(relance, NINE + 2 * HOUR)).entered == 0


@pytest.mark.parametrize("recorded", ["today", "before"])
async def test_a_campaign_at_another_instant_is_another_campaign(
    relance: Installation, recorded: str
) -> None:
    await publish(relance, CAMPAIGN)
    await relance.contacts("ada")
    assert (await scan(relance, NINE)).entered == 1
    if recorded == "before":
        await as_before(relance)
    relance.at = NINE + DAY
    await publish(relance, CAMPAIGN.replace("02-15", "02-18"))
    later = NINE + 3 * DAY
    assert [(await scan(relance, later + n * timedelta(minutes=1))).entered for n in (0, 1)] == [1, 0]


async def at(relance: Installation, hours: float, *triggers: str) -> None:
    """Publish some hours after nine on Monday."""
    relance.at = NINE + hours * HOUR
    await publish(relance, *triggers)


async def test_a_campaign_that_is_put_back_after_its_instant_is_skipped(relance: Installation) -> None:
    await publish(relance, CAMPAIGN)
    await relance.contacts("ada")
    await at(relance, -5, EVENT)
    await at(relance, 2, CAMPAIGN)
    assert (await scan(relance, NINE + 2 * HOUR)).entered == 0


async def test_what_was_due_while_a_trigger_was_taken_out_is_not_made_up(relance: Installation) -> None:
    await publish(relance, EVERY_DAY)
    await relance.contacts("ada")
    assert (await scan(relance, NINE)).entered == 1
    await at(relance, 3, EVENT)
    await at(relance, 51, EVENT, EVERY_DAY)
    assert (await scan(relance, NINE + 51 * HOUR, 1)).entered == 0
    assert (await scan(relance, NINE + 3 * DAY, 1)).entered == 1


async def test_what_was_due_while_a_scenario_was_withdrawn_is_not_made_up(relance: Installation) -> None:
    await publish(relance, EVERY_DAY)
    await relance.contacts("ada")
    relance.at = NINE - 2 * HOUR
    (relance.project / "scenarios" / "onboarding" / "case.yaml").unlink()
    await relance.publish()
    await at(relance, 2, EVERY_DAY)
    assert (await scan(relance, NINE + 2 * HOUR)).entered == 0


async def test_an_edit_of_how_people_enter_is_no_break(relance: Installation) -> None:
    await publish(relance, CAMPAIGN)
    await relance.contacts("ada")
    await at(relance, 1, CAMPAIGN.replace("skip", "skip, spread: 2 hours"), EVENT)
    assert (await scan(relance, NINE + HOUR)).entered == 1
