"""A base lived through: the same for the same seed, however it is taken apart, and counted rule by rule."""

from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

from dsl.compiler import Project, compile_project
from engine.simulation import made_up
from engine.simulation.habits import makings
from engine.simulation.play import play
from engine.simulation.recorded import Habit, Joiner, Recorded, activity, lived, newcomers, weeks_of
from engine.simulation.report import Told, told
from engine.simulation.setting import Deed, Reactions, Setting, Somebody
from engine.simulation.together import Part, simulate
from engine.state import Consent
from engine.virtual import deeds, occasions
from engine.virtual.person import Person
from engine.virtual.time import run_until
from engine.virtual.world import Happened, VirtualWorld
from tests.engine.story_projects import ONE_A_DAY, SUBSCRIBED, scenario, story, write

SHIPPED = Path(__file__).parents[2]
MONDAY = datetime(2027, 2, 14, 23, tzinfo=UTC)
"""The first moment of Monday 15 February in Paris."""

NOBODY_REACTS: dict[str, Reactions] = {}


def project_of(folder: Path, scenarios: dict[str, str], **more: str) -> Project:
    return write(folder, scenarios, story(SUBSCRIBED, ""), **more)


def setting_of(project: Project, *, days: int = 14, seed: int = 1, **more: object) -> Setting:
    plans = {name: each.plan for name, each in project.scenarios.items()}
    return Setting(project.world, plans, MONDAY, days, seed, **more)  # type: ignore[arg-type]


def subscriber(number: int, *subscribes: datetime, consent: Sequence[str] = ("email", "sms")) -> Somebody:
    given = {"email": f"c{number}@example.com", "phone": f"+336399800{number:02}", "country": "FR"}
    person = Person(f"c_{number:02}", MONDAY - timedelta(days=100), given)
    for channel in consent:
        deeds.agreed(person, "newsletter", channel, None)
    return Somebody(person, tuple(Deed(at, "contact.subscribed", {"list": "news"}) for at in subscribes))


def lived_by(setting: Setting, *people: Somebody) -> Told:
    return told(setting, play(setting, people))


def test_what_came_of_a_month_is_the_same_for_the_same_seed_and_differs_with_another() -> None:
    project = compile_project(SHIPPED)
    of = makings(project, {})

    def month(seed: int) -> dict[str, object]:
        setting = setting_of(project, days=30, seed=seed)
        return told(setting, play(setting, made_up.people(of, range(1, 31), setting))).as_json()

    first = month(1)
    assert first == month(1)
    assert first["messages"] != month(2)["messages"]


async def test_the_base_may_be_taken_apart_and_lived_by_several_processes() -> None:
    project = compile_project(SHIPPED)
    setting, of = setting_of(project, days=10), makings(project, {})

    async def parts(size: int) -> AsyncIterator[Part]:
        for first in range(1, 41, size):
            yield Part(partial(made_up.people, of, range(first, first + size)), size)

    done: list[int] = []
    whole = await simulate(setting, parts(40), jobs=1, beat=done.append)
    apart = await simulate(setting, parts(8), jobs=2, beat=done.append)
    assert told(setting, whole).as_json() == told(setting, apart).as_json()
    assert sum(done) == 80


def test_sent_held_back_and_given_up_are_told_by_step_and_by_rule(tmp_path: Path) -> None:
    """Two scenarios want the same day: the second message waits for the next, or is given up."""
    late = scenario("- { email: hello, id: late }\n", name="late")
    never = scenario("- { email: hello, id: never, on_cap: drop }\n", name="never", head="priority: 10\n")
    project = project_of(
        tmp_path,
        {"case": scenario("- { email: hello, id: first }\n"), "late": late, "never": never},
        policy=ONE_A_DAY,
    )
    setting = setting_of(project, reactions=NOBODY_REACTS)
    noon = MONDAY + timedelta(hours=12)
    found = lived_by(setting, subscriber(1, noon), subscriber(2, noon), subscriber(3, noon, consent=["sms"]))
    json = found.as_json()
    assert json["messages"] == {
        "case": {"first": {"sent": 2, "dropped": 1, "delayed": 0, "withheld": 0}},
        "late": {"late": {"sent": 2, "dropped": 1, "delayed": 2, "withheld": 0}},
        "never": {"never": {"sent": 0, "dropped": 3, "delayed": 0, "withheld": 0}},
    }
    assert json["refusals"] == {
        "consent to newsletter by email is missing": 3,
        "at most 1 message per 1 day": 2,
    }
    assert json["delays"] == {"at most 1 message per 1 day": 2}
    assert json["per_contact"] == {"mean": 1.333, "p90": 2, "max": 2}
    assert [day["sent"] for day in json["per_day"][:3]] == [2, 2, 0]
    assert len(json["per_day"]) == 14
    assert found.most == ((2, "c_01"), (2, "c_02"))
    assert found.warnings == ("never: never (never) was never sent: it was given up each time",)


