"""Personal data as those see it who need to tell people apart and not who they are."""

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import phonenumbers

from dsl.catalog import Catalog, Interaction
from dsl.types import EMAIL, PHONE, TEXT, ChoiceOf
from dsl.values import Value
from engine.samples import sample_person
from store.database import Row
from store.timeline import Line

HIDDEN = "•••"
ADDRESS = re.compile(r"[^\s@<>\"'(),;:]+@[^\s@<>\"'(),;:]+")
DIGITS = re.compile(r"\+?\d(?:[\s.()/-]?\d){5,}")
SHOWN_KEYS = frozenset({"amount", "currency"})
"""A sum of money as JSON has it, which is shown."""


def email(address: str) -> str:
    """`alice@example.com` as `a•••@example.com`."""
    local, at, host = address.rpartition("@")
    return f"{local[:1]}{HIDDEN}{at}{host}" if at else HIDDEN


def phone(number: str) -> str:
    """`+33639980001` as `+33 6 •• •• •• 01`."""
    try:
        parsed = phonenumbers.parse(number)
    except phonenumbers.NumberParseException:
        return HIDDEN
    form = phonenumbers.PhoneNumberFormat.INTERNATIONAL
    country, _, national = phonenumbers.format_number(parsed, form).partition(" ")
    if sum(sign.isdigit() for sign in national) <= len("612"):
        return f"{country} {HIDDEN}"
    return f"{country} {national[0]}{re.sub(r'[0-9]', '•', national[1:-2])}{national[-2:]}"


def name(text: str) -> str:
    """`Zoé` as `Z.`."""
    return f"{text.strip()[:1]}." if text.strip() else ""


def words(text: str) -> str:
    """A sentence in which whatever looks like an email address or a phone number is hidden."""
    return DIGITS.sub(HIDDEN, ADDRESS.sub(HIDDEN, text))


def is_personal(catalog: Catalog, attribute: str) -> bool:
    """Whether an attribute is hidden: it is declared `personal`, is an address, or is declared nowhere."""
    declared = catalog.attributes.get(attribute)
    return declared is None or declared.personal or declared.type in (EMAIL, PHONE)


def found(row: Row) -> Row:
    """A line of a list of people."""
    names = {each: name(row[each]) for each in ("first_name", "last_name") if row[each]}
    return {**row, **names, **_addresses(row)}


def person(catalog: Catalog, row: Row) -> Row:
    """Somebody's row: addresses and personal attributes masked, the others as they are."""
    shown = {
        each: _stored(catalog, each, value) if is_personal(catalog, each) else value
        for each, value in row["attributes"].items()
    }
    return {**row, **_addresses(row), "attributes": shown}


def values(catalog: Catalog, known: Mapping[str, Value]) -> dict[str, Value]:
    """Attributes for a template: texts masked; what is no text is that of nobody, of the same type."""
    nobody = sample_person(catalog)
    hidden = {
        each: _stored(catalog, each, value) if isinstance(value, str) else nobody.get(each)
        for each, value in known.items()
        if value is not None
        and each != "id"
        and is_personal(catalog, each)
        and each not in ("locale", "timezone")
    }
    return {**known, **hidden}


def line(catalog: Catalog, told: Line) -> Line:
    """A line of somebody's life: texts that came from outside are hidden, figures and words of ours stay."""
    ours = told.kind in ("run", "decision", "message")
    kept = told.data if ours else outside(told.data, keep=_closed(told))
    text = words(told.text) if told.text else told.text
    outcome = words(told.outcome) if told.outcome else told.outcome
    told = replace(told, text=text, outcome=outcome, data=kept)
    return _event(catalog, told) if told.kind == "event" else told


def _event(catalog: Catalog, told: Line) -> Line:
    """An event of the brand's own: its medium, where and what came of it stay if they are of few words."""
    declared = catalog.events.get(told.name)
    stands = declared.interaction if declared else Interaction()

    def shown(value: str | None, name: str | None) -> str | None:
        of = declared.properties.field(name) if declared and name is not None else None
        # What came before the property was one of few words may be any text.
        is_one = value is None or (isinstance(of, ChoiceOf) and value in of.options)
        return value if is_one else HIDDEN

    medium = told.medium if stands.medium_of is None else shown(told.medium, stands.medium_of)
    spot, outcome = shown(told.spot, stands.place), shown(told.outcome, stands.outcome)
    return replace(told, medium=medium, spot=spot, outcome=outcome)


def outside(data: Any, keep: frozenset[str] = frozenset()) -> Any:
    """What somebody else told, with every text hidden but those of the keys to keep; figures stay."""
    match data:
        case str():
            return HIDDEN
        case dict() if set(data) == SHOWN_KEYS:
            return data
        case dict():
            return {key: value if key in keep else outside(value) for key, value in data.items()}
        case list() | tuple():
            return type(data)(outside(each) for each in data)
    return data


def _closed(told: Line) -> frozenset[str]:
    """Properties of our own reports whose values are one of few words."""
    own = {
        "reaction": {"channel", "scenario", "step", "bounce"},
        "consent": {"channel", "basis"},
        "change": {"attribute"},
    }
    return frozenset(own.get(told.kind, ()))


def _addresses(row: Row) -> Row:
    return {
        "email": email(row["email"]) if row["email"] else None,
        "phone": phone(row["phone"]) if row["phone"] else None,
    }


def _stored(catalog: Catalog, attribute: str, value: Any) -> Any:
    if value is None:
        return None
    declared = catalog.attributes.get(attribute)
    type_ = declared.type if declared else None
    if type_ == EMAIL:
        return email(str(value))
    if type_ == PHONE:
        return phone(str(value))
    return name(value) if type_ == TEXT and isinstance(value, str) else HIDDEN
