"""What the columns of a file mean: a mapping file, or the header alone where names are the catalog's."""

import re
from collections.abc import Mapping as Map
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated, Any, Literal, TypeAlias

import yaml
from pydantic import BaseModel, ConfigDict, Discriminator, Field, Tag, ValidationError, field_validator

from dsl.catalog import Catalog
from dsl.project_files import source
from engine.imports.files import composed
from engine.imports.wording import first_fault
from engine.statements import Basis

ID = "id"
CREATED_AT = "created_at"
IGNORED_PREFIX = "_"
"""Columns of which the name begins with this are ours: a file of rejects can be corrected and given back."""

DateOrder: TypeAlias = Literal["iso", "day/month/year", "month/day/year"]


class BadMapping(ValueError):
    """The mapping, or the header by it, is not usable; the message names the place and the remedy."""


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, coerce_numbers_to_str=True)


class ToAttribute(_Part):
    """A column that holds an attribute; `values` translates what the file writes."""

    attribute: str
    values: dict[str, Any] = {}

    @field_validator("values")
    @classmethod
    def _composed(cls, value: dict[str, Any]) -> dict[str, Any]:
        return {composed(word): meant for word, meant in value.items()}


class ToIdentity(_Part):
    """A column that holds the id that another system has for the person."""

    identity: str


class ToConsent(_Part):
    """A column that says whether they agreed to `topic.channel`; `at` names the column of the date."""

    consent: str
    granted: tuple[str, ...] = ("granted", "yes", "oui", "true", "1")
    withdrawn: tuple[str, ...] = ("withdrawn", "no", "non", "false", "0")
    at: str | None = None
    text: str | None = None
    basis: Basis = "consent"

    @field_validator("consent")
    @classmethod
    def _has_a_channel(cls, value: str) -> str:
        if value.count(".") != 1:
            raise ValueError("is a topic and a channel, like newsletter.email")
        return value


Target: TypeAlias = ToAttribute | ToIdentity | ToConsent


def _kind(written: Any) -> str:
    """Which form a column's meaning has, so that a mistake is told of that form alone."""
    if written is None or isinstance(written, str):
        return "name" if written else "nothing"
    keys = written if isinstance(written, dict) else getattr(written, "__dict__", {})
    return next((kind for kind in ("identity", "consent") if kind in keys), "attribute")


Written: TypeAlias = Annotated[
    Annotated[str, Tag("name")]
    | Annotated[None, Tag("nothing")]
    | Annotated[ToAttribute, Tag("attribute")]
    | Annotated[ToIdentity, Tag("identity")]
    | Annotated[ToConsent, Tag("consent")],
    Discriminator(_kind),
]


class Mapping(_Part):
    """How a file is written, and what its columns mean."""

    id: str = ID
    source: str | None = None
    encoding: str | None = None
    delimiter: str | None = Field(default=None, min_length=1, max_length=1)
    dates: DateOrder = "iso"
    decimal: Literal[".", ","] = "."
    empty: Literal["keep", "clear"] = "keep"
    as_of: str | None = None
    columns: dict[str, Written] = {}

    @field_validator("id")
    @classmethod
    def _composed_id(cls, value: str) -> str:
        return composed(value)

    @field_validator("columns")
    @classmethod
    def _composed_columns(cls, value: dict[str, Any]) -> dict[str, Any]:
        return {composed(column): meaning for column, meaning in value.items()}

    @field_validator("encoding")
    @classmethod
    def _exists(cls, value: str | None) -> str | None:
        if value is not None:
            try:
                "".encode(value)
            except LookupError:
                raise ValueError("is no encoding: utf-8, cp1252 and utf-16 are usual") from None
        return value


class _Words(yaml.SafeLoader):
    """YAML as people mean it: `NO` is a word (in YAML 1.1 it is false), and what a file writes is text."""

    yaml_implicit_resolvers = {  # noqa: RUF012 - as the class above has it
        first: [(tag, pattern) for tag, pattern in resolvers if not tag.endswith(":bool")]
        for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
    }

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:  # noqa: FBT001, FBT002 - its
        """Keys are text as it stands there: `01` is no number. Raises a MarkedYAMLError for one twice."""
        seen = set()
        for key, _ in node.value:
            if isinstance(key, yaml.ScalarNode):
                key.tag = "tag:yaml.org,2002:str"
                if key.value in seen:
                    raise yaml.constructor.ConstructorError(
                        None, None, f"`{key.value}` twice", key.start_mark
                    )
                seen.add(key.value)
        return super().construct_mapping(node, deep)


_Words.add_implicit_resolver("tag:yaml.org,2002:bool", re.compile("true|false"), list("tf"))


_UNREADABLE = (yaml.YAMLError, ValueError, AttributeError, RecursionError)
"""What the library raises, beside errors with a place, on days that are none and on endless nests."""
_SIMPLE = "put dates and numbers in quotes, and write out what is nested or repeated"


