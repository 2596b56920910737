"""Addresses of people in their one spelling: emails as email-validator writes them, phone numbers in E.164.

Both libraries take tens of microseconds for an address, and a file has a million. Addresses of the usual
forms are brought to their spelling here, by what the libraries say of their domain and of their country;
everything else is asked of the libraries, and a test holds the two ways to each other.
"""

import re
from dataclasses import dataclass
from functools import lru_cache

import phonenumbers
from email_validator import EmailNotValidError, validate_email
from phonenumbers import PhoneMetadata

DOMAINS_KEPT = 10_000
MAX_EMAIL = 254
_EMAIL = re.compile(
    r"(?P<local>[a-z0-9_+\-]+(?:\.[a-z0-9_+\-]+)*)@(?P<domain>[A-Za-z0-9\-]+(?:\.[A-Za-z0-9\-]+)+)", re.ASCII
)
"""In lower case before the @: the library brings `Info` to lower case, and `Ada` not."""
MAX_LOCAL = 64

_PHONE = re.compile(r"\+?[0-9](?:[ .\-]?[0-9])+", re.ASCII)
_SEPARATORS = str.maketrans("", "", " .-")
LONGEST_CODE = 3
"""Digits of a country's calling code."""


class NotAnEmail(ValueError):
    """Not an email address; the message says why."""


def email(text: str) -> str:
    """The one spelling of an email address. Nothing is looked up. Raises NotAnEmail."""
    usual = _EMAIL.fullmatch(text)
    if usual and len(text) <= MAX_EMAIL and len(usual["local"]) <= MAX_LOCAL:
        domain = _domain(usual["domain"])
        if domain is not None:
            return f"{usual['local']}@{domain}"
    return _asked_email(text)


@lru_cache(DOMAINS_KEPT)
def _domain(text: str) -> str | None:
    """The one spelling of a domain that takes mail; None where the library has to be asked."""
    try:
        found = validate_email(f"a@{text}", check_deliverability=False, test_environment=True)
    except EmailNotValidError:
        return None
    # An international domain counts in another length than it is written in.
    return found.domain if found.ascii_domain == found.domain else None


def _asked_email(text: str) -> str:
    try:
        return validate_email(text, check_deliverability=False, test_environment=True).normalized
    except EmailNotValidError as error:
        raise NotAnEmail(str(error)) from None


def phone(text: str, region: str | None) -> str | None:
    """E.164 of a phone number, a national one being of `region`; None where it is none."""
    if _PHONE.fullmatch(text):
        digits = text.translate(_SEPARATORS)
        found = _international(digits) if digits[0] == "+" else _national(digits, region)
        if found is not None:
            return found
    return _asked_phone(text, region)


def _asked_phone(text: str, region: str | None) -> str | None:
    try:
        number = phonenumbers.parse(text, region)
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_possible_number(number):
        return None
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


@dataclass(frozen=True)
class _Numbering:
    """How the numbers of a country are written, where that is by a leading zero or by nothing at all.

    `national`: what all of them are like; `lengths` of those that are possible.
    """

    code: str
    national: re.Pattern[str]
    lengths: frozenset[int]
    zero: bool


def _international(digits: str) -> str | None:
    """Of `+` and digits; None where the library has to be asked."""
    for length in range(1, LONGEST_CODE + 1):
        numbering = _of_code(digits[1 : 1 + length])
        if numbering:
            rest = digits[1 + length :]
            return digits if rest[:1] != "0" and len(rest) in numbering.lengths else None
    return None


def _national(digits: str, region: str | None) -> str | None:
    """Of a zero and the digits of a number of the region; None where the library has to be asked."""
    numbering = _of_region(region) if region else None
    if numbering is None or not numbering.zero or digits[0] != "0":
        return None
    rest = digits[1:]
    usual = rest[0] != "0" and len(rest) in numbering.lengths and numbering.national.fullmatch(rest)
    return f"+{numbering.code}{rest}" if usual else None


@lru_cache
def _of_code(code: str) -> _Numbering | None:
    regions = phonenumbers.COUNTRY_CODE_TO_REGION_CODE.get(int(code), ()) if code[:1] != "0" else ()
    return _of_region(regions[0]) if regions else None


@lru_cache
def _of_region(region: str) -> _Numbering | None:
    found = PhoneMetadata.metadata_for_region(region)
    if found is None or found.country_code is None or found.general_desc is None:
        return None
    zero = (found.national_prefix, found.national_prefix_for_parsing) == ("0", "0")
    none = found.national_prefix_for_parsing is None
    if not (zero or none) or found.national_prefix_transform_rule or found.international_prefix != "00":
        return None
    general = found.general_desc
    pattern, lengths = general.national_number_pattern, frozenset(general.possible_length)
    return _Numbering(str(found.country_code), re.compile(pattern), lengths, zero) if pattern else None
