"""A person as JSON, in the API and in files: what may stand there, with words for its description."""

from typing import Annotated, Any, Literal

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field, StringConstraints

from dsl.local_time import EARLIEST_YEAR, LATEST_YEAR
from engine.contact_ids import LONGEST, check_id
from engine.contact_input import Person, Said
from engine.storable import storable


def in_range(instant: AwareDatetime) -> AwareDatetime:
    """An instant that the database and people can make something of. Raises ValueError."""
    if not EARLIEST_YEAR <= instant.year <= LATEST_YEAR:
        raise ValueError(f"is not between the years {EARLIEST_YEAR} and {LATEST_YEAR}")
    return instant


Id = Annotated[
    str, StringConstraints(min_length=1, max_length=LONGEST, strict=True), AfterValidator(storable)
]
ContactId = Annotated[Id, AfterValidator(check_id)]
Text = Annotated[str, StringConstraints(max_length=2_000, strict=True), AfterValidator(storable)]
Json = Annotated[dict[str, Any], AfterValidator(storable)]
Instant = Annotated[AwareDatetime, AfterValidator(in_range)]


class Shape(BaseModel):
    """A body or a part of one; a field that is not described is a mistake and is said."""

    model_config = ConfigDict(extra="forbid", populate_by_name=True)


class ConsentIn(Shape):
    """A line for the consent ledger, with what proves it (GDPR, article 7)."""

    topic: Id = Field(description="A topic of catalog.yaml, or `tracking`.")
    channel: Id = Field(description="`email`, `sms`; for `tracking`: `opens` or `clicks`.")
    state: Literal["granted", "withdrawn"]
    basis: Literal["consent", "soft_opt_in", "legitimate_interest"] = Field(
        default="consent", description="`soft_opt_in` rests on the sale that the topic names, sent before."
    )
    text: Text | None = Field(default=None, description="Version of the text agreed to (catalog `texts`).")
    proof: Json = Field(default={}, description="What shows it: form, page, box, address of the request.")
    at: Instant | None = Field(
        default=None, description="When it was given; default: now. Needed to agree anew after a withdrawal."
    )


class ContactIn(Shape):
    """A person: attributes of catalog.yaml, other systems' ids for them, and consents."""

    attributes: Json = Field(
        default={}, description="By name; those left out stay as they are, null clears one."
    )
    identities: dict[Id, Id] = Field(default={}, description="Ids in other systems, by kind.")
    consents: list[ConsentIn] = Field(default=[], max_length=50)
    as_of: Instant | None = Field(
        default=None,
        description="Since when the attributes hold; default: now. What is older than what is known is kept "
        "in the history at its date, and the newer value stays.",
    )


class BatchContactIn(ContactIn):
    """A person of a batch, with the id."""

    id: ContactId

    def person(self) -> Person:
        """The same in the engine's words."""
        said = tuple(
            Said(each.topic, each.channel, each.state, each.basis, each.text, each.proof, each.at)
            for each in self.consents
        )
        return Person(self.id, self.attributes, self.identities, said, self.as_of)


class PersonIn(BatchContactIn):
    """A person of a file, and since when the brand knows them."""

    created_at: Instant | None = Field(default=None, description="Since when; default: now.")
