"""The HTTP client that Twilio's SDK is given: our transport, so that it is asynchronous and never hangs."""

import base64
import logging
from collections.abc import Mapping

import httpx
from twilio.http import AsyncHttpClient
from twilio.http.response import Response

from channels import transport
from channels.errors import Retryable, UnknownOutcome
from channels.twilio.errors import code_of, fault_of, json_of
from channels.twilio.wire import PROVIDER

NO_SUCH_RESOURCE = 20404
"""Twilio's code for an id that it does not have; a 404 without it is a wrong base URL."""


class Carrier(AsyncHttpClient):  # type: ignore[misc] # the SDK has no types
    """Carries one request of the SDK. Errors are raised here, while the answer's headers are at hand."""

    def __init__(self, client: httpx.AsyncClient) -> None:
        super().__init__(logging.getLogger(__name__), is_async=True)
        self._client = client

    async def request(
        self,
        method: str,
        uri: str,
        params: Mapping[str, object] | None = None,  # noqa: ARG002 - creating and deleting have none
        data: Mapping[str, object] | None = None,
        headers: Mapping[str, str] | None = None,
        auth: tuple[str, str] | None = None,
        **_ignored: object,
    ) -> Response:
        """Send and read. Raises as `channels.base.Channel.send`.

        The SDK's own timeout and redirect settings are not obeyed: the transport's timeouts hold, and a
        request that carries the token follows nobody.
        """
        sent = dict(headers or {})
        if auth:
            sent["Authorization"] = f"Basic {base64.b64encode(':'.join(auth).encode()).decode()}"
        response = await transport.carry(
            self._client, method, uri, provider=PROVIDER, headers=sent, form=data
        )
        if method == "DELETE":
            _check_deleted(response)
            return Response(httpx.codes.NO_CONTENT, "", response.headers)
        _check(response)
        return Response(response.status_code, response.text, response.headers)


def _check_deleted(response: httpx.Response) -> None:
    """Let through what is gone, also where it was gone already. One under way is deleted later."""
    gone = response.status_code == httpx.codes.NOT_FOUND and code_of(response) == NO_SUCH_RESOURCE
    if response.status_code == httpx.codes.CONFLICT:
        raise Retryable("twilio: the message is still under way", provider=PROVIDER, code="409")
    if not gone and response.status_code != httpx.codes.NO_CONTENT:
        raise fault_of(response)


def _check(response: httpx.Response) -> None:
    """Let only a message through. A success that cannot be read may well be one that was created."""
    body = json_of(response)
    if response.is_success and isinstance(body, dict) and isinstance(body.get("sid"), str):
        return
    if response.status_code == httpx.codes.CREATED:
        raise UnknownOutcome("twilio: created, by an answer that cannot be read", provider=PROVIDER)
    raise fault_of(response)
