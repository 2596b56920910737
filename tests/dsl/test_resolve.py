"""What names mean, which types meet, and what the checker says of the rest."""

import pytest

from dsl import types
from dsl.expressions import parse
from dsl.nodes import Choice, Compare, Constant, Field, History, Name
from dsl.resolve import resolve
from dsl.traversal import walk
from dsl.types import ChoiceOf, Number
from tests.dsl.vocabulary import CATALOG, ORDER, TIER, drawn, environment, read

MISTAKES = [
    """\
contact.cuntry == FR
        ^^^^^^ E511: unknown attribute `contact.cuntry`""",
    """\
contact.country == FRR
                   ^^^ E514: `FRR` is not one of the values""",
    """\
contact.country in [FR, "DE"]
                        ^^^^ E514: `DE` is not one of the values""",
    """\
contact.country >= FR
^^^^^^^^^^^^^^^^^^^^^ E520: one of FR, BE, CH, NO has no order for `>=`""",
    """\
contact.first_name == Bob
                      ^^^ E510: unknown name `Bob`""",
    """\
contact.first_name > "A"
^^^^^^^^^^^^^^^^^^^^^^^^ E520: text has no order for `>`""",
    """\
contact.points > 3 days
^^^^^^^^^^^^^^^^^^^^^^^ E520: a number and a duration do not compare""",
    """\
contact.birthdate == unknown
                     ^^^^^^^ E524: nothing is compared with `unknown`""",
    """\
event.total + 5 > 3
^^^^^^^^^^^^^^^ E521: `+` does not join money and a number""",
    """\
contact.renewal_date - 7 < today
^^^^^^^^^^^^^^^^^^^^^^^^ E521: `-` does not join a date and a number""",
    """\
contact.points in 3
                  ^ E520: `in` needs a list, this is a number""",
    """\
contact.points in []
                  ^^ E520: nothing is in an empty list""",
    """\
contact.points contains "x"
^^^^^^^^^^^^^^ E520: `contains` looks into a text or a list, this is a number""",
    """\
contact.points and contact.newsletter
^^^^^^^^^^^^^^ E523: `and` joins conditions, this is a number""",
    """\
did(order.plcaed, last 90 days)
    ^^^^^^^^^^^^ E210: unknown event `order.plcaed`""",
    """\
sum(order.plcaed.total, last 90 days) > 3
    ^^^^^^^^^^^^ E210: unknown event `order.plcaed`""",
    """\
sum(order.placed.totl) > 3
                 ^^^^ E512: `order.placed` has no `totl`""",
    """\
latest(order.placed).totl > 3
                     ^^^^ E512: `order.placed` has no `totl`""",
    """\
sum(order.placed.channel) > 3
    ^^^^^^^^^^^^^^^^^^^^ E525: `sum` needs a number or money, `channel` is one of web, store""",
    """\
count(order.placed where chanel == web) > 3
                         ^^^^^^ E510: unknown name `chanel`""",
    """\
did(order.placed, since helo)
                        ^^^^ E516: no step is called `helo`""",
    """\
clicked(pause)
        ^^^^^ E516: no message step is called `pause`""",
    """\
not in segment vipp
               ^^^^ E515: unknown segment `vipp`""",
    """\
can_receive(fax)
            ^^^ E517: unknown channel `fax`""",
    """\
can_receive(email, newslettr)
                   ^^^^^^^^^ E517: unknown topic `newslettr`""",
    """\
lowr(contact.first_name) == "x"
^^^^ E518: unknown function `lowr`""",
    """\
round(1, 2, 3) == 1
^^^^^ E522: `round` does not take 3 values""",
    """\
lower(contact.points) == "x"
      ^^^^^^^^^^^^^^ E522: `lower` takes text, this is a number""",
    """\
min(contact.points, today) > 3
^^^^^^^^^^^^^^^^^^^^^^^^^^ E522: `min` takes values of one type, these are a number and a date""",
    """\
take(winback_15) == "x"
^^^^^^^^^^^^^^^^ E519: a code is taken as a whole value of a `with`""",
    """\
item.sku == "x"
^^^^^^^^ E513: there is no item here""",
    """\
run.score > 3
    ^^^^^ E512: no step sets `run.score`""",
    """\
event.chanel == web and contact.cuntry == FR
      ^^^^^^ E512: `event` has no `chanel`
                                ^^^^^^ E511: unknown attribute `contact.cuntry`""",
    """\
order.placed
^^^^^^^^^^^^ E510: `order.placed` is an event, not a value""",
    """\
priority < 70
^^^^^^^^ E510: unknown name `priority`""",
    """\
contact.points
^^^^^^^^^^^^^^ E523: this must be a condition, it is a number""",
]


