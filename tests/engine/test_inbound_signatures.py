"""Which requests are of the system that they say they are of, by how sources say that they are signed."""

import hmac
from datetime import UTC, datetime, timedelta

import pytest

from dsl.inbound.model import Signing, Timestamp
from engine.inbound.signature import Forged, NoSecret, verify

NOW = datetime(2026, 12, 1, 9, 0, tzinfo=UTC)
BODY = b'{"id": 1}'
STAMPED = Signing(
    "X-Sign", "SECRET", prefix="sha256=", signs="v0:{timestamp}:{body}", timestamp=Timestamp("X-Time", 300)
)
PLAIN = Signing("X-Sign", "SECRET")


def signed(text: bytes, secret: str = "s") -> str:
    return hmac.new(secret.encode(), text, "sha256").hexdigest()


def stamped(stamp: str, body: bytes = BODY) -> dict[str, str]:
    return {"X-Sign": "sha256=" + signed(b"v0:" + stamp.encode() + b":" + body), "X-Time": stamp}


@pytest.mark.parametrize("written", [lambda at: str(int(at.timestamp())), lambda at: at.isoformat()])
def test_a_request_is_taken_within_its_time_and_not_after(written) -> None:
    """Seconds since 1970 or ISO 8601; neither old ones nor those from ahead of time."""
    for minutes in (-5, 0, 5):
        verify(STAMPED, BODY, stamped(written(NOW + timedelta(minutes=minutes))), {"SECRET": "s"}, NOW)
    for minutes in (-6, 6):
        with pytest.raises(Forged, match="300 seconds"):
            verify(STAMPED, BODY, stamped(written(NOW + timedelta(minutes=minutes))), {"SECRET": "s"}, NOW)


def test_a_new_time_on_an_old_request_is_no_signature() -> None:
    """Since the time is signed along."""
    headers = stamped(str(int((NOW - timedelta(days=1)).timestamp())))
    headers["X-Time"] = str(int(NOW.timestamp()))
    with pytest.raises(Forged, match="not that of this request"):
        verify(STAMPED, BODY, headers, {"SECRET": "s"}, NOW)


@pytest.mark.parametrize("stamp", ["", "soon", "9" * 400, "2026-12-01T09:00:00", "\u00b2"])
def test_a_time_that_is_none_is_refused(stamp) -> None:
    """Whatever stands there."""
    with pytest.raises(Forged, match="holds no time"):
        verify(STAMPED, BODY, {"X-Sign": "sha256=00", "X-Time": stamp}, {"SECRET": "s"}, NOW)


def test_hexadecimal_may_be_written_large() -> None:
    verify(PLAIN, BODY, {"X-Sign": signed(BODY).upper()}, {"SECRET": "s"}, NOW)


@pytest.mark.parametrize("said", ["", "00", "\u00e9", signed(BODY, "other"), signed(BODY + b" ")])
def test_any_other_signature_is_refused(said) -> None:
    with pytest.raises(Forged):
        verify(PLAIN, BODY, {"X-Sign": said}, {"SECRET": "s"}, NOW)


@pytest.mark.parametrize("secret", ["", " ", ","])
def test_without_a_secret_nothing_is_verified(secret) -> None:
    """An empty one would let everybody in who signs by nothing."""
    with pytest.raises(NoSecret, match="SECRET is not set"):
        verify(PLAIN, BODY, {"X-Sign": signed(BODY, "")}, {"SECRET": secret}, NOW)
