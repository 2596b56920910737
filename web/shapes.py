"""What the API takes and gives, as Pydantic models with the words and examples of its description."""

from typing import Any

from pydantic import BaseModel, Field

from dsl.catalog import Direction
from engine.contact_shapes import Id, Instant, Json, Shape, Text
from engine.identifying import MOST
from engine.timeline import MOST as MOST_ENTRIES
from engine.timeline import USUAL, place_of
from store.timeline import Asked, Kind

MAX_EVENTS = 1_000


class EventIn(Shape):
    """Something that a contact did, or that happened to them or to an object."""

    id: Id = Field(description="Your own id. The same id twice is one event, however often it is sent.")
    name: Id = Field(description="A name declared in catalog.yaml, like `order.placed`.")
    contact: Id | None = Field(
        default=None, description="Whose event, by your own id. Left out for events about an object."
    )
    identities: dict[Id, Id] = Field(
        default={},
        max_length=MOST,
        description="Whose event, instead of `contact` or beside it: `email`, `phone` (like +33639980001) or "
        "an id of another system by its kind. All that are known must be one person's; one that nobody has "
        "says nothing beside another, and alone is refused.",
    )
    at: Instant | None = Field(default=None, description="When it happened, with its offset; default: now.")
    with_: Json = Field(alias="with", default={}, description="The properties that the catalog declares.")


class EventError(BaseModel):
    """Why one event of a request was not taken; the others were."""

    index: int = Field(description="Its place in the request, from 0.")
    code: str = Field(description="Stable name of the reason.")
    message: str = Field(description="What is wrong, and the remedy.")


class EventsOut(BaseModel):
    """What became of the events. Accepted means committed: nothing is lost from here on."""

    accepted: int = Field(description="New events that were stored.")
    duplicates: int = Field(description="Events whose id was there already; nothing was done.")
    errors: list[EventError] = Field(description="Events that were refused, each with its remedy.")


class ContactOut(BaseModel):
    """A person as kept."""

    id: str
    attributes: dict[str, Any]
    identities: dict[str, str]
    consents: list[dict[str, Any]] = Field(description="The latest line for each topic and channel.")


class ContactsOut(BaseModel):
    """What became of a batch."""

    accepted: int
    errors: list[EventError]


class TimelineIn(Shape):
    """Which part of a timeline is asked for."""

    kind: list[Kind] = Field(
        default=list(USUAL), description="What is told; default: all but each `decision` of the runs."
    )
    medium: Text | None = Field(
        default=None, description="Only what came through it: `web`, `phone`, `email`."
    )
    direction: Direction | None = Field(
        default=None, description="`in`: they turned to the brand; `out`: the brand to them."
    )
    from_: Instant | None = Field(alias="from", default=None, description="From this instant on.")
    until: Instant | None = Field(default=None, description="Before this instant.")
    limit: int = Field(default=50, ge=1, le=MOST_ENTRIES, description="Entries of a page.")
    cursor: Text | None = Field(default=None, description="`next` of the page before.")

    def asked(self) -> Asked:
        """The same in the engine's words. Raises BadCursor."""
        after = place_of(self.cursor) if self.cursor else None
        return Asked(
            self.kind, self.from_, self.until, self.medium, self.direction, after=after, limit=self.limit
        )


class RunIn(Shape):
    """Start a scenario with an `api` trigger for a contact."""

    contact: Id | None = Field(default=None, description="Whom, by your own id.")
    identities: dict[Id, Id] = Field(
        default={},
        max_length=MOST,
        description="Whom, instead of `contact` or beside it: `email`, `phone` (like +33639980001) or an id "
        "of another system by its kind. All that are known must be one person's.",
    )
    input: Json = Field(default={}, description="The inputs that the trigger declares.")
    id: Id | None = Field(default=None, description="Your own id: the same twice starts one run.")


class RunOut(BaseModel):
    """Whether the contact entered; `reason` says why not."""

    entered: bool
    reason: str | None = None