@pytest.mark.parametrize("expected", MISTAKES, ids=lambda text: text.partition("\n")[0])
def test_a_mistake_is_reported_once_at_the_smallest_place(expected: str) -> None:
    """One cause, one error; two causes, both."""
    assert drawn(expected.partition("\n")[0], types.BOOLEAN) == expected


def test_suggestions_name_what_was_probably_meant() -> None:
    """The help of an unknown name is the nearest known one."""
    env = environment("contact.cuntry is known")
    found = resolve(parse(env.file.text, env.file, lambda i: i), env).diagnostics
    assert [each.help for each in found] == ["did you mean `country`?"]


DOUBTS = [
    """\
contact.country != FR
^^^^^^^^^^^^^^^ W530: `!=` on something that may be unknown""",
    """\
contact.country not in [FR, BE]
^^^^^^^^^^^^^^^ W530: `not` on something that may be unknown""",
    """\
not clicked(hello)
    ^^^^^^^^^^^^^^ W530: `not` on something that may be unknown""",
    """\
not did(message.opened, last 90 days)
    ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ W530: `not` on something that may be unknown""",
    """\
not (contact.points > 3 or contact.newsletter)
     ^^^^^^^^^^^^^^ W530: `not` on something that may be unknown""",
    "contact.country is known and contact.country != FR",
    "contact.country is unknown or contact.country != FR",
    "contact.points > 3 and contact.points != 5",
    "can_track(clicks) and not clicked(hello)",
    "not can_track(opens) or not did(message.opened, last 90 days)",
    "not did(order.placed, last 90 days)",
    "count(order.placed) != 3",
    "coalesce(contact.points, 0) != 3",
    'contact.id != "c1"',
    "contact.country == FR",
    "not sent(hello)",
]


@pytest.mark.parametrize("expected", DOUBTS, ids=lambda text: text.partition("\n")[0])
def test_a_negation_of_what_may_be_unknown_needs_a_guard(expected: str) -> None:
    """`not` and `!=` leave out the people about whom nothing is known; a guard says that it is meant."""
    assert drawn(expected.partition("\n")[0], types.BOOLEAN) == expected


def test_a_bare_word_is_a_value_of_the_choice_that_it_meets() -> None:
    """On either side, in lists and in `between`, and quoted too."""
    silver = Choice("silver", TIER.options, ordered=True)
    tier = Field("contact", ("tier",), TIER.options)
    assert read("contact.tier >= silver") == Compare(">=", tier, silver)
    assert read("silver <= contact.tier") == Compare("<=", silver, tier)
    assert read('contact.tier == "silver"') == Compare("==", tier, silver)


def test_a_bare_word_in_a_where_is_a_property_first() -> None:
    """`channel` is the event's, `store` a value of it, `event.x` always the event that started the run."""
    found = read("count(order.placed where channel == store and order_id != event.order_id) > 1")
    assert isinstance(found, Compare)
    assert isinstance(found.left, History)
    assert found.left.where is not None
    names = [each for each in walk(found.left.where) if isinstance(each, Field | Choice)]
    assert [each.path if isinstance(each, Field) else each.value for each in names] == [
        ("channel",),
        "store",
        ("order_id",),
        ("order_id",),
    ]
    assert [each.root for each in names if isinstance(each, Field)] == ["property", "property", "event"]


def test_steps_of_other_scenarios_are_bare_words() -> None:
    """The catalog does not know step ids, and asks for no quotes."""
    found = read('did(message.clicked where scenario == welcome and step == hi and link == "x")')
    assert Constant("hi") in list(walk(found))


