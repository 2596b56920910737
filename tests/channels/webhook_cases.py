"""What every webhook must refuse. A provider's test class inherits these and says how it is called.

Subclass `SignedWebhookCases`, give `signed()` (a genuine call) and `parse(call)`; that is all it takes
to be tested against forgery, truncation, a missing or altered signature, another key, and repetition.
`WebhookCases` is what remains where the signature is no header and covers a part of the body alone.
"""

from abc import ABC, abstractmethod
from dataclasses import dataclass, replace

import pytest

from channels.errors import InvalidSignature
from channels.events import DeliveryEvent


@dataclass(frozen=True)
class Call:
    """One webhook request: where it goes, its raw body and its headers."""

    body: bytes
    headers: dict[str, str]
    url: str = ""


class WebhookCases(ABC):
    """Security cases, the same for all."""

    @abstractmethod
    def signed(self) -> Call:
        """A genuine call with at least one event and a body of more than ten bytes."""

    @abstractmethod
    def parse(self, call: Call, secret: str | None = None) -> list[DeliveryEvent]:
        """What the provider's parser makes of it, with its own secret or another one."""

    @abstractmethod
    def another_secret(self) -> str:
        """A secret of the right form that did not sign."""

    def refused(self, call: Call, secret: str | None = None) -> None:
        with pytest.raises(InvalidSignature) as caught:
            self.parse(call, secret)
        told = str(caught.value)
        assert "@" not in told
        assert "+33" not in told

    def test_a_genuine_call_is_read(self):
        """Or every other case would hold for the wrong reason."""
        assert self.parse(self.signed())

    def test_another_secret_is_refused(self):
        self.refused(self.signed(), self.another_secret())

    def test_a_repeated_call_has_the_same_keys(self):
        """What a replay brings is recognised, event by event."""
        call = self.signed()
        assert [event.key for event in self.parse(call)] == [event.key for event in self.parse(call)]

    def test_a_key_tells_nothing_of_the_person(self):
        for event in self.parse(self.signed()):
            assert event.address is None or event.address not in event.key
            assert "@" not in event.key


class SignedWebhookCases(WebhookCases):
    """The same, and more for a signature over the whole request."""

    signature_header = ""

    def test_it_says_whom_it_is_about(self):
        assert all(event.address for event in self.parse(self.signed()))

    def test_the_names_of_headers_have_no_case(self):
        """Frameworks lower them."""
        call = self.signed()
        assert self.parse(replace(call, headers={k.lower(): v for k, v in call.headers.items()}))

    def test_a_missing_signature_is_refused(self):
        call = self.signed()
        self.refused(replace(call, headers={}))

    @pytest.mark.parametrize("signature", ["", "=", "AAAA", "not base64 at all", "é", "A" * 10_000])
    def test_a_made_up_signature_is_refused(self, signature):
        call = self.signed()
        self.refused(replace(call, headers={**call.headers, self.signature_header: signature}))

    def test_a_signature_altered_by_one_character_is_refused(self):
        """Each of its first characters in turn."""
        call = self.signed()
        signature = call.headers[self.signature_header]
        for place in range(0, len(signature) - 4, 5):
            other = "A" if signature[place] != "A" else "B"
            altered = signature[:place] + other + signature[place + 1 :]
            self.refused(replace(call, headers={**call.headers, self.signature_header: altered}))

    def test_a_truncated_signature_is_refused(self):
        call = self.signed()
        signature = call.headers[self.signature_header]
        self.refused(replace(call, headers={**call.headers, self.signature_header: signature[:-4]}))

    @pytest.mark.parametrize("kept", [-1, -2, 10])
    def test_a_truncated_body_is_refused(self, kept):
        call = self.signed()
        self.refused(replace(call, body=call.body[:kept]))

    def test_a_body_altered_by_one_character_is_refused(self):
        """Every third character in turn, wherever it stands."""
        call = self.signed()
        for place in range(0, len(call.body), 3):
            other = b"x" if call.body[place : place + 1] != b"x" else b"y"
            self.refused(replace(call, body=call.body[:place] + other + call.body[place + 1 :]))

    def test_an_empty_body_under_the_same_signature_is_refused(self):
        self.refused(replace(self.signed(), body=b""))
