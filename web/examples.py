"""Bodies to copy from, for the description of the API."""

from typing import Any

_ORDER: dict[str, Any] = {
    "id": "order-10482",
    "name": "order.placed",
    "contact": "c_42",
    "at": "2026-12-01T18:20:00+01:00",
    "with": {"order_id": "10482", "total": 54.9, "channel": "web", "items": [{"sku": "fern-12", "qty": 1}]},
}
_IN_STORE: dict[str, Any] = {
    "id": "till-7-20261201-0093",
    "name": "order.placed",
    "identities": {"loyalty_card": "0042-7731"},
    "at": "2026-12-01T18:20:00+01:00",
    "with": {"order_id": "93", "total": 12.5, "channel": "store"},
}
_SUBSCRIBED: dict[str, Any] = {
    "id": "signup-9931",
    "name": "contact.subscribed",
    "contact": "c_42",
    "at": "2026-12-01T09:00:00+01:00",
    "with": {"list": "newsletter", "source": "home page"},
}
_CONTACT: dict[str, Any] = {
    "attributes": {
        "email": "camille@example.com",
        "phone": "+33639980001",
        "first_name": "Camille",
        "country": "FR",
        "locale": "fr",
    },
    "identities": {"loyalty_card": "0042-7731"},
    "consents": [
        {
            "topic": "newsletter",
            "channel": "email",
            "state": "granted",
            "basis": "consent",
            "text": "optin_v3",
            "proof": {"page": "/inscription", "box": "unticked by default"},
            "at": "2026-12-01T08:59:40+01:00",
        }
    ],
}

EVENT_EXAMPLES: Any = {
    "one": {"summary": "One event", "value": _ORDER},
    "identity": {"summary": "Of whoever has a loyalty card", "value": _IN_STORE},
    "many": {"summary": "Several at once", "value": [_SUBSCRIBED, _ORDER]},
}
CONTACT_EXAMPLES: Any = {"person": {"summary": "A person with a consent", "value": _CONTACT}}
CONTACTS_EXAMPLES: Any = {"people": {"summary": "People", "value": [{"id": "c_42", **_CONTACT}]}}
RUN_EXAMPLES: Any = {
    "run": {"summary": "Start it once", "value": {"contact": "c_42", "input": {}, "id": "call-771"}},
    "identity": {
        "summary": "For whoever has a loyalty card",
        "value": {"identities": {"loyalty_card": "0042-7731"}, "input": {}, "id": "call-772"},
    },
}
TAKE_EXAMPLES: Any = {"take": {"summary": "It is mine", "value": {"by": "marie"}}}
DONE_EXAMPLES: Any = {
    "done": {"summary": "What came of it", "value": {"by": "marie", "outcome": "comes on Friday"}}
}
