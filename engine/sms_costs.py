"""What the SMS of a scenario cost before anybody gets them: parts counted in texts as they would leave.

Each text is rendered for a sample person, in every language and for every step that sends it; the worst
counts. Longer names and codes than the sample's may cost a part more.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import partial

from channels.sms_segments import Segments, count
from dsl.flow import most_messages
from dsl.plan import Plan, World
from dsl.scenario import MessageStep, Scenario
from dsl.scope import Scope
from dsl.values import Money
from engine.previews import drafts_of
from engine.rendering import Draft, Renderer
from engine.template_sandbox import Unrenderable

SMS = "sms"


@dataclass(frozen=True)
class Text:
    """One SMS in one language as it would leave. `fault`: why it cannot be written."""

    scenario: str
    step: str
    message: str
    locale: str
    characters: int = 0
    segments: Segments = Segments(0, "GSM-7", None)
    fault: str | None = None


@dataclass(frozen=True)
class Cost:
    """What a scenario's SMS cost. `parts_at_most`: to one person, on the way that has the most of them.

    `price` is of one part, None where policy.yaml does not say it.
    """

    scenario: str
    texts: tuple[Text, ...]
    parts_at_most: int
    price: Money | None = None

    @property
    def at_most(self) -> Money | None:
        """What one person can cost at most, once through the scenario."""
        return self.of(self.parts_at_most)

    def of(self, parts: int | Decimal) -> Money | None:
        """The price of so many parts."""
        return None if self.price is None else Money(self.price.amount * parts, self.price.currency)


def written(price: Money, parts: int | Decimal) -> str:
    """The price of so many parts: as exact as that of one below a unit of the currency, else to the cent."""
    total = price.amount * parts
    return f"{total:f} {price.currency}" if total < 1 else f"{total:.2f} {price.currency}"


def costs(
    scenarios: Iterable[tuple[Scenario, Plan]], world: World, renderer: Renderer, scope: Scope
) -> list[Cost]:
    """The costs of each scenario that sends SMS; `scope` is that of the sample person."""
    found = []
    for scenario, plan in scenarios:
        texts = texts_of(plan, world, renderer, scope)
        if texts:
            parts = most_messages(scenario.steps, partial(_parts, _worst(texts)))
            found.append(Cost(plan.scenario, tuple(texts), parts, world.policy.prices.get(SMS)))
    return found


def texts_of(plan: Plan, world: World, renderer: Renderer, scope: Scope) -> list[Text]:
    """Every SMS of a plan, once for each step and language."""
    templates = renderer.templates()
    messages = dict.fromkeys(
        candidate.message
        for step in plan.steps
        if step.kind == "message"
        for candidate in step.candidates
        if candidate.channel == SMS
    )
    return [
        _text(replace(draft, locale=locale), locale, world, renderer)
        for message in messages
        for draft in drafts_of(message, SMS, [plan], scope, {})
        for locale in templates.locales(message, SMS)
    ]


def _text(draft: Draft, locale: str, world: World, renderer: Renderer) -> Text:
    about = Text(draft.scenario, draft.step, draft.message, locale)
    try:
        body = renderer.sms(draft, world).body
    except Unrenderable as error:
        return replace(about, fault=str(error))
    return replace(about, characters=len(body), segments=count(body))


def _worst(texts: Sequence[Text]) -> dict[str, int]:
    worst: dict[str, int] = {}
    for text in texts:
        worst[text.message] = max(worst.get(text.message, 1), text.segments.count)
    return worst


def _parts(worst: Mapping[str, int], step: MessageStep) -> int:
    """The most parts of a step, which sends one of its forms."""
    return max(
        (worst.get(form.message.value, 1) for form in step.forms if form.channel.value == SMS), default=0
    )