def test_a_scenario_that_nobody_enters_is_told_with_the_reason(tmp_path: Path) -> None:
    closed = scenario("- email: hello\n", head="audience: contact.country == CH\n")
    setting = setting_of(project_of(tmp_path, {"case": closed}))
    found = lived_by(setting, subscriber(1, MONDAY))
    assert found.warnings == ("nobody entered case. Most often: not in the audience.",)
    assert lived_by(setting, subscriber(2)).warnings == ("nobody entered case. Nothing started it.",)


def test_only_the_scenarios_asked_for_are_told_and_all_of_them_take_their_places(tmp_path: Path) -> None:
    both = {"case": scenario("- email: hello\n"), "other": scenario("- email: hello\n", name="other")}
    setting = setting_of(project_of(tmp_path, both, policy=ONE_A_DAY), reactions=NOBODY_REACTS)
    tally = play(setting, [subscriber(1, MONDAY + timedelta(hours=12))])
    found = told(setting, tally, only=["other"]).as_json()
    assert list(found["messages"]) == ["other"]
    assert found["messages"]["other"]["1"]["delayed"] == 1
    assert sum(day["sent"] for day in found["per_day"]) == 1
    assert found["per_contact"]["max"] == 2


def test_codes_are_counted_with_the_day_on_which_they_run_out(tmp_path: Path) -> None:
    steps = "- { email: hello, with: { code: take(winback_15) } }\n"
    setting = setting_of(project_of(tmp_path, {"case": scenario(steps)}), reactions=NOBODY_REACTS)
    people = [subscriber(n, MONDAY + timedelta(days=n, hours=12)) for n in range(5)]
    found = told(setting, play(setting, people), pools={"winback_15": 3})
    (codes,) = found.codes
    assert (codes.needed, codes.left, f"{codes.dry}") == (5, 3, "2027-02-18")
    assert "winback_15: 5 codes are needed and 3 are left, which last until 2027-02-18" in found.warnings


def test_people_react_to_messages_and_an_unsubscription_ends_what_follows(tmp_path: Path) -> None:
    project = project_of(tmp_path, {"case": scenario("- email: hello\n- wait: 3 days\n- email: hello\n")})
    at = MONDAY + timedelta(hours=12)
    all_leave = setting_of(project, reactions={"email": Reactions(unsubscribes=1)})
    all_bounce = setting_of(project, reactions={"email": Reactions(bounces=1)})
    assert lived_by(all_leave, subscriber(1, at)).per_contact["max"] == 1
    assert lived_by(all_bounce, subscriber(1, at)).per_contact["max"] == 1
    assert lived_by(setting_of(project, reactions=NOBODY_REACTS), subscriber(1, at)).per_contact["max"] == 2


def test_somebody_who_joins_is_there_from_then_on(tmp_path: Path) -> None:
    daily = scenario("- email: hello\n", trigger="every: day at 09:00")
    setting = setting_of(project_of(tmp_path, {"case": daily}), days=4, reactions=NOBODY_REACTS)
    newcomer = subscriber(1).person
    found = lived_by(setting, subscriber(2), Somebody(newcomer, joins=MONDAY + timedelta(days=2)))
    assert found.joined == 1
    assert [day.sent for day in found.per_day] == [1, 1, 2, 2]


def test_an_event_about_an_object_concerns_everybody_who_looked_at_it(tmp_path: Path) -> None:
    reached = '"did(product.viewed where sku == event.sku, last 60 days)"'
    trigger = f"event: product.price_changed, reaches: {reached}"
    project = project_of(tmp_path, {"case": scenario("- email: hello\n", trigger=trigger)})
    cheaper = Deed(MONDAY + timedelta(hours=12), "product.price_changed", {"sku": "A", "price": 9})
    setting = setting_of(project, days=2, reactions=NOBODY_REACTS, objects=(cheaper,))
    viewed = [Deed(MONDAY + timedelta(hours=9), "product.viewed", {"sku": sku}) for sku in ("A", "B")]
    people = [Somebody(subscriber(n).person, (deed,)) for n, deed in enumerate(viewed)]
    assert lived_by(setting, *people, subscriber(7)).most == ((1, "c_00"),)


