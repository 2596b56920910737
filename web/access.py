"""Keys: bearer keys for the API, and the same as a password for programs that read the studio."""

from datetime import UTC, datetime
from typing import Annotated

from fastapi import Depends, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBasic, HTTPBasicCredentials, HTTPBearer

from engine.access import AccessKey, key_for
from web.problems import Problem
from web.rate_limit import WINDOW_SECONDS, RateLimit
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
        that does not say that it is JSON, 429 after too many keys that do not hold.
        """
        if shown is None:
            raise _unauthorized("Send an API key: `Authorization: Bearer rl_...` (`relance keys create`).")
        key = await _find(request, services, shown.credentials)
        if key is None:
            raise _unauthorized("The key is unknown or revoked; `relance keys list` shows those that hold.")
        if self.scope not in key.scopes:
            detail = f"The key `{key.name}` is not for `{self.scope}`; make one with that scope."
            raise Problem(403, "wrong-scope", "The key does not allow this", detail)
        _json_only(request)
        return key


async def key_of_password(
    request: Request, services: Services, given: HTTPBasicCredentials
) -> AccessKey | None:
    """The key that was given as a password, where it is for the studio. Raises Problem 429."""
    key = await _find(request, services, given.password)
    return key if key and "studio" in key.scopes else None


def address_of(request: Request) -> str:
    """Where a request comes from, as the proxy says that uvicorn trusts."""
    return request.client.host if request.client else ""


async def _find(request: Request, services: Services, key: str) -> AccessKey | None:
    wrong_keys: RateLimit = request.app.state.wrong_keys
    address = address_of(request)
    async with services.database.connection() as connection:
        found = await key_for(connection, key, datetime.now(UTC))
    # A key that holds is let in whatever its neighbours do: a whole shop may come from one address.
    if found is None and wrong_keys.one_more(address):
        detail = (
            "Too many keys from this address do not hold. Look at `relance keys list`, and try again later."
        )
        headers = {"Retry-After": str(WINDOW_SECONDS)}
        raise Problem(429, "too-many-keys", "Too many wrong keys", detail, headers=headers)
    return found


def _unauthorized(detail: str) -> Problem:
    headers = {"WWW-Authenticate": 'Bearer realm="Relance"'}
    return Problem(401, "unauthorized", "A key is needed", detail, headers=headers)


def _json_only(request: Request) -> None:
    kind = request.headers.get("content-type", "").split(";")[0].strip().lower()
    if request.method in {"POST", "PUT"} and kind != "application/json":
        detail = f"Send JSON with `Content-Type: application/json`, not `{kind or 'nothing'}`."
        raise Problem(415, "wrong-type", "Not JSON", detail)