def test_before_and_after_have_the_type_of_the_attribute_that_where_fixes() -> None:
    """In a history, in a pattern and in a `changed` trigger."""
    changed = CATALOG.events["contact.changed"].properties
    assert drawn("did(contact.changed where attribute == tier and after > before)").count("\n") == 0
    assert drawn("attribute == tier and after >= gold", types.BOOLEAN, looked_at=changed).count("\n") == 0
    assert drawn("after > before", types.BOOLEAN, changed=TIER).count("\n") == 0


def test_a_limit_speaks_of_the_message() -> None:
    """`priority`, `class`, `channel`, `tags` are names there."""
    text = 'priority < 70 and class == marketing and channel == sms and tags contains "nps"'
    assert drawn(text, types.BOOLEAN, message=True) == text


def test_branches_of_a_wait_hold_the_event_that_ended_it() -> None:
    """`answer.total` inside the branch `answer`."""
    assert read("answer.total > 3", bound={"answer": ORDER}) == Compare(
        ">", Field("bound", ("answer", "total")), Constant(types.Decimal(3))
    )


def test_segments_and_audiences_have_no_run() -> None:
    """`entry`, `since entry` and messages of the run mean nothing outside of one."""
    for text in ("now > entry", "did(order.placed, since entry)", "sent(hello)", "run.key == 1"):
        assert "E513" in drawn(text, types.BOOLEAN, in_run=False)


@pytest.mark.parametrize(
    ("text", "expected", "findings"),
    [
        ("silver", TIER, 0),
        ("platinum", TIER, 1),
        ("unknown", TIER, 0),
        ("5", types.MONEY, 0),
        ("5", types.TEXT, 1),
        ("today", types.INSTANT, 0),
        ("now", types.DATE, 1),
        ("contact.email", types.TEXT, 0),
        ("contact.tier", types.TEXT, 0),
        ("contact.balance", types.NUMBER, 1),
        ('["a", "b"]', types.ListOf(types.TEXT), 0),
        ("contact.country", ChoiceOf(("FR", "BE")), 1),
    ],
)
def test_a_value_must_fit_where_it_is_put(text: str, expected: types.Type, findings: int) -> None:
    """The type that a place asks for is checked, and helps bare words."""
    assert drawn(text, expected).count("\n") == findings


@pytest.mark.parametrize(
    ("text", "type_"),
    [
        ("contact.renewal_date - 7 days", types.DATE),
        ("contact.renewal_date - 12 hours", types.INSTANT),
        ("today - contact.birthdate", types.DURATION),
        ("now - contact.birthdate", types.DURATION),
        ("event.total / event.total", types.NUMBER),
        ("event.total / 2", types.MONEY),
        ("2 * 3 days", types.DURATION),
        ("event.items.sku", types.ListOf(types.TEXT)),
        ("first(order.placed).at", types.INSTANT),
        ("max(order.placed.total)", types.MONEY),
        ("count(order.placed)", Number(minimum=types.Decimal(0))),
        ("coalesce(contact.tier, bronze)", TIER),
        ("weekday(today)", ChoiceOf(("mon", "tue", "wed", "thu", "fri", "sat", "sun"), ordered=True)),
    ],
)
def test_every_value_has_a_type(text: str, type_: types.Type) -> None:
    """As the reference says."""
    env = environment(text)
    assert resolve(parse(text, env.file, lambda i: i), env).type == type_


def test_nothing_unresolved_is_left() -> None:
    """A resolved expression holds no name that an evaluator would have to guess."""
    text = "contact.tier >= silver and did(order.placed where channel == web, between event.total and now)"
    env = environment(text)
    resolved = resolve(parse(text, env.file, lambda i: i), env)
    assert [each.code for each in resolved.diagnostics] == ["E520"]
    assert not any(isinstance(each, Name) for each in walk(resolved.expression))


def test_a_code_is_taken_in_with_alone_and_from_a_known_pool() -> None:
    """`take` is a whole value; its pool is declared."""
    assert drawn("take(winback_15)", allow_take=True) == "take(winback_15)"
    assert "E519: unknown pool of codes `winbak_15`" in drawn("take(winbak_15)", allow_take=True)
    assert "E519" in drawn("upper(take(winback_15))", allow_take=True)
