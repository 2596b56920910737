"""What a simulation rests on, in words: where lives come from, and what people do about messages."""

from collections.abc import Iterator, Mapping

from engine.simulation.made_up import AGREE, Makings
from engine.simulation.recorded import Recorded
from engine.simulation.setting import Reactions

LITTLE = "less than a week of events is recorded, too little to go by"
RUNNING = "runs under way go on, and nothing is paused"
PAST = "so is what they did in the 400 days before"


def of_made_up(people: int) -> str:
    """People of the catalog."""
    agree = f"{AGREE['email']:.0%} agree to be written to by email and {AGREE['sms']:.0%} by SMS"
    return f"{people:,} people are made up from the catalog; of them {agree}"


def of_lives(of: Makings) -> str:
    """Lives that are drawn."""
    rates = ", ".join(f"{name} {rate:g}" for name, rate in sorted(of.rates.items()))
    return f"what they do is drawn: times in 30 days for somebody on average: {rates or 'nothing'}"


def of_file(name: str, count: int) -> str:
    """Lives that a file tells."""
    return f"what happens of its own accord is what {name} tells, {count:,} events, and nothing else"


def of_weeks(weeks: int, recorded: Recorded) -> Iterator[str]:
    """Lives like those that were recorded."""
    many = sum(map(len, recorded.weeks.values()))
    like = "for each person from those of somebody who had been as active"
    yield f"what people do is drawn from {many:,} recorded weeks of the last {weeks}, {like}"
    if recorded.joins:
        yield f"{100 * recorded.joins:.2g} new people come in a week for each hundred, as they did"
    else:
        yield "nobody new comes, as nobody did"


def of_reactions(reactions: Mapping[str, Reactions], known: Mapping[str, int]) -> Iterator[str]:
    """What comes of the messages of each channel; `known`: from how many that is known."""
    for channel, each in sorted(reactions.items()):
        shares = (
            ("opened", each.opens),
            ("clicked", each.clicks),
            ("bounce", each.bounces),
            ("lead to an unsubscription", each.unsubscribes),
            ("are answered STOP", each.stops),
        )
        said = ", ".join(f"{100 * share:.3g} % {what}" for what, share in shares if share)
        source = f"as of the last {known[channel]:,}" if channel in known else "which is assumed"
        yield f"{channel}: of what is sent {said or 'nothing comes'}, {source}"
