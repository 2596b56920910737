"""Whatever is sent, the API answers as its own description says, and never by a failure.

Bodies are made from /openapi.json: as described, nearly as described, and not at all.
"""

import json
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from web.app import create_app

TEXTS = st.one_of(
    st.text(max_size=12),
    st.sampled_from(
        ["c_zoe", "c_tom", "order.placed", "newsletter", "email", "\x00", "\ud800", "..", "a/b", "%"]
    ),
)
NUMBERS = st.one_of(
    st.integers(), st.floats(), st.sampled_from([10**400, -(10**400), 1e308, -0.0, 2**63, 10**-30])
)
ANYTHING: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | NUMBERS | TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=6,
)
NAMES = {
    "attributes": [
        "email",
        "phone",
        "first_name",
        "points",
        "birthdate",
        "locale",
        "timezone",
        "country",
        "id",
    ],
    "with": ["order_id", "total", "items", "channel", "list", "sku", "price"],
    "name": ["order.placed", "contact.subscribed", "product.price_changed", "message.sent"],
    "contact": ["c_zoe", "c_tom", "nobody"],
    "topic": ["newsletter", "tracking"],
    "channel": ["email", "sms", "opens"],
    "at": [
        "2026-11-30T10:00:00+01:00",
        "0001-01-01T00:00:00Z",
        "9999-12-31T23:59:59-23:59",
        "2026-11-30",
        "now",
    ],
}
"""What the catalog of the tests knows, so that bodies get beyond the first check."""

WHO = ["c_zoe", "c_tom", "welcome", "nobody"]

DESCRIBED: dict[str, Any] = create_app(None).openapi()  # type: ignore[arg-type]
OPERATIONS = [
    (path, verb, operation) for path, verbs in DESCRIBED["paths"].items() for verb, operation in verbs.items()
]


def made(schema: dict[str, Any], name: str = "") -> st.SearchStrategy[Any]:
    """Values that a schema describes, and some that it does not."""
    if "$ref" in schema:
        return made(DESCRIBED["components"]["schemas"][schema["$ref"].rpartition("/")[2]], name)
    choices = schema.get("anyOf") or schema.get("oneOf")
    if choices:
        return st.one_of(*(made(each, name) for each in choices))
    return st.one_of(_made(schema, name), ANYTHING) if schema.get("type") != "object" else _made(schema, name)


def _made(schema: dict[str, Any], name: str) -> st.SearchStrategy[Any]:
    if "enum" in schema:
        return st.sampled_from(schema["enum"])
    kind = schema.get("type")
    if kind == "array":
        return st.lists(made(schema["items"], name), max_size=4)
    if kind == "object" and "properties" in schema:
        properties, required = schema["properties"], set(schema.get("required", ()))
        fields = {each: made(of, each) for each, of in properties.items()}
        return st.fixed_dictionaries(
            {each: fields[each] for each in required},
            optional={each: fields[each] for each in fields if each not in required},
        )
    if kind == "object":
        keys = st.sampled_from(NAMES[name]) | TEXTS if name in NAMES else TEXTS
        return st.dictionaries(keys, ANYTHING, max_size=4)
    return st.sampled_from(NAMES[name]) | TEXTS if name in NAMES else TEXTS


def body_of(operation: dict[str, Any]) -> st.SearchStrategy[bytes]:
    """Bodies of an operation as bytes, now and then cut or spoilt."""
    content = operation.get("requestBody", {}).get("content", {})
    if not content:
        return st.just(b"")
    values = made(content["application/json"]["schema"])
    written = values.map(lambda value: json.dumps(value).encode())
    cut = written.flatmap(lambda body: st.integers(0, len(body)).map(lambda end: body[:end]))
    return st.one_of(written, written, written, cut, st.binary(max_size=20))


@pytest.mark.parametrize(
    "which", range(len(OPERATIONS)), ids=[f"{verb} {path}" for path, verb, _ in OPERATIONS]
)
@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
async def test_no_request_makes_it_fail(api, which, data):
    """Each status is one that the description names, and each refusal says what to do."""
    path, verb, operation = OPERATIONS[which]
    query = {}
    for parameter in operation.get("parameters", ()):
        name = parameter["name"]
        if parameter["in"] == "query":
            known = NAMES.get(name, ["welcome", "nothing"])
            query[name] = data.draw(st.sampled_from(known) | st.text("\x00é-:T0", max_size=8))
            continue
        value = data.draw(st.sampled_from(WHO) | st.text("abé/%.? ", min_size=1, max_size=8))
        path = path.replace("{" + name + "}", quote(value, safe=""))
    body = data.draw(body_of(operation))
    answer = await api.request(
        verb, path, params=query or None, content=body, headers={"Content-Type": "application/json"}
    )
    described = {int(status) for status in operation["responses"]}
    assert answer.status_code in described | {405}, (answer.status_code, answer.text)
    assert answer.status_code < 500
    if answer.status_code >= 400:
        assert answer.json()["detail"]
