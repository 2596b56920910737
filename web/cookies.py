"""The cookies of the studio. Pages for the people we write to have none."""

from typing import Literal, TypeAlias

from fastapi import Request, Response

from web.services import Services

Cookie: TypeAlias = Literal["session", "sign_in"]
SESSION: Cookie = "session"
SIGN_IN: Cookie = "sign_in"
"""For whoever is not signed in yet: what the form and a provider's answer are bound to."""


def _name(services: Services, cookie: Cookie) -> str:
    """With `__Host-` a browser takes it over HTTPS alone and from no other host (RFC 6265bis)."""
    return f"{'__Host-' if services.https else ''}relance_{cookie}"


def read(request: Request, services: Services, cookie: Cookie) -> str | None:
    """What the browser holds."""
    return request.cookies.get(_name(services, cookie)) or None


def keep(response: Response, services: Services, cookie: Cookie, token: str) -> None:
    """Let the browser hold a token until it is closed. Lax: a provider leads back here from its own site."""
    response.set_cookie(
        _name(services, cookie), token, path="/", secure=services.https, httponly=True, samesite="lax"
    )


def drop(response: Response, services: Services, cookie: Cookie) -> None:
    """Let the browser forget it."""
    response.delete_cookie(
        _name(services, cookie), path="/", secure=services.https, httponly=True, samesite="lax"
    )
