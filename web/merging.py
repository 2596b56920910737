"""Two contacts that turned out to be one person become one over the API, and two again."""

from typing import Annotated

from fastapi import Body, Depends, Path
from pydantic import BaseModel, ConfigDict, Field

from engine.access import AccessKey
from engine.merging import CannotMerge, Merged, merge
from engine.unmerging import Unmerged, unmerge
from web.access import Scoped
from web.problems import Problem
from web.services import Use

ForContacts = Annotated[AccessKey, Depends(Scoped("contacts"))]
Winner = Annotated[str, Path(min_length=1, max_length=200, description="Who stays, by your own id.")]
EXAMPLES = {"merge": {"value": {"loser": "c_1007", "dry_run": True}}}
UNKNOWN = ("unknown_contact", "unknown_merge")


class MergeIn(BaseModel):
    """Who becomes part of the contact in the path."""

    model_config = ConfigDict(extra="forbid")

    loser: str = Field(min_length=1, max_length=200, description="Your own id of the other contact.")
    dry_run: bool = Field(default=False, description="Say what would become of it, and change nothing.")


class UndoIn(BaseModel):
    """How a merge is undone."""

    model_config = ConfigDict(extra="forbid")

    dry_run: bool = Field(default=False, description="Say what would go back, and change nothing.")


async def post_merge(
    services: Use,
    key: ForContacts,
    contact_id: Winner,
    body: Annotated[MergeIn, Body(openapi_examples=EXAMPLES)],
) -> Merged:
    """Make another contact part of this one: they are one person. Undone within 30 days.

    Of two active runs of a scenario and key the older goes on, messages of both count for limits, and what
    either objected to is objected to. What is later told of the other id is told of this one.
    """
    try:
        return await merge(
            services.database,
            services.plans,
            contact_id,
            body.loser,
            actor=f"key {key.name}",
            now=services.clock.now(),
            dry_run=body.dry_run,
        )
    except CannotMerge as error:
        raise _problem(error) from None


async def post_undo(
    services: Use,
    key: ForContacts,
    merge_id: Annotated[int, Path(ge=1, le=2**63 - 1, description="The number of the merge.")],
    body: UndoIn,
) -> Unmerged:
    """Undo a merge of the last 30 days: what it moved goes back; what came after it stays where it came."""
    try:
        return await unmerge(
            services.database,
            services.plans,
            merge_id,
            actor=f"key {key.name}",
            now=services.clock.now(),
            dry_run=body.dry_run,
        )
    except CannotMerge as error:
        raise _problem(error) from None


def _problem(error: CannotMerge) -> Problem:
    status = 404 if error.code in UNKNOWN else 409
    return Problem(status, error.code.replace("_", "-"), "These cannot be merged or parted", f"{error}.")
