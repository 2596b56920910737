"""What SendGrid's v3 Mail Send demands of a request body, after its OpenAPI description."""

import re
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

TOP_LEVEL = {
    "asm",
    "attachments",
    "batch_id",
    "categories",
    "content",
    "custom_args",
    "from",
    "headers",
    "ip_pool_name",
    "mail_settings",
    "personalizations",
    "reply_to",
    "reply_to_list",
    "send_at",
    "subject",
    "template_id",
    "tracking_settings",
}
PERSONALIZATION = {
    "bcc",
    "cc",
    "custom_args",
    "dynamic_template_data",
    "from",
    "headers",
    "send_at",
    "subject",
    "substitutions",
    "to",
}
RESERVED_HEADERS = {
    "x-sg-id",
    "x-sg-eid",
    "received",
    "dkim-signature",
    "content-type",
    "content-transfer-encoding",
    "to",
    "from",
    "subject",
    "reply-to",
    "cc",
    "bcc",
}
TRACKING = {
    "click_tracking": {"enable", "enable_text"},
    "open_tracking": {"enable", "substitution_tag"},
    "subscription_tracking": {"enable", "text", "html", "substitution_tag"},
    "ganalytics": {"enable", "utm_source", "utm_medium", "utm_term", "utm_content", "utm_campaign"},
}
ADDRESS = re.compile(r"[^@\s<>,;\"]+@[^@\s<>,;\"]+\.[^@\s<>,;\"]+")


class Fault(NamedTuple):
    """One error of a 400: the field at fault (None for the whole) and a sentence."""

    field: str | None
    message: str


def faults(body: Any) -> Iterator[Fault]:
    """Everything wrong with a body, in the order of the fields."""
    if not isinstance(body, dict):
        yield Fault(None, "Bad Request")
        return
    for name in sorted(body.keys() - TOP_LEVEL):
        yield Fault(name, "Additional property is not allowed")
    yield from _personalizations(body.get("personalizations"))
    yield from _address(body.get("from"), "from")
    if "reply_to" in body:
        yield from _address(body["reply_to"], "reply_to")
    if not body.get("subject"):
        yield Fault("subject", "The subject is required.")
    yield from _content(body.get("content"))
    yield from _headers(body.get("headers", {}))
    yield from _categories(body.get("categories", []))
    yield from _custom_args(body.get("custom_args", {}))
    yield from _tracking(body.get("tracking_settings", {}))


def _personalizations(found: Any) -> Iterator[Fault]:
    if not isinstance(found, list) or not 1 <= len(found) <= 1000:
        yield Fault(
            "personalizations", "The personalizations field is required and must have 1 to 1000 items."
        )
        return
    for index, personalization in enumerate(found):
        where = f"personalizations.{index}"
        for name in sorted(personalization.keys() - PERSONALIZATION):
            yield Fault(f"{where}.{name}", "Additional property is not allowed")
        yield from _custom_args(personalization.get("custom_args", {}))
        if not personalization.get("to"):
            yield Fault(f"{where}.to", "The to array is required for all personalization objects.")
        for kind in ("to", "cc", "bcc"):
            for place, person in enumerate(personalization.get(kind, [])):
                yield from _address(person, f"{where}.{kind}.{place}")
                if re.search("[;,]", person.get("name", "")):
                    yield Fault(f"{where}.{kind}.{place}.name", "The name may not hold ; or ,")


def _address(found: Any, where: str) -> Iterator[Fault]:
    address = found.get("email") if isinstance(found, dict) else None
    if not isinstance(address, str) or not ADDRESS.fullmatch(address) or not address.isascii():
        yield Fault(f"{where}.email", f"Does not contain a valid address: {address}")


def _content(found: Any) -> Iterator[Fault]:
    if not isinstance(found, list) or not found:
        yield Fault("content", "Unless a valid template_id is provided, the content parameter is required.")
        return
    types = [part.get("type") for part in found]
    if types != sorted(types, key=lambda kind: kind != "text/plain"):
        yield Fault("content", "If present, text/plain and text/html must be provided in this order.")
    for index, part in enumerate(found):
        if not isinstance(part.get("value"), str) or not part["value"]:
            yield Fault(
                f"content.{index}.value", "The content value must be a string of at least one character."
            )


def _headers(found: Mapping[str, Any]) -> Iterator[Fault]:
    for name, value in found.items():
        if name.lower() in RESERVED_HEADERS:
            yield Fault(f"headers.{name}", "The header is reserved.")
        if not isinstance(value, str):
            yield Fault(f"headers.{name}", "The header must be a string.")


def _categories(found: list[Any]) -> Iterator[Fault]:
    unique = len(set(found)) == len(found)
    if len(found) > 10 or not unique or any(len(category) > 255 for category in found):
        yield Fault("categories", "At most 10 distinct categories of 255 characters.")


def _custom_args(found: Mapping[str, Any]) -> Iterator[Fault]:
    size = sum(len(str(name)) + len(str(value)) for name, value in found.items())
    if size >= 10_000 or not all(isinstance(value, str) for value in found.values()):
        yield Fault("custom_args", "Custom arguments are strings and below 10,000 bytes together.")


def _tracking(found: Mapping[str, Any]) -> Iterator[Fault]:
    for name, setting in found.items():
        where = f"tracking_settings.{name}"
        if name not in TRACKING or not isinstance(setting, dict) or setting.keys() - TRACKING[name]:
            yield Fault(where, "Additional property is not allowed")
        elif not isinstance(setting.get("enable"), bool):
            yield Fault(f"{where}.enable", "The enable parameter must be a boolean.")
