"""The sample contacts: always the same, like a real base, and unreachable."""

import re
from collections import Counter

from commands.sample_life.people import people

PEOPLE = people()


def test_the_same_people_come_at_each_start():
    assert people() == PEOPLE
    assert people(50, seed=1) != people(50, seed=2)


def test_no_address_and_no_number_can_belong_to_anybody():
    """RFC 2606 keeps `.example`, ARCEP keeps 06 39 98, for examples and fiction."""
    emails = [p.email for p in PEOPLE if p.email]
    phones = [p.phone for p in PEOPLE if p.phone]
    assert all(re.fullmatch(r"[a-z.0-9-]+@[a-z]+\.example", email) for email in emails)
    assert all(re.fullmatch(r"\+3363998\d{4}", phone) for phone in phones)
    assert len(set(emails)) == len(emails)
    assert len(set(phones)) == len(phones)


def test_the_base_is_as_uneven_as_a_real_one():
    assert len(PEOPLE) == 200
    assert any(p.email is None for p in PEOPLE)
    assert any(p.phone is None for p in PEOPLE)
    assert {p.consents for p in PEOPLE} == {(), ("email",), ("sms",), ("email", "sms")}
    assert {p.tracking for p in PEOPLE} == {(), ("clicks",), ("opens", "clicks")}
    assert {p.country for p in PEOPLE} == {"FR", "BE", "CH", "LU", "NO"}
    assert {p.locale for p in PEOPLE} >= {"fr", "en", "fr-BE", "fr-CH"}


def test_every_month_has_birthdays():
    months = Counter(p.birthdate.month for p in PEOPLE if p.birthdate)
    assert set(months) == set(range(1, 13))
    assert min(months.values()) >= 3


def test_nobody_agreed_to_a_channel_without_an_address():
    for person in PEOPLE:
        assert "email" not in person.consents or person.email
        assert "sms" not in person.consents or person.phone


def test_every_scenario_finds_somebody():
    """Lost customers, new subscribers to come, people who never bought."""
    lost = [p for p in PEOPLE if p.orders and min(o.days_ago for o in p.orders) > 366]
    reachable = [p for p in lost if p.consents]
    assert len(reachable) >= 20
    assert sum(not p.subscribed for p in PEOPLE) >= 50
    assert sum(not p.orders for p in PEOPLE) >= 40


def test_attributes_are_plain_and_leave_out_what_is_unknown():
    person = next(p for p in PEOPLE if p.email is None and p.birthdate)
    assert "email" not in person.attributes
    assert person.attributes["birthdate"] == person.birthdate.isoformat()
