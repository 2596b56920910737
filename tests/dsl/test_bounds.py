"""The largest number of messages in a week, from the limits that always hold."""

from dsl.bounds import per_week
from dsl.catalog import MessageClass
from dsl.nodes import Constant
from dsl.plan import Candidate, MessageStep, Plan
from dsl.policy import Formula, Limit, Policy, Pressure

ALWAYS = Formula("true", Constant(value=True))


def plan(*channels: str, message_class: MessageClass = "marketing") -> Plan:
    forms = tuple(Candidate(channel, "hello", "newsletter", message_class) for channel in channels)
    step = MessageStep("1", forms, None)
    return Plan("s", "S", "p", "newsletter", message_class, (), (step,), "1")


def bound(*limits: Limit, channels: tuple[str, ...] = ("email", "sms")) -> int | None:
    return per_week(Policy(pressure=Pressure(limits=limits)), [plan(*channels)])


def test_a_limit_a_day_holds_seven_times_in_a_week() -> None:
    """And one of more days than a week holds once."""
    assert bound(Limit(1, 1)) == 7
    assert bound(Limit(2, 3)) == 6
    assert bound(Limit(4, 30)) == 4


def test_channels_add_up_and_the_tightest_holds() -> None:
    """Three emails and one SMS are four messages, unless all together may be fewer."""
    assert bound(Limit(3, 7, "email"), Limit(1, 7, "sms"), Limit(1, 1)) == 4
    assert bound(Limit(3, 7, "email"), Limit(1, 7, "sms"), Limit(2, 7)) == 2
    assert bound(Limit(3, 7, "email"), channels=("email",)) == 3


def test_what_may_not_be_asked_bounds_nothing() -> None:
    """A condition, a tag, or a channel without a limit."""
    assert bound(Limit(1, 7, when=ALWAYS), Limit(1, 7, tag="nps")) is None
    assert bound(Limit(3, 7, "email")) is None


def test_exempt_messages_are_not_counted() -> None:
    """Transactional messages alone: nothing limited is sent."""
    assert per_week(Policy(), [plan("email", message_class="transactional")]) == 0
