"""Signing in by the brand's own OpenID provider. Authlib asks and checks: state, nonce, PKCE, signature."""

import logging
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import httpx2
from authlib.common.errors import AuthlibBaseError
from authlib.integrations.starlette_client import OAuth
from fastapi import Request, Response
from joserfc.errors import JoseError

from engine.roles import Role, highest

SIGNATURES = ("RS", "PS", "ES", "Ed")
"""Families of algorithms with a public key: with a shared secret or `none` nothing is proven (RFC 8725)."""

LONGEST_NAME = 200

_log = logging.getLogger(__name__)

# Whatever the level of our own logs: at `debug` these write verifiers and headers.
for _name in ("authlib", "httpx2", "httpcore2"):
    logging.getLogger(_name).setLevel(logging.WARNING)


class ProviderAway(Exception):
    """The provider does not answer, or not as one."""


class NotProven(Exception):
    """The provider's answer is not one to this browser's question, or does not prove who it is."""


@dataclass(frozen=True)
class Identity:
    """Whom the provider knows. `role` None: it gives them none of ours."""

    subject: str
    name: str
    role: Role | None


@dataclass(frozen=True)
class Provider:
    """An OpenID provider, by its issuer; `roles` says what values of the claim mean, beside our own names."""

    issuer: str
    client_id: str
    client_secret: str | None = field(repr=False)
    role_claim: str = "roles"
    roles: Mapping[str, str] = field(default_factory=dict)


class OpenId:
    """Asks a provider who somebody is. What it tells of itself is read once, its keys when they change."""

    def __init__(self, provider: Provider) -> None:
        self.provider = provider
        self._client = OAuth().register(
            "openid",
            client_id=provider.client_id,
            client_secret=provider.client_secret,
            server_metadata_url=f"{provider.issuer.rstrip('/')}/.well-known/openid-configuration",
            client_kwargs={"scope": "openid email profile", "code_challenge_method": "S256"},
        )

    async def ask(self, request: Request, back: str) -> tuple[Response, dict[str, Any]]:
        """The way to the provider, and what its answer must match. Raises ProviderAway."""
        await self._know()
        request.scope["session"] = {}
        try:
            answer: Response = await self._client.authorize_redirect(request, back)
        except (AuthlibBaseError, httpx2.HTTPError, RuntimeError) as error:
            raise _away(error) from None
        return answer, dict(request.session)

    async def answered(self, request: Request, asked: Mapping[str, Any]) -> Identity:
        """Whom the provider's answer proves, given what was asked. Raises NotProven or ProviderAway."""
        await self._know()
        request.scope["session"] = dict(asked)
        try:
            token = await self._client.authorize_access_token(request, claims_options=self._wanted())
        except httpx2.HTTPError as error:
            raise _away(error) from None
        except (AuthlibBaseError, JoseError, ValueError, KeyError, TypeError) as error:
            # By its kind: the words may hold what the provider or somebody else put into the address.
            _log.warning("a sign-in was not proven: %s", type(error).__name__)
            raise NotProven from None
        claims = token.get("userinfo")
        if not claims or not claims.get("sub"):
            raise NotProven
        name = str(claims.get("preferred_username") or claims.get("email") or claims["sub"])
        return Identity(str(claims["sub"]), name[:LONGEST_NAME], self._role(claims))

    async def _know(self) -> None:
        """What the provider tells of itself, which must be what it was set up as."""
        try:
            told = await self._client.load_server_metadata()
        except (httpx2.HTTPError, ValueError) as error:
            raise _away(error) from None
        if str(told.get("issuer")).rstrip("/") != self.provider.issuer.rstrip("/"):
            _log.error("OIDC_ISSUER is not what the provider calls itself")
            raise ProviderAway
        offered = told.get("id_token_signing_alg_values_supported") or ["RS256"]
        told["id_token_signing_alg_values_supported"] = [
            each for each in offered if str(each).startswith(SIGNATURES)
        ]

    def _wanted(self) -> dict[str, Any]:
        """Who must have signed the token, and for whom."""
        issuer = self._client.server_metadata["issuer"]
        return {
            "iss": {"essential": True, "value": issuer},
            "aud": {"essential": True, "value": self.provider.client_id},
        }

    def _role(self, claims: Mapping[str, Any]) -> Role | None:
        """The highest role that the claim gives; it may lie in others, as `realm_access.roles` does."""
        said: Any = claims.get(self.provider.role_claim)
        if said is None:
            said = claims
            for part in self.provider.role_claim.split("."):
                said = said.get(part) if isinstance(said, Mapping) else None
        values = [said] if isinstance(said, str) else said if isinstance(said, list) else []
        return highest(self.provider.roles.get(str(each), str(each)) for each in values)


def _away(error: Exception) -> ProviderAway:
    _log.warning("the OpenID provider does not answer as one: %s", type(error).__name__)
    return ProviderAway()
