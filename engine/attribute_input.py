"""What others give us as attributes of a contact, checked against the catalog and brought to one spelling."""

from collections.abc import Mapping
from difflib import get_close_matches
from typing import Any

from dsl.catalog import Attribute, Catalog
from dsl.types import EMAIL, PHONE
from dsl.values import BadValue, read_given, write_value
from engine import canonical
from engine.canonical import NotAnEmail
from engine.territory import is_zone

GIVEN_BY_US = ("id", "created_at")


class BadAttribute(ValueError):
    """A value that the catalog does not allow; the message names the remedy and not the value's owner."""

    def __init__(self, attribute: str, message: str) -> None:
        super().__init__(f"{attribute}: {message}")
        self.attribute = attribute


def read_attributes(catalog: Catalog, given: Mapping[str, Any]) -> dict[str, Any]:
    """JSON values in the form in which they are stored. Raises BadAttribute at the first bad one."""
    country = given.get("country")
    region = country if isinstance(country, str) else None
    return {name: read_attribute(catalog, name, value, region) for name, value in given.items()}


def read_attribute(catalog: Catalog, name: str, value: Any, region: str | None) -> Any:
    """One of them; a national phone number is read by the country `region`. Raises BadAttribute."""
    return _read(catalog, _declared(catalog, name), value, region)


def read_address(kind: str, value: str) -> str:
    """An `email` or a `phone` in the spelling in which it is stored. Raises BadAttribute."""
    return _email(kind, value) if kind == "email" else _phone(kind, value, None)


def _declared(catalog: Catalog, name: str) -> Attribute:
    attribute = catalog.attributes.get(name)
    if attribute is None:
        near = get_close_matches(name, catalog.attributes, n=1)
        hint = f"did you mean `{near[0]}`?" if near else "declare it in catalog.yaml"
        raise BadAttribute(name, f"not an attribute of the catalog; {hint}")
    if attribute.computed is not None or name in GIVEN_BY_US:
        raise BadAttribute(name, "is computed and cannot be given")
    return attribute


def _read(catalog: Catalog, attribute: Attribute, raw: Any, region: str | None) -> Any:
    try:
        value = read_given(attribute.type, raw, catalog.brand.currency)
    except BadValue as error:
        raise BadAttribute(attribute.name, str(error)) from None
    if value is None:
        return None
    if attribute.type == EMAIL:
        return _email(attribute.name, value)
    if attribute.type == PHONE:
        return _phone(attribute.name, value, region)
    if attribute.name == "timezone" and not is_zone(value):
        raise BadAttribute(attribute.name, "not a time zone: write its name, like Europe/Paris")
    return write_value(value)


def _email(name: str, value: str) -> str:
    try:
        return canonical.email(value)
    except NotAnEmail as error:
        raise BadAttribute(name, f"not an email address: {error}") from None


def _phone(name: str, value: str, region: str | None) -> str:
    """E.164; a national number is read by the country given with it."""
    found = canonical.phone(value, region)
    if found is None:
        raise BadAttribute(name, "not a phone number: write it with its country, like +33639980001")
    return found
