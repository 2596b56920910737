"""An OpenID provider on this machine: asks nobody anything, signs real tokens, holds clients to PKCE."""

import base64
import hashlib
import secrets
import time
from typing import Any
from urllib.parse import urlencode

from joserfc import jwt
from joserfc.jwk import ECKey, OctKey
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response

from tests.standins.local_server import LocalServer

CLIENT_ID = "relance"
CLIENT_SECRET = "a secret between Relance and its provider"


class OpenIdServer(LocalServer):
    """`claims` is what the next token says of whoever comes; `wrong` replaces what the provider sets."""

    def __init__(self) -> None:
        super().__init__()
        self.claims: dict[str, Any] = {"sub": "u-1", "email": "ada@example.com", "roles": ["marketer"]}
        self.wrong: dict[str, Any] = {}
        self.key = ECKey.generate_key("P-256", {"kid": "first"})
        self.signing: ECKey | OctKey = self.key
        self.algorithm = "ES256"
        self._codes: dict[str, dict[str, str]] = {}

    def new_key(self, kid: str) -> None:
        """Sign with another key from now on, and publish it."""
        self.key = self.signing = ECKey.generate_key("P-256", {"kid": kid})

    async def handle(self, request: Request) -> Response:
        """Answer as RFC 6749, RFC 7636 and OpenID Connect say."""
        match request.url.path:
            case "/.well-known/openid-configuration":
                return JSONResponse(self._about())
            case "/keys":
                return JSONResponse({"keys": [self.key.as_dict(private=False)]})
            case "/authorize":
                return self._authorize(dict(request.query_params))
            case "/token":
                return await self._token(request)
        return Response(status_code=404)

    def _about(self) -> dict[str, Any]:
        return {
            "issuer": self.base_url,
            "authorization_endpoint": f"{self.base_url}/authorize",
            "token_endpoint": f"{self.base_url}/token",
            "jwks_uri": f"{self.base_url}/keys",
            "response_types_supported": ["code"],
            "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": ["ES256", "HS256", "none"],
            "token_endpoint_auth_methods_supported": ["client_secret_basic"],
        }

    def _authorize(self, asked: dict[str, str]) -> Response:
        wanted = {"client_id": CLIENT_ID, "response_type": "code", "code_challenge_method": "S256"}
        if any(asked.get(name) != value for name, value in wanted.items()) or "nonce" not in asked:
            return JSONResponse({"error": "invalid_request"}, 400)
        code = secrets.token_urlsafe(16)
        self._codes[code] = asked
        return RedirectResponse(
            f"{asked['redirect_uri']}?{urlencode({'code': code, 'state': asked['state']})}"
        )

    async def _token(self, request: Request) -> Response:
        basic = base64.b64encode(f"{CLIENT_ID}:{CLIENT_SECRET.replace(' ', '%20')}".encode()).decode()
        plain = base64.b64encode(f"{CLIENT_ID}:{CLIENT_SECRET}".encode()).decode()
        if request.headers.get("authorization") not in (f"Basic {basic}", f"Basic {plain}"):
            return JSONResponse({"error": "invalid_client"}, 401)
        sent = await request.form()
        asked = self._codes.pop(str(sent.get("code")), None)
        digest = hashlib.sha256(str(sent.get("code_verifier")).encode()).digest()
        challenge = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
        if (
            asked is None
            or asked["code_challenge"] != challenge
            or asked["redirect_uri"] != sent["redirect_uri"]
        ):
            return JSONResponse({"error": "invalid_grant"}, 400)
        token = {"access_token": secrets.token_urlsafe(16), "token_type": "Bearer", "expires_in": 60}
        return JSONResponse(token | {"id_token": self._signed(asked["nonce"])})

    def _signed(self, nonce: str) -> str:
        now = int(time.time())
        told = {"iss": self.base_url, "aud": CLIENT_ID, "iat": now, "exp": now + 60, "nonce": nonce}
        header = {"alg": self.algorithm, "kid": self.key.kid}
        return jwt.encode(header, told | self.claims | self.wrong, self.signing, algorithms=[self.algorithm])
