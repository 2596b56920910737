"""The month that the demo plays: whose it is, and when."""

from datetime import UTC, datetime, timedelta

import pytest

from commands.sample_life.life import Life
from commands.sample_life.people import people
from commands.sample_life.show import BEGINS, first_morning


def deeds(life):
    return [(deed.at, deed.kind, deed.contact) for deed in life.due(life.ends)]


def test_the_same_people_do_the_same_things_each_time():
    assert deeds(Life(people(), BEGINS, 30)) == deeds(Life(people(), BEGINS, 30))


def test_everybody_acts_within_the_month_and_in_order():
    told = deeds(Life(people(), BEGINS, 30))
    assert told == sorted(told)
    assert len(told) > 100
    assert told[0][0] >= BEGINS


def test_a_month_that_begins_later_is_the_same_month():
    """A slow machine that needs days of business time to start shows the same life."""
    life = Life(people(), BEGINS, 30)
    as_planned = deeds(life)
    life.begin(BEGINS + timedelta(days=3))
    assert [(at - timedelta(days=3), kind, contact) for at, kind, contact in deeds(life)] == as_planned


@pytest.mark.parametrize(
    ("now", "day"),
    [
        (BEGINS - timedelta(hours=30), BEGINS),
        (BEGINS, BEGINS),
        (BEGINS + timedelta(minutes=1), BEGINS + timedelta(days=1)),
        (BEGINS + timedelta(days=4, hours=2), BEGINS + timedelta(days=5)),
    ],
)
def test_the_month_begins_on_its_morning_or_on_a_later_one(now, day):
    assert first_morning(now) == day


def test_who_signs_up_has_an_address_and_ticks_a_box_for_it():
    life = Life(people(), BEGINS, 30)
    signing_up = [deed.contact for deed in life.due(life.ends) if deed.kind == "sign_up"]
    assert signing_up
    for contact in signing_up:
        given = life.contact(life.people[contact], agreed=True, at=BEGINS)
        channels = {each["channel"] for each in given["consents"] if each["topic"] == "newsletter"}
        assert channels
        assert channels <= {
            "email" if name == "email" else "sms"
            for name in given["attributes"]
            if name in ("email", "phone")
        }


def test_a_person_answers_the_same_message_the_same_way():
    """What an email leads to hangs on who reads it and on its subject, not on its random id."""
    person = next(person for person in people() if person.email)
    now = datetime(2027, 3, 5, 10, tzinfo=UTC)

    def answers(message_id):
        life = Life([person], BEGINS, 30)
        own = deeds(Life([person], BEGINS, 30))
        letter = {
            "channel": "email",
            "to": person.email,
            "subject": "Bonjour",
            "html": "",
            "message_id": message_id,
        }
        life.react(letter, now)
        return [deed for deed in deeds(life) if deed not in own]

    assert answers("a") == answers("b") != []
