"""Headers of a webhook request, whatever the framework that read them."""

from collections.abc import Mapping

from channels.errors import InvalidSignature


def find(headers: Mapping[str, str], name: str) -> str | None:
    """The value of a header, by its name in any case (RFC 9110, 5.1), or None."""
    wanted = name.lower()
    return next((value for key, value in headers.items() if key.lower() == wanted), None)


def require(headers: Mapping[str, str], name: str, *, provider: str) -> str:
    """The value of a header that a signed webhook cannot do without. Raises InvalidSignature."""
    value = find(headers, name)
    if not value:
        raise InvalidSignature(f"{provider}: no {name} header", provider=provider)
    return value