# Lives like those that were recorded

WEEK = timedelta(days=7)
ORDER = Habit(timedelta(days=2), "order.placed", {"total": 20})


def test_recorded_weeks_are_told_apart_by_how_active_somebody_had_been() -> None:
    begins = MONDAY
    orders = [(begins + WEEK + ORDER.after, ORDER)]
    found = weeks_of(begins, 3, orders, begins - timedelta(days=200))
    assert found == [("lapsed", ()), ("lapsed", (ORDER,)), ("active", ())]
    assert activity(None, begins) == "never"


def test_somebody_lives_recorded_weeks_of_those_as_active_as_they_are() -> None:
    recorded = Recorded({"active": [(ORDER,)], "lapsed": [()]})
    busy = lived(recorded, 1, "c_1", MONDAY - WEEK, MONDAY, 14)
    assert [at - MONDAY for at, _ in busy] == [timedelta(days=2), timedelta(days=9)]
    assert lived(recorded, 1, "c_2", MONDAY - 50 * WEEK, MONDAY, 14) == []
    assert lived(recorded, 1, "c_3", None, MONDAY, 14) == []


def test_as_many_people_join_as_were_recorded() -> None:
    consents = {("newsletter", "email"): Consent("granted", "consent", MONDAY)}
    joiner = Joiner(timedelta(days=3), {"country": "FR"}, consents, (ORDER,))
    recorded = Recorded(joiners=[joiner], joins=0.05)
    came = [each for n in range(400) for each in newcomers(recorded, 1, f"c_{n}", MONDAY, 28)]
    assert 60 <= len(came) <= 100
    assert all((at - MONDAY) % WEEK == joiner.after for at, _ in came)


# Who need not be asked again


def test_who_is_not_asked_again_is_asked_in_time(tmp_path: Path) -> None:
    """Somebody whose last order leaves the window, and somebody who comes to be reachable, enter that day."""
    quiet = "not did(order.placed, last 10 days) and can_receive(email)"
    daily = scenario("- email: hello\n", head=f"audience: {quiet}\n", trigger="every: day at 09:00")
    project = project_of(tmp_path, {"case": daily.replace("entry: always", "entry: once")})
    setting = setting_of(project, days=12, reactions=NOBODY_REACTS)

    def first_days(*, naps: bool) -> dict[str, int]:
        happened: list[Happened] = []
        world = VirtualWorld(project.world, MONDAY, happened.append, starts_until=setting.ends, naps=naps)
        bought = subscriber(1).person
        deeds.had_happened(world, bought, "order.placed", {"total": 20}, MONDAY - timedelta(days=3))
        shy = subscriber(2, consent=()).person
        for person in (bought, shy, subscriber(3).person):
            deeds.add_person(world, person)
        world.put_in_force(project.scenarios["case"].plan)
        occasions.schedule(world, "case")
        run_until(world, MONDAY + timedelta(days=4, hours=12))
        said = {"topic": "newsletter", "channel": "email"}
        deeds.happens(world, shy, "consent.granted", said)
        run_until(world, setting.ends)
        return {each.person: (each.at - MONDAY).days for each in happened if each.kind == "message"}

    assert first_days(naps=True) == {"c_03": 0, "c_02": 5, "c_01": 7} == first_days(naps=False)


def test_naps_change_nothing_about_a_month_of_the_shipped_scenarios() -> None:
    project = compile_project(SHIPPED)
    setting, of = setting_of(project, days=30), makings(project, {})
    found = []
    for naps in (True, False):
        happened: list[Happened] = []
        world = VirtualWorld(project.world, MONDAY, happened.append, starts_until=setting.ends, naps=naps)
        for each in made_up.people(of, range(1, 31), setting):
            deeds.add_person(world, each.person)
        for name, plan in setting.plans.items():
            world.put_in_force(plan)
            occasions.schedule(world, name)
        run_until(world, setting.ends)
        found.append([(each.at, each.person, each.kind, each.name) for each in happened])
    assert found[0] == found[1]
    assert found[0]
