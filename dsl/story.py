"""Stories as they were written: what one person is and does, and everything that must follow.

`story_parser` makes them from the located tree, checked against the catalog and the scenarios that they
speak of; `engine.stories` plays them. Values are JSON values of the types that the catalog wants, with
`Later` where a date or an instant is a point of the story's own calendar.
"""

from collections.abc import Mapping
from dataclasses import field
from datetime import date, time
from typing import Any, Literal, TypeAlias

from dsl.frozen import dataclass
from dsl.source import SourceFile, Span

StoryValue: TypeAlias = Any
"""A JSON value, or Later, or lists and records of them."""

FAILS = "fails"
"""What `answers` says of a webhook that does not answer."""


@dataclass(frozen=True, slots=True)
class When:
    """A point of a story's calendar: a day counted from `starts` or a date, and a local time.

    `at` None: the hour of the first line in `when`, any time of the day in `expect`.
    """

    day: int | date
    at: time | None = None

    def __str__(self) -> str:
        """As it is written."""
        day = f"day {self.day}" if isinstance(self.day, int) else f"{self.day}"
        return day if self.at is None else f"{day} {self.at:%H:%M}"


@dataclass(frozen=True, slots=True)
class Later:
    """A value that is a point of the story's calendar, as a date or an instant."""

    when: When
    of: Literal["date", "instant"]


# given


@dataclass(frozen=True, slots=True)
class PastEvent:
    """Something that the person did before, or will have done by then."""

    event: str
    at: When
    properties: Mapping[str, StoryValue] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class PastMessage:
    """A message that the person has received already, or `to_household`, somebody with whom they live."""

    message: str
    channel: str
    at: When
    to_household: bool = False


Past: TypeAlias = PastEvent | PastMessage


@dataclass(frozen=True, slots=True)
class Consented:
    """Consent to a topic on a channel; `since` None: since ever. Topic `tracking`: to `opens`, `clicks`."""

    topic: str
    channel: str
    since: When | None = None


@dataclass(frozen=True, slots=True)
class Given:
    """How things stand when a story begins."""

    contact: Mapping[str, StoryValue] = field(default_factory=dict)
    consents: tuple[Consented, ...] = ()
    events: tuple[PastEvent, ...] = ()
    messages: tuple[PastMessage, ...] = ()
    pools: Mapping[str, int] = field(default_factory=dict)
    """How many codes a pool has; one that is not named has enough."""
    answers: Mapping[str, Mapping[str, StoryValue] | None] = field(default_factory=dict)
    """What webhooks answer; None: the call fails."""
    holdout: bool = False
    arms: Mapping[str, str] = field(default_factory=dict)

    @property
    def past(self) -> tuple[Past, ...]:
        """Everything that is known of the person and that the story's scenarios have nothing to do with."""
        return (*self.events, *self.messages)


# when


@dataclass(frozen=True, slots=True)
class Happens:
    """`event: order.placed` with its properties."""

    event: str
    properties: Mapping[str, StoryValue]


@dataclass(frozen=True, slots=True)
class Changes:
    """`changes: {tier: gold}`; `source` is `import` or some other."""

    values: Mapping[str, StoryValue]
    source: str


@dataclass(frozen=True, slots=True)
class Reacts:
    """`opens: hello`, `clicks: hello`, `bounces: hello`, `complains: hello`: about the message of a step."""

    how: Literal["opens", "clicks", "bounces", "complains"]
    step: str
    link: str | None = None


@dataclass(frozen=True, slots=True)
class Replies:
    """`replies: "STOP"` to the last SMS."""

    text: str


@dataclass(frozen=True, slots=True)
class Unsubscribes:
    """`unsubscribes: newsletter`: the link of an email, or `channel: sms` in the preference centre."""

    topic: str
    channel: str


@dataclass(frozen=True, slots=True)
class Confirms:
    """`confirms: newsletter`: the button of the page behind `confirm_url`."""

    topic: str


@dataclass(frozen=True, slots=True)
class Calls:
    """`calls: welcome`: the API trigger, with its inputs."""

    scenario: str
    inputs: Mapping[str, StoryValue]


@dataclass(frozen=True, slots=True)
class Publishes:
    """`publishes: welcome_v2.yaml`: the path of the scenario file that is put in force."""

    path: str


@dataclass(frozen=True, slots=True)
class Pauses:
    """`pauses: welcome` and `resumes: welcome`: a scenario, a channel or `everything`."""

    subject: str
    resumes: bool


Deed: TypeAlias = Happens | Changes | Reacts | Replies | Unsubscribes | Confirms | Calls | Publishes | Pauses


@dataclass(frozen=True, slots=True)
class Line:
    """One line of `when`: `text` is the line as it was written."""

    at: When
    deed: Deed
    text: str
    span: Span
    scenario: str | None = None
    """Which scenario's step is meant, where several have one of that name."""


# expect

ExpectedKind: TypeAlias = Literal["message", "call", "task", "exit", "not_sent", "emit", "set"]


@dataclass(frozen=True, slots=True)
class Expected:
    """One thing that a line of `expect` says must happen.

    `channel` is a message's, `because` why one was not sent, `value` what `set` makes of an attribute.
    """

    at: When
    kind: ExpectedKind
    name: str
    text: str
    span: Span
    channel: str | None = None
    because: str | None = None
    value: StoryValue = None
    scenario: str | None = None


# files


@dataclass(frozen=True)
class Story:
    """One story: `given`, `when` in the order of the file, `expect`."""

    name: str
    given: Given
    lines: tuple[Line, ...]
    expected: tuple[Expected, ...]
    span: Span


@dataclass(frozen=True)
class StoryFile:
    """A `*.test.yaml` file without mistakes. `starts` is day 0."""

    file: SourceFile
    scenarios: tuple[str, ...]
    starts: date
    stories: tuple[Story, ...]
