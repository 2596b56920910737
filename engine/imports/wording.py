"""What is wrong with a part of a file or of a mapping, in our own words."""

from pydantic import ValidationError


def first_fault(error: ValidationError) -> tuple[tuple[str | int, ...], str]:
    """Where the first mistake stands, and what it is."""
    fault = error.errors()[0]
    match fault["type"]:
        case "missing":
            said = "is missing"
        case "extra_forbidden":
            said = "is not known here"
        case "model_type" | "dict_type":
            said = 'expected an object, like {"id": "c_42"}'
        case "string_too_long" | "string_too_short" if fault["loc"] == ("delimiter",):
            said = "is one character, like `;`"
        case _:
            said = str(fault["msg"]).removeprefix("Value error, ")
    return fault["loc"], said
