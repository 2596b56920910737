"""A source as its file says: how its requests are signed, and what each item of one becomes. Pure data.

Paths lead into the JSON of an item; what stands there is brought to the catalog's type when it is read.
"""

from dataclasses import field
from typing import Literal, TypeAlias

from dsl.frozen import dataclass
from dsl.source import SourceFile, Span
from dsl.written import Given

Encoding: TypeAlias = Literal["hex", "base64"]
Epoch: TypeAlias = Literal["unix_seconds", "unix_milliseconds"]
Basis: TypeAlias = Literal["consent", "soft_opt_in", "legitimate_interest"]
Way: TypeAlias = Literal["id", "email", "phone", "identity"]

BODY = "{body}"
TIMESTAMP = "{timestamp}"


@dataclass(frozen=True)
class Timestamp:
    """The header that says when a request was signed, and how many seconds it may be old."""

    header: str
    within_seconds: int


@dataclass(frozen=True)
class Signing:
    """How requests are signed: HMAC-SHA-256 (RFC 2104) of `signs` under a secret of the environment.

    `secret_env` names the variable. `prefix` stands before the signature in its header.
    """

    header: str
    secret_env: str
    encoding: Encoding = "hex"
    prefix: str = ""
    signs: str = BODY
    timestamp: Timestamp | None = None


@dataclass(frozen=True)
class FromPath:
    """What stands at a path. `values` translates it, `otherwise` is for what they do not have.

    `otherwise` None: what is not in `values` is refused. An `otherwise` of null leaves it out.
    """

    path: tuple[str, ...]
    span: Span
    values: dict[str, Given[str]] = field(default_factory=dict)
    otherwise: Given[str | None] | None = None
    prefix: str = ""
    epoch: Epoch | None = None


@dataclass(frozen=True)
class Literally:
    """The same for every item."""

    text: str
    span: Span


@dataclass(frozen=True)
class FromList:
    """A list, of which each element becomes a record; paths of `fields` begin at the element."""

    path: tuple[str, ...]
    span: Span
    fields: tuple[tuple[Given[str], "Value"], ...]


Value: TypeAlias = FromPath | Literally | FromList


@dataclass(frozen=True)
class Finding:
    """A way to the person: by our id, an address, or the id of a kind that another system has for them."""

    way: Way
    value: Value
    kind: str = ""


@dataclass(frozen=True)
class SaidConsent:
    """What an item says of a topic and a channel; `state` becomes `granted` or `withdrawn`."""

    topic: Given[str]
    channel: Given[str]
    state: Value
    basis: Basis = "consent"
    at: Value | None = None
    text: Given[str] | None = None


@dataclass(frozen=True)
class Mapping:
    """What one kind of item becomes. `when`: paths and the texts of which one must stand there."""

    name: Given[str]
    id: tuple[Value, ...]
    when: tuple[tuple[tuple[str, ...], tuple[str, ...]], ...] = ()
    at: Value | None = None
    contact: tuple[Finding, ...] = ()
    event: Given[str] | None = None
    properties: tuple[tuple[Given[str], Value], ...] = ()
    attributes: tuple[tuple[Given[str], Value], ...] = ()
    identities: tuple[tuple[Given[str], Value], ...] = ()
    consents: tuple[SaidConsent, ...] = ()

    @property
    def tells_of_a_person(self) -> bool:
        """Whether it says something of the person themselves, so that somebody new comes into being."""
        return bool(self.attributes or self.identities or self.consents)


@dataclass(frozen=True)
class Inbound:
    """A system that calls us. `items`: where in a request its list is. `zone`: of instants without offset."""

    name: str
    file: SourceFile
    signing: Signing
    mappings: tuple[Mapping, ...]
    title: str = ""
    items: tuple[str, ...] = ()
    zone: str | None = None
