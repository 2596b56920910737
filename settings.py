"""Everything that the environment decides, read once into one typed value.

The Temporal connection is not here: the SDK reads `TEMPORAL_*` and its TOML profile itself.
"""

from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, HttpUrl, ValidationError, ValidationInfo, field_validator
from pydantic_core import PydanticCustomError
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from engine.roles import role_named

SHORTEST_KEY = 32
NEEDS_HTTPS = "needs_https"
LOOPBACK = ("127.0.0.1", "localhost", "[::1]")


class BadSettings(ValueError):
    """One or more variables are missing or wrong; the message names each and what it should look like."""


class Settings(BaseSettings):
    """The environment, typed. Secrets never appear in its repr."""

    model_config = SettingsConfigDict(frozen=True, populate_by_name=True, extra="ignore")

    database_url: str = Field(
        alias="DATABASE_URL", repr=False, description="postgresql://user:password@host:5432/relance"
    )
    public_url: str = Field(
        default="http://127.0.0.1:8080",
        alias="RELANCE_PUBLIC_URL",
        description="the address people reach us at, like https://crm.example.com",
    )
    secret_keys: Annotated[tuple[str, ...], NoDecode] = Field(
        alias="RELANCE_SECRET_KEYS",
        repr=False,
        description=f"secrets of at least {SHORTEST_KEY} characters, comma-separated; the first signs",
    )
    # No default: a worker that writes to files what should have left would go unseen.
    email: Literal["sendgrid", "smtp", "outbox"] | None = Field(
        default=None, alias="RELANCE_EMAIL", description="sendgrid, smtp or outbox"
    )
    sms: Literal["twilio", "outbox"] | None = Field(
        default=None, alias="RELANCE_SMS", description="twilio or outbox"
    )
    outbox: Path = Field(
        default=Path(".relance/outbox"),
        alias="RELANCE_OUTBOX",
        description="folder for messages that stay here",
    )
    sendgrid_api_key: str | None = Field(default=None, alias="SENDGRID_API_KEY", repr=False)
    sendgrid_base_url: str = Field(default="https://api.sendgrid.com", alias="SENDGRID_BASE_URL")
    sendgrid_webhook_public_key: str | None = Field(default=None, alias="SENDGRID_WEBHOOK_PUBLIC_KEY")
    smtp_url: str | None = Field(default=None, alias="SMTP_URL", repr=False)
    twilio_account_sid: str | None = Field(default=None, alias="TWILIO_ACCOUNT_SID")
    twilio_auth_token: str | None = Field(default=None, alias="TWILIO_AUTH_TOKEN", repr=False)
    twilio_from: str | None = Field(default=None, alias="TWILIO_FROM")
    twilio_messaging_service_sid: str | None = Field(default=None, alias="TWILIO_MESSAGING_SERVICE_SID")
    twilio_base_url: str = Field(default="https://api.twilio.com", alias="TWILIO_BASE_URL")
    project: Path = Field(
        default=Path(),
        alias="RELANCE_PROJECT",
        description="a folder that exists, with scenarios/ and templates/",
    )
    allow_private_webhooks: bool = Field(
        default=False,
        alias="RELANCE_ALLOW_PRIVATE_WEBHOOKS",
        description="true where webhooks of the catalog may lead into our own network",
    )
    metrics: str | None = Field(
        default=None,
        alias="RELANCE_METRICS",
        pattern=r"^[^:\s]*:\d{1,5}$",
        description="where a worker tells its figures to Prometheus, like 0.0.0.0:9464",
    )
    logs: Literal["lines", "json"] = Field(default="lines", alias="RELANCE_LOGS", description="lines or json")
    log_level: Literal["debug", "info", "warning", "error"] = Field(
        default="info", alias="RELANCE_LOG_LEVEL", description="debug, info, warning or error"
    )
    temporal_ui: str | None = Field(
        default=None, alias="RELANCE_TEMPORAL_UI", description="address of the Temporal UI, for links"
    )

    oidc_issuer: str | None = Field(
        default=None,
        alias="OIDC_ISSUER",
        description="the address of your OpenID provider, like https://login.example.com/realms/crm",
    )
    oidc_client_id: str | None = Field(
        default=None, alias="OIDC_CLIENT_ID", description="what it knows us by"
    )
    oidc_client_secret: str | None = Field(default=None, alias="OIDC_CLIENT_SECRET", repr=False)
    oidc_role_claim: str = Field(
        default="roles",
        alias="OIDC_ROLE_CLAIM",
        description="the claim with the roles, like realm_access.roles",
    )
    oidc_roles: Annotated[dict[str, str] | None, NoDecode] = Field(
        default=None,
        alias="OIDC_ROLES",
        description="what the claim's values mean, like crm-admins=privacy,crm-mkt=marketer",
    )

    @field_validator("oidc_roles", mode="before")
    @classmethod
    def _pairs(cls, value: object) -> object:
        if not isinstance(value, str):
            return value
        pairs = [part.strip().rpartition("=") for part in value.split(",") if part.strip()]
        return {said.strip(): role_named(role.strip()) for said, _, role in pairs if said.strip()}

    @field_validator("oidc_issuer")
    @classmethod
    def _is_issuer(cls, value: str | None) -> str | None:
        # Over plain HTTP anybody on the way could sign in as anybody; a stand-in on this machine may.
        if value is not None and not value.startswith("https://") and HttpUrl(value).host not in LOOPBACK:
            raise ValueError("not https")
        return value

    @field_validator("secret_keys", mode="before")
    @classmethod
    def _split(cls, value: object) -> object:
        return tuple(part.strip() for part in value.split(",")) if isinstance(value, str) else value

    @field_validator("secret_keys")
    @classmethod
    def _long_enough(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        if not value or min(map(len, value)) < SHORTEST_KEY:
            raise ValueError("too short")
        return value

    @field_validator("database_url")
    @classmethod
    def _is_postgresql(cls, value: str) -> str:
        # The driver's own complaint would quote the whole of it, password included.
        if not value.startswith(("postgresql://", "postgres://")):
            raise ValueError("not a PostgreSQL URL")
        return value

    @field_validator("project")
    @classmethod
    def _is_folder(cls, value: Path) -> Path:
        if not value.is_dir():
            raise ValueError("no folder")
        return value

    @field_validator("email", "sms")
    @classmethod
    def _has_links_that_work(cls, value: str | None, info: ValidationInfo) -> str | None:
        # Every message holds its way out (CPCE, art. L34-5), and one-click works over HTTPS alone (RFC 8058).
        real = value not in (None, "outbox")
        if real and not info.data.get("public_url", "https://").startswith("https://"):
            raise PydanticCustomError(NEEDS_HTTPS, "people's links would lead nowhere")
        return value

    @field_validator("public_url")
    @classmethod
    def _is_url(cls, value: str) -> str:
        HttpUrl(value)
        return value.rstrip("/")


def load() -> Settings:
    """The settings of this process.

    Raises BadSettings naming every variable that is missing or wrong and what it should look like.
    """
    try:
        return Settings()  # type: ignore[call-arg]  # the environment gives the required ones
    except ValidationError as error:
        raise BadSettings("\n".join(_complaints(error))) from None


def _complaints(error: ValidationError) -> list[str]:
    by_name = dict(Settings.model_fields) | {str(f.alias): f for f in Settings.model_fields.values()}
    lines = []
    for fault in error.errors():
        field = by_name[str(fault["loc"][0])]
        if fault["type"] == NEEDS_HTTPS:
            lines.append(
                f"RELANCE_PUBLIC_URL must begin with https:// for {field.alias}={fault['input']}: "
                "unsubscribe links and webhooks lead there"
            )
            continue
        problem = "is missing" if fault["type"] == "missing" else "is not valid"
        shape = f": it should be {field.description}" if field.description else ""
        lines.append(f"{field.alias} {problem}{shape}")
    return lines
