"""Hours, days and public holidays, on the person's clock."""

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dsl.local_time import local_clock
from dsl.policy import Hours
from engine.hours import LOOKED_AHEAD, Rule, are_open, first_open, rules_for
from engine.territory import Territory, holidays_of, territory_of, zone_of
from tests.engine.world_builders import candidate, facts, plan, utc, world

PARIS = ZoneInfo("Europe/Paris")
SMS = Hours(time(10), time(20), (0, 1, 2, 3, 4, 5), skip_holidays=True)


def opening(after: datetime, person=None, *, message=None, a_plan=None, hours=SMS) -> datetime | None:
    person = person or facts(world(hours={"sms": hours}))
    rules = rules_for(a_plan or plan(), message or candidate(channel="sms"), person)
    return first_open(rules, after, after + LOOKED_AHEAD)


def living(**attributes):
    person_world = world(hours={"sms": SMS}, zone_by_country={"CH": "Europe/Zurich"})
    zone = zone_of(attributes, person_world.policy)
    return facts(person_world, attributes=attributes, zone=zone)


def test_within_the_hours_it_is_now():
    assert opening(utc("2027-02-15 09:00")) == utc("2027-02-15 09:00")


def test_the_end_is_excluded():
    assert opening(utc("2027-02-15 19:00")) == utc("2027-02-16 09:00")
    assert opening(utc("2027-02-15 18:59:59")) == utc("2027-02-15 18:59:59")


def test_a_saturday_evening_waits_for_monday():
    assert opening(utc("2027-02-20 20:00")) == utc("2027-02-22 09:00")


def test_hours_keep_the_local_time_over_a_change_of_the_clocks():
    assert opening(utc("2027-03-27 20:00"), hours=Hours(time(10), time(20))) == utc("2027-03-28 08:00")


def test_an_opening_that_the_clocks_skip_is_the_first_instant_after():
    assert opening(utc("2027-03-28 00:10"), hours=Hours(time(2, 15), time(5))) == utc("2027-03-28 01:00")


def test_hours_that_lie_in_the_skipped_hour_open_the_day_after():
    night = Hours(time(2, 10), time(2, 50))
    assert opening(utc("2027-03-28 00:55"), hours=night) == utc("2027-03-29 00:10")


def test_to_midnight_is_written_24_00():
    late = Hours(time(20), time.max)
    assert opening(utc("2027-02-15 22:59:59.999999"), hours=late) == utc("2027-02-15 22:59:59.999999")


def test_easter_monday_and_the_first_of_may_are_skipped():
    assert opening(utc("2027-03-29 09:00"), living(country="FR")) == utc("2027-03-30 08:00")
    # 1 May 2027 is a Saturday, and the 2nd a Sunday.
    assert opening(utc("2027-05-01 09:00"), living(country="FR")) == utc("2027-05-03 08:00")


def test_an_attribute_tells_alsace_and_moselle_whose_good_friday_is_a_holiday():
    good_friday = utc("2027-03-26 09:00")
    assert opening(good_friday, living(country="FR", postcode="75011")) == good_friday
    for who in (
        {"postcode": "67000"},
        {"postcode": "57 100"},
        {"subdivision": "FR-68"},
        {"region": "Moselle"},
    ):
        assert opening(good_friday, living(country="FR", **who)) == utc("2027-03-27 09:00"), who


def test_overseas_has_its_own_clock_and_holidays():
    reunion = living(country="FR", postcode="97400")
    assert reunion.zone == "Indian/Reunion"
    assert opening(utc("2027-02-15 05:00"), reunion) == utc("2027-02-15 06:00")
    assert date(2027, 12, 20) in holidays_of(territory_of(reunion.attributes), 2027), "abolition of slavery"
    assert living(country="FR", postcode="97133").zone == "America/St_Barthelemy"


@pytest.mark.parametrize(
    ("country", "zone"), [("RE", "Indian/Reunion"), ("GP", "America/Guadeloupe"), ("PF", "Pacific/Tahiti")]
)
def test_overseas_is_france_under_its_own_country_code_too(country, zone):
    far = living(country=country)
    assert far.zone == zone
    assert date(2027, 7, 14) in holidays_of(territory_of(far.attributes), 2027)


@pytest.mark.parametrize(
    ("country", "holiday"),
    [("BE", "2027-07-21"), ("CH", "2028-08-01"), ("NO", "2028-05-17"), ("FR", "2027-07-14")],
)
def test_each_country_has_its_national_day(country, holiday):
    noon = utc(f"{holiday} 11:00")
    assert opening(noon, living(country=country)) != noon
    elsewhere = next(c for c in ("FR", "NO") if c != country)
    assert opening(noon, living(country=elsewhere)) == noon


