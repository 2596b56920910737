"""Keys of a development machine: made once, kept in the data folder, worth nothing elsewhere."""

import base64
import json
import secrets
from dataclasses import asdict, dataclass
from pathlib import Path

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec


@dataclass(frozen=True)
class LocalKeys:
    """What signs links, webhooks and API calls here.

    `webhook_private_key` (PKCS 8, base64) plays SendGrid; `webhook_public_key` is what the web verifies with.
    """

    secret_key: str
    api_key: str
    twilio_auth_token: str
    webhook_private_key: str
    webhook_public_key: str


def load_or_make(folder: Path) -> LocalKeys:
    """The secrets of a data folder; made, with owner-only permissions, when there are none."""
    path = folder / "secrets.json"
    if path.exists():
        return LocalKeys(**json.loads(path.read_text()))
    made = _make()
    path.touch(mode=0o600)
    path.write_text(json.dumps(asdict(made), indent=2))
    return made


def _make() -> LocalKeys:
    key = ec.generate_private_key(ec.SECP256R1())
    private = key.private_bytes(
        serialization.Encoding.DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    public = key.public_key().public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    return LocalKeys(
        secret_key=secrets.token_urlsafe(32),
        api_key="rl_" + secrets.token_urlsafe(24),
        twilio_auth_token=secrets.token_hex(16),
        webhook_private_key=base64.b64encode(private).decode(),
        webhook_public_key=base64.b64encode(public).decode(),
    )
