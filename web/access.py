"""Who may come in: bearer keys for the API, the same keys as a password for the studio."""

from typing import Annotated

from fastapi import Depends, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBasic, HTTPBasicCredentials, HTTPBearer

from engine.access import AccessKey, key_for
from web.problems import Problem
from web.services import Services, Use

_bearer = HTTPBearer(
    auto_error=False,
    description="An API key, made with `relance keys create`: `Authorization: Bearer rl_...`",
)
_basic = HTTPBasic(auto_error=False, realm="Relance")

Shown = Annotated[HTTPAuthorizationCredentials | None, Depends(_bearer)]
Password = Annotated[HTTPBasicCredentials | None, Depends(_basic)]


class Scoped:
    """A dependency: the caller's key, which must be for `scope`."""

    def __init__(self, scope: str) -> None:
        self.scope = scope

    async def __call__(self, request: Request, services: Use, shown: Shown) -> AccessKey:
        """The key shown.

        Raises Problem 401 without a key that holds, 403 when it is for something else, 415 for a body
        that does not say that it is JSON.
        """
        if shown is None:
            raise _unauthorized("Send an API key: `Authorization: Bearer rl_...` (`relance keys create`).")
        key = await _find(services, shown.credentials)
        if key is None:
            raise _unauthorized("The key is unknown or revoked; `relance keys list` shows those that hold.")
        if self.scope not in key.scopes:
            detail = f"The key `{key.name}` is not for `{self.scope}`; make one with that scope."
            raise Problem(403, "wrong-scope", "The key does not allow this", detail)
        _json_only(request)
        return key


async def may_look(request: Request, services: Use, given: Password) -> None:
    """Let into the studio: everybody where it is open, else who gives a `studio` key as the password."""
    del request
    if services.open_studio:
        return
    key = await _find(services, given.password) if given else None
    if key is None or "studio" not in key.scopes:
        raise Problem(
            401,
            "studio-key",
            "The studio needs a key",
            "Give an API key of scope `studio` as the password; any user name will do.",
            headers={"WWW-Authenticate": 'Basic realm="Relance", charset="UTF-8"'},
        )


async def _find(services: Services, key: str) -> AccessKey | None:
    async with services.database.connection() as connection:
        return await key_for(connection, key)


def _unauthorized(detail: str) -> Problem:
    headers = {"WWW-Authenticate": 'Bearer realm="Relance"'}
    return Problem(401, "unauthorized", "A key is needed", detail, headers=headers)


def _json_only(request: Request) -> None:
    kind = request.headers.get("content-type", "").split(";")[0].strip().lower()
    if request.method in {"POST", "PUT"} and kind != "application/json":
        detail = f"Send JSON with `Content-Type: application/json`, not `{kind or 'nothing'}`."
        raise Problem(415, "wrong-type", "Not JSON", detail)