def test_who_lives_nowhere_known_is_spared_the_holidays_of_every_country():
    for day in ("2027-07-21", "2028-08-01", "2028-05-17", "2027-07-14"):
        noon = utc(f"{day} 11:00")
        assert opening(noon, living()) != noon, day


def test_who_lives_nowhere_known_is_reached_when_every_zone_of_the_brand_allows():
    far = world(hours={"sms": SMS}, zone_by_country={"CH": "Europe/Zurich", "RE": "Indian/Reunion"})
    nobody = facts(far, attributes={}, zone="Europe/Paris")
    # 10:00 in Paris is 13:00 in Reunion; 17:00 is 20:00 there.
    assert opening(utc("2027-02-15 08:30"), nobody) == utc("2027-02-15 09:00")
    assert opening(utc("2027-02-15 16:00"), nobody) == utc("2027-02-16 09:00")
    assert opening(utc("2027-02-15 16:00"), facts(far, attributes={"timezone": "Europe/Paris"})) == utc(
        "2027-02-15 16:00"
    )


def test_a_canton_or_an_own_zone_is_used_where_it_is_known():
    assert territory_of({"country": "CH", "canton": "CH-VD"}) == Territory("CH", "VD")
    assert territory_of({"country": "CH", "canton": "nowhere"}) == Territory("CH")
    assert territory_of({"country": "Atlantis"}) is None
    assert living(country="FR", timezone="America/New_York").zone == "America/New_York"
    assert living(country="FR", timezone="Mars/Phobos").zone == "Europe/Paris"


def test_the_hours_of_a_message_only_narrow():
    narrow = candidate(channel="sms", hours=Hours(time(8), time(12)))
    assert opening(utc("2027-02-15 07:30"), message=narrow) == utc("2027-02-15 09:00"), "the policy's opening"
    assert opening(utc("2027-02-15 11:30"), message=narrow) == utc("2027-02-16 09:00"), "the message's end"


def test_the_zone_of_the_scenario_is_that_of_the_messages_hours_only():
    message = candidate(channel="sms", hours=Hours(time(8), time(12)))
    # 8:00-12:00 UTC and 10:00-20:00 in Paris.
    assert opening(utc("2027-02-15 08:30"), message=message, a_plan=plan(zone="UTC")) == utc(
        "2027-02-15 09:00"
    )
    assert opening(utc("2027-02-15 11:30"), message=message, a_plan=plan(zone="UTC")) == utc(
        "2027-02-15 11:30"
    )


def test_a_transactional_message_keeps_no_hours_but_its_own():
    at_night = utc("2027-02-15 02:00")
    message = candidate(channel="sms", message_class="transactional", topic="service")
    assert opening(at_night, message=message) == at_night
    own = candidate(channel="sms", message_class="transactional", topic="service", hours=Hours(time(7)))
    assert opening(at_night, message=own) == utc("2027-02-15 06:00")
    service = candidate(channel="sms", message_class="service", topic="care")
    assert opening(at_night, message=service) == utc("2027-02-15 09:00")


def test_hours_that_never_meet_have_no_opening():
    never = candidate(channel="sms", hours=Hours(time(20), time(22)))
    assert opening(utc("2027-02-15 02:00"), message=never) is None


@settings(max_examples=150, deadline=None)
@given(
    after=st.datetimes(datetime(2027, 3, 20), datetime(2027, 4, 3)),  # noqa: DTZ001 - made aware below
    start=st.integers(0, 22),
    length=st.integers(1, 6),
    days=st.sets(st.integers(0, 6), min_size=1),
)
def test_the_opening_is_open_and_nothing_before_it_is(after, start, length, days):
    """Against every quarter of an hour, over the night when the clocks change."""
    begin = after.replace(tzinfo=PARIS).astimezone(utc("2027-01-01 00:00").tzinfo)
    end = time(start + length) if start + length < 24 else time.max
    rule = Rule(Hours(time(start), end, tuple(sorted(days)), skip_holidays=True), PARIS, (Territory("FR"),))
    found = first_open((rule,), begin, begin + LOOKED_AHEAD)
    assert found is not None
    assert are_open((rule,), found)
    step = begin
    while step < found:
        assert not are_open((rule,), step)
        step += timedelta(minutes=15)
    assert start <= local_clock(found, PARIS).hour <= 23
