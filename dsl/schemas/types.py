"""Types as the catalog writes them."""

from dsl.schemas.shapes import NAME, Schema, boolean, reference, several
from dsl.type_notation import SIMPLE


def record() -> dict[str, Schema]:
    """The definitions `type` and `record`."""
    inner: Schema = {
        "type": "object",
        "propertyNames": {"pattern": NAME},
        "additionalProperties": reference("type"),
    }
    described: Schema = {
        "type": "object",
        "properties": described_keys(),
        "anyOf": [{"required": [key]} for key in ("type", "choice", "list")],
        "additionalProperties": False,
    }
    simple = {"enum": list(SIMPLE), "description": "A plain type."}
    return {"type": {"anyOf": [simple, described, reference("record")]}, "record": inner}


def described_keys() -> dict[str, Schema]:
    """The keys of a described type."""
    bound: Schema = {"type": "number"}
    return {
        "type": {"enum": list(SIMPLE), "description": "A plain type."},
        "choice": several(
            {"type": ["string", "number", "boolean"]},
            "One of these words, checked wherever it is used.",
            least=1,
        ),
        "list": {**reference("type")},
        "ordered": boolean("The choices are in order: `contact.tier >= silver`."),
        "min": {**bound, "description": "The smallest value there is."},
        "max": {**bound, "description": "The largest value there is."},
    }
