"""The page to sign in, with a password or by the brand's own provider, and out again."""

import re
import secrets
from datetime import UTC, datetime

from fastapi import Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse

from engine import sign_in
from web.access import address_of
from web.cookies import SESSION, SIGN_IN, drop, keep, read
from web.openid import NotProven, OpenId, ProviderAway
from web.pages import page
from web.problems import Problem
from web.services import Services, Use
from web.visits import Here, Perhaps, checked_form, form_token

BACK = "/sign-in/provider/back"
WRONG = "The name or the password is wrong."
OURS = re.compile(r"/(?![/\\])[^\\\x00-\x20\x7f]*")
"""A path of this site. `//host` and `/\\host` are other sites to a browser, which drops tabs and newlines."""


async def show(request: Request, services: Use, visit: Perhaps, next: str = "/") -> Response:  # noqa: A002
    """The page, or on to where somebody wanted to go who is known already."""
    if (visit is not None and visit.role is not None) or services.open_studio:
        return _on(next)
    return _page(request, services, next)


async def act(request: Request, services: Use) -> Response:
    """Sign in with a password: on to where somebody wanted to go, or the page again."""
    fields = await checked_form(request, read(request, services, SIGN_IN))
    name, to = fields.get("name", "").strip(), fields.get("next", "/")
    try:
        token = await sign_in.by_password(
            services.database, name, fields.get("password", ""), address_of(request), datetime.now(UTC)
        )
    except sign_in.TooOften:
        minutes = int(sign_in.WINDOW.total_seconds() // 60)
        said = f"Too many attempts. Try again in {minutes} minutes."
        answer = _page(request, services, to, said=said, status=429)
        answer.headers["Retry-After"] = str(minutes * 60)
        return answer
    if token is None:
        return _page(request, services, to, said=WRONG, status=401)
    return await _in(request, services, token, to)


async def ask(request: Request, services: Use, next: str = "/") -> Response:  # noqa: A002
    """On to the provider, which leads back with an answer."""
    provider, token = _provider(services), secrets.token_urlsafe(32)
    try:
        answer, asked = await provider.ask(request, services.public_url + BACK)
    except ProviderAway:
        raise _away() from None
    await sign_in.begin(services.database, token, {"asked": asked, "next": next}, datetime.now(UTC))
    keep(answer, services, SIGN_IN, token)
    answer.headers["Cache-Control"] = "no-store"
    return answer


async def answered(request: Request, services: Use) -> Response:
    """Back from the provider: signed in, where its answer is to what this browser asked."""
    provider, now = _provider(services), datetime.now(UTC)
    token = read(request, services, SIGN_IN)
    kept = await sign_in.taken(services.database, token, now) if token else None
    if kept is None:
        raise _not_proven()
    try:
        identity = await provider.answered(request, kept["asked"])
    except NotProven:
        raise _not_proven() from None
    except ProviderAway:
        raise _away() from None
    if identity.role is None:
        detail = "Your provider gives you no role here. Whoever runs it can: docs/access.md."
        raise Problem(403, "no-role", "You have no role here", detail)
    opened = await sign_in.as_told(
        services.database,
        issuer=provider.provider.issuer,
        subject=identity.subject,
        name=identity.name,
        role=identity.role,
        now=now,
    )
    if opened is None:
        raise Problem(403, "disabled", "You are let in no more", "Ask whoever runs Relance for you.")
    return await _in(request, services, opened, kept["next"])


async def leave(request: Request, services: Use, visit: Here) -> Response:
    """Sign out: the session ends here and everywhere."""
    del visit
    token = read(request, services, SESSION)
    if token:
        await sign_in.sign_out(services.database, token)
    answer = RedirectResponse("/sign-in", 303)
    drop(answer, services, SESSION)
    answer.headers["Clear-Site-Data"] = '"cache", "storage"'
    return answer


async def _in(request: Request, services: Services, token: str, to: str) -> Response:
    """A new session, and the end of whatever this browser held before."""
    before = read(request, services, SESSION)
    if before:
        await sign_in.sign_out(services.database, before)
    answer = _on(to)
    keep(answer, services, SESSION, token)
    drop(answer, services, SIGN_IN)
    return answer


def _page(
    request: Request, services: Services, to: str, *, said: str = "", status: int = 200
) -> HTMLResponse:
    token = read(request, services, SIGN_IN) or secrets.token_urlsafe(32)
    shown = page(
        "sign_in.html",
        status=status,
        said=said,
        to=_ours(to),
        form_token=form_token(token),
        provider=services.openid is not None,
    )
    keep(shown, services, SIGN_IN, token)
    return shown


def _ours(to: str) -> str:
    return to if OURS.fullmatch(to) else "/"


def _on(to: str) -> Response:
    return RedirectResponse(_ours(to), 303, headers={"Cache-Control": "no-store"})


def _provider(services: Services) -> OpenId:
    if services.openid is None:
        detail = "OIDC_ISSUER is not set: people sign in with a password at /sign-in."
        raise Problem(404, "no-provider", "There is no provider to sign in by", detail)
    return services.openid


def _not_proven() -> Problem:
    detail = "The answer was not to a question of this browser, or took too long. Begin again at /sign-in."
    return Problem(403, "not-proven", "Signing in did not work", detail)


def _away() -> Problem:
    detail = "Your provider does not answer. Try again, or ask whoever runs it; the log says what is wrong."
    return Problem(503, "provider-away", "The provider does not answer", detail)
