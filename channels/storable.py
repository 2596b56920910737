"""Text from outside, made storable."""

import re
from typing import Any

# PostgreSQL stores neither NUL nor half of a surrogate pair. A reader's browser chooses its own name, which
# comes back in a report: one such name must not turn a batch of a thousand into an error resent for a day.
_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")


def storable(value: Any) -> Any:
    """The same JSON value with every character that no database takes replaced by U+FFFD."""
    if isinstance(value, str):
        return _UNSTORABLE.sub("\ufffd", value)
    if isinstance(value, dict):
        return {storable(key): storable(item) for key, item in value.items()}
    if isinstance(value, list):
        return [storable(item) for item in value]
    return value
