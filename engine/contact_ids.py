"""What may be the id of a contact: whatever is read, asked about and erased at an address of its own."""

import unicodedata

LONGEST = 200
"""Characters."""

VERBS = ("why", "timeline", "merge", "archive")
"""What follows an id in an address: an id that ends so would be taken for another's."""


class BadId(ValueError):
    """Not an id that a contact can have; the message says why."""


def check_id(text: str) -> str:
    """The id as it is. Raises BadId for one at whose address nobody, or somebody else, would be found."""
    if not 1 <= len(text) <= LONGEST:
        raise BadId(f"an id has 1 to {LONGEST} characters")
    if any(unicodedata.category(each) in {"Cc", "Cs"} for each in text):
        raise BadId("an id holds no control characters, like the end of a line")
    *before, last = text.split("/")
    if before and last in VERBS:
        raise BadId(f"an id does not end with `/{last}`, which asks something about another")
    if {".", ".."}.intersection([*before, last]):
        raise BadId("no part of an id between slashes is `.` or `..`, which addresses leave out")
    return text