def load(path: Path) -> Mapping:
    """The mapping of a YAML file. Raises BadMapping with the place."""
    file, unread = source(path)
    if unread:
        raise BadMapping(f"{path}: {unread[0].message}; {unread[0].help}")
    try:
        found = yaml.load(file.text, _Words)  # noqa: S506 - a SafeLoader
        return Mapping.model_validate(found or {})
    except yaml.MarkedYAMLError as error:
        line = f":{error.problem_mark.line + 1}" if error.problem_mark else ""
        raise BadMapping(f"{path}{line}: not readable as YAML: {error.problem}") from None
    except ValidationError as error:
        at, said = first_fault(error)
        place = ".".join(map(str, (*at[:2], *at[3:])))  # the third is the form's name
        raise BadMapping(f"{path}: {place or 'the file'}: {said}") from None
    except _UNREADABLE:
        raise BadMapping(f"{path}: not readable as YAML: {_SIMPLE}") from None


def targets(mapping: Mapping, header: list[str], catalog: Catalog) -> dict[str, Target | None]:
    """What each column of a file is: None for the id, for the dates of consents, and for what is left out.

    Raises BadMapping for a column that means nothing, one that the file lacks, and a target that is not
    in the catalog.
    """
    _refuse_missing(mapping, header)
    _refuse_double(found := _found(mapping, header))
    for column, target in found.items():
        _refuse_unknown(column, target, catalog)
    return found


def _found(mapping: Mapping, header: list[str]) -> dict[str, Target | None]:
    dates = {mapping.as_of}
    dates |= {each.at for each in mapping.columns.values() if isinstance(each, ToConsent)}
    found: dict[str, Target | None] = {}
    for column in header:
        if column in mapping.columns:
            found[column] = _target(mapping.columns[column])
        elif column in (mapping.id, CREATED_AT) or column in dates or column.startswith(IGNORED_PREFIX):
            found[column] = None
        else:
            found[column] = ToAttribute(attribute=column)
    return found


def _refuse_double(found: Map[str, Target | None]) -> None:
    """Two columns for one thing: which of them holds would be chance."""
    seen: dict[tuple[str, str], str] = {}
    for column, target in found.items():
        if target is None:
            continue
        kind = _kind(target)
        means = (kind, getattr(target, kind))
        if means in seen:
            raise BadMapping(
                f"columns `{seen[means]}` and `{column}` are both `{means[1]}`: "
                "leave one out with `null` in the mapping"
            )
        seen[means] = column


def _target(written: str | Target | None) -> Target | None:
    return ToAttribute(attribute=written) if isinstance(written, str) else written


def _refuse_missing(mapping: Mapping, header: list[str]) -> None:
    wanted = [mapping.id, *mapping.columns, *([mapping.as_of] if mapping.as_of else [])]
    wanted += [each.at for each in mapping.columns.values() if isinstance(each, ToConsent) and each.at]
    for column in wanted:
        if column not in header:
            near = get_close_matches(column, header, n=1)
            hint = f"did you mean `{near[0]}`?" if near else f"it has {_listed(header)}"
            what = "of the contacts' ids " if column == mapping.id else ""
            raise BadMapping(f"the file has no column {what}`{column}`: {hint}")


def _refuse_unknown(column: str, target: Target | None, catalog: Catalog) -> None:
    if isinstance(target, ToAttribute):
        attribute = catalog.attributes.get(target.attribute)
        if attribute is None:
            near = get_close_matches(target.attribute, catalog.attributes, n=1)
            hint = f"did you mean `{near[0]}`?" if near else "declare it in catalog.yaml"
            raise BadMapping(
                f"column `{column}`: `{target.attribute}` is not an attribute of the catalog; {hint}, "
                "or leave the column out with `null` in the mapping"
            )
        if attribute.computed is not None:
            raise BadMapping(f"column `{column}`: `{target.attribute}` is computed and cannot be given")
    elif isinstance(target, ToConsent):
        topic, _, channel = target.consent.partition(".")
        known = catalog.topics.get(topic)
        if topic != "tracking" and (known is None or channel not in known.channels):
            pairs = [f"{each.name}.{way}" for each in catalog.topics.values() for way in each.channels]
            raise BadMapping(
                f"column `{column}`: `{target.consent}` is no topic and channel; there are {_listed(pairs)}"
            )
        if target.text is not None and target.text not in catalog.texts:
            raise BadMapping(f"column `{column}`: the catalog has no consent text `{target.text}`")


def _listed(names: list[str]) -> str:
    shown = ", ".join(f"`{each[:60]}`" for each in names[:12])
    return shown + (f" and {len(names) - 12} more" if len(names) > 12 else "")  # noqa: PLR2004 - of a line
