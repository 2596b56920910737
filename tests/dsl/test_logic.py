"""Three-valued logic: and, or and not as SQL has them, over what is known and what is not."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dsl.evaluate import evaluate
from dsl.nodes import Expression, Field, Logic, Not
from tests.dsl.vocabulary import ask, scope

YES, NO, UNKNOWN = True, False, None
KLEENE = st.sampled_from([YES, NO, UNKNOWN])


def _pair(a: object, b: object) -> dict[str, object]:
    return {"attributes": {"newsletter": a, "loyal": b}}


@pytest.mark.parametrize(
    ("a", "b", "both", "either"),
    [
        (YES, YES, YES, YES),
        (YES, NO, NO, YES),
        (YES, UNKNOWN, UNKNOWN, YES),
        (NO, YES, NO, YES),
        (NO, NO, NO, NO),
        (NO, UNKNOWN, NO, UNKNOWN),
        (UNKNOWN, YES, UNKNOWN, YES),
        (UNKNOWN, NO, NO, UNKNOWN),
        (UNKNOWN, UNKNOWN, UNKNOWN, UNKNOWN),
    ],
)
def test_and_and_or_follow_the_tables_of_sql(a: object, b: object, both: object, either: object) -> None:
    """The whole table."""
    assert ask("contact.newsletter and contact.loyal", **_pair(a, b)) is both
    assert ask("contact.newsletter or contact.loyal", **_pair(a, b)) is either


@pytest.mark.parametrize(("a", "opposite"), [(YES, NO), (NO, YES), (UNKNOWN, UNKNOWN)])
def test_not_of_unknown_is_unknown(a: object, opposite: object) -> None:
    """Not knowing does not turn round."""
    assert ask("not contact.newsletter", **_pair(a, None)) is opposite


@given(st.lists(KLEENE, min_size=2, max_size=5))
def test_de_morgan_holds_with_unknowns(values: list[bool | None]) -> None:
    """`not (a and b)` is `not a or not b`, and the other way round."""
    operands = tuple(Field("run", (f"x{i}",)) for i in range(len(values)))
    facts = scope(run={f"x{i}": value for i, value in enumerate(values)})
    for op, dual in (("and", "or"), ("or", "and")):
        outside = Not(Logic(op, operands))
        inside = Logic(dual, tuple(Not(each) for each in operands))
        assert evaluate(outside, facts) is evaluate(inside, facts)


def _conditions() -> st.SearchStrategy[Expression]:
    leaves = st.sampled_from([Field("run", (name,)) for name in "abc"])
    return st.recursive(
        leaves,
        lambda inner: (
            inner.map(Not)
            | st.lists(inner, min_size=2, max_size=3).map(lambda each: Logic("and", tuple(each)))
            | st.lists(inner, min_size=2, max_size=3).map(lambda each: Logic("or", tuple(each)))
        ),
        max_leaves=8,
    )


def _naive(node: Expression, run: dict[str, bool | None]) -> bool | None:
    """Kleene's logic by numbers: no 0, unknown 1, yes 2; and is the smallest, or the largest."""
    rank = {False: 0, None: 1, True: 2}
    back = (False, None, True)
    match node:
        case Field(path=(name,)):
            return run[name]
        case Not(operand=operand):
            return back[2 - rank[_naive(operand, run)]]
        case Logic(op="and", operands=operands):
            return back[min(rank[_naive(each, run)] for each in operands)]
        case Logic(operands=operands):
            return back[max(rank[_naive(each, run)] for each in operands)]
    raise AssertionError(node)


@given(_conditions(), st.fixed_dictionaries(dict.fromkeys("abc", KLEENE)))
def test_logic_is_kleenes(node: Expression, run: dict[str, bool | None]) -> None:
    """Whatever is nested in whatever."""
    assert evaluate(node, scope(run=run)) is _naive(node, run)


@given(_conditions(), st.fixed_dictionaries(dict.fromkeys("abc", KLEENE)))
def test_learning_more_never_contradicts(node: Expression, run: dict[str, bool | None]) -> None:
    """What is decided while something is unknown stays decided whatever that turns out to be."""
    before = evaluate(node, scope(run=run))
    for name in "abc":
        if run[name] is None and before is not None:
            for learnt in (True, False):
                assert evaluate(node, scope(run={**run, name: learnt})) is before
