"""Who looks at the studio, and what they may: by a session, or a key as the password."""

import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated
from urllib.parse import parse_qs, quote

from fastapi import Depends, Request

from engine import sign_in
from engine.roles import RIGHTS, Right, Role
from web.access import Password, key_of_password
from web.cookies import SESSION, read
from web.problems import Problem
from web.services import Services, Use

KEY_ROLE: Role = "marketer"
"""What a key of scope `studio` may see. A browser sends it unasked: it changes nothing."""

MAX_FIELDS = 20
MAX_FORM = 20_000
"""Of a form of the studio, in bytes."""


@dataclass(frozen=True)
class Visit:
    """Somebody at the studio. `actor` is for the audit.

    `binding` is what the forms of this browser are bound to; None where it may send none.
    """

    actor: str
    rights: frozenset[Right]
    binding: str | None
    name: str = ""
    role: Role | None = None

    def may(self, right: Right) -> bool:
        """Whether they may."""
        return right in self.rights

    @property
    def masked(self) -> bool:
        """Whether personal data is hidden from them."""
        return not self.may("unmasked")


class Needs:
    """A dependency: whoever comes must have the right; who is nobody yet is asked who they are."""

    def __init__(self, right: Right) -> None:
        self.right = right

    async def __call__(self, request: Request, services: Use, given: Password) -> None:
        """Let in, and keep the visit for the handler.

        Raises Problem 303 (a person, to sign in), 401 (a program), 403 (without the right) or 429.
        """
        visit = await visit_of(request, services, given)
        if visit is None:
            raise _who_are_you(request)
        if not visit.may(self.right):
            detail = (
                f"The role {visit.role or 'of a key'} does not reach here. docs/access.md says what each may."
            )
            raise Problem(403, "not-your-role", "This is not for your role", detail)
        request.state.visit = visit


async def visit_of(request: Request, services: Services, given: Password) -> Visit | None:
    """Who comes, as far as they say; None where they say nothing that holds."""
    if services.open_studio:
        return Visit("studio", RIGHTS["privacy"], request.app.state.open_binding)
    token = read(request, services, SESSION)
    if token:
        session = await sign_in.session(services.database, token, datetime.now(UTC))
        if session:
            return Visit(
                f"user/{session.name}", RIGHTS[session.role], session.token, session.name, session.role
            )
    key = await key_of_password(request, services, given) if given else None
    return Visit(f"api/{key.name}", RIGHTS[KEY_ROLE], None, key.name, KEY_ROLE) if key else None


async def perhaps(request: Request, services: Use, given: Password) -> Visit | None:
    """Who comes to a page that is for everybody."""
    return await visit_of(request, services, given)


def _here(request: Request) -> Visit:
    visit: Visit = request.state.visit
    return visit


Here = Annotated[Visit, Depends(_here)]
"""A handler's parameter of this type gets the visit that `Needs` let in."""

Perhaps = Annotated[Visit | None, Depends(perhaps)]


def form_token(binding: str) -> str:
    """What a form must bring back, so that no other site can have sent it: who else knows `binding`?"""
    return hashlib.sha256(f"form {binding}".encode()).hexdigest()


async def own_form(request: Request) -> None:
    """A dependency: the form that came is one of ours, for this visit. Raises Problem 403."""
    request.state.form = await checked_form(request, _here(request).binding)


async def checked_form(request: Request, binding: str | None) -> Mapping[str, str]:
    """The fields of a form that is bound to this browser. Raises Problem 400, 403 or 413."""
    body = await request.body()
    if len(body) > MAX_FORM:
        raise Problem(413, "too-large", "The form is too large", "Nothing was changed.")
    try:
        sent = parse_qs(body.decode("utf-8", "replace"), keep_blank_values=True, max_num_fields=MAX_FIELDS)
    except ValueError:
        raise Problem(400, "malformed-form", "Not this page's form", "Nothing was changed.") from None
    fields = {name: values[-1] for name, values in sent.items()}
    token = fields.get("form_token", "").encode()
    if binding is None or not hmac.compare_digest(token, form_token(binding).encode()):
        detail = "It was not sent from a page of this session. Nothing was changed: open the page again."
        raise Problem(403, "foreign-form", "The form is not of this session", detail)
    return fields


def _form(request: Request) -> Mapping[str, str]:
    fields: Mapping[str, str] = request.state.form
    return fields


Form = Annotated[Mapping[str, str], Depends(_form)]
"""A handler's parameter of this type gets the fields that `own_form` checked."""


def _who_are_you(request: Request) -> Problem:
    if request.method == "GET" and "text/html" in request.headers.get("accept", ""):
        path = request.url.path + (f"?{request.url.query}" if request.url.query else "")
        to = {"Location": f"/sign-in?next={quote(path, safe='')}"}
        return Problem(303, "sign-in", "Sign in", "Say who you are.", headers=to)
    return Problem(
        401,
        "studio-key",
        "The studio needs to know who you are",
        "Sign in at /sign-in, or give an API key of scope `studio` as the password; any user name will do.",
        headers={"WWW-Authenticate": 'Basic realm="Relance", charset="UTF-8"'},
    )
