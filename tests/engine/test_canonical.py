"""The one spelling of an address is the library's, whichever way it was found."""

import phonenumbers
import pytest
from email_validator import EmailNotValidError, validate_email
from hypothesis import given
from hypothesis import strategies as st

from engine import canonical

LOCALS = st.one_of(
    st.from_regex(r"[A-Za-z0-9._+\-]{1,70}", fullmatch=True),
    st.sampled_from(["info", "Info", "POSTMASTER", "a..b", ".a", "a.", '"a b"', "é", "a'b", "-", "_"]),
)
DOMAINS = st.one_of(
    st.from_regex(r"[A-Za-z0-9\-]{1,12}(\.[A-Za-z0-9\-]{1,12}){0,3}", fullmatch=True),
    st.sampled_from(["Example.COM", "localhost", "a.test", "xn--bcher-kva.example", "bücher.de", "a.b"]),
    st.sampled_from(
        ["example.com.", "a" * 63 + ".fr", "a" * 64 + ".fr", "1.2.3.4", "a.123", "abcdefgh." * 27 + "fr"]
    ),
)
REGIONS = st.sampled_from([*sorted(phonenumbers.SUPPORTED_REGIONS), "XX", "fr", "", None])
FASTEST = [region for region in sorted(phonenumbers.SUPPORTED_REGIONS) if canonical._of_region(region)]


def by_the_library(text):
    try:
        return validate_email(text, check_deliverability=False, test_environment=True).normalized
    except EmailNotValidError as error:
        return str(error)


@given(LOCALS, DOMAINS)
def test_an_email_is_spelled_and_refused_as_the_library_does(local, domain):
    text = f"{local}@{domain}"
    try:
        found = canonical.email(text)
    except canonical.NotAnEmail as error:
        found = str(error)
    assert found == by_the_library(text)


def parsed(text, region):
    try:
        number = phonenumbers.parse(text, region)
    except phonenumbers.NumberParseException:
        return None
    possible = phonenumbers.is_possible_number(number)
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164) if possible else None


@st.composite
def numbers(draw):
    """Texts like phone numbers of a region, with a region that may be another."""
    region = draw(
        st.one_of(st.sampled_from(FASTEST), st.sampled_from(sorted(phonenumbers.SUPPORTED_REGIONS)))
    )
    example = phonenumbers.example_number(region)
    likely = str(example.national_number) if example else "612345678"
    kept = likely[: draw(st.integers(0, len(likely)))]
    national = kept + draw(
        st.text("0123456789", min_size=len(likely) - len(kept), max_size=11 - len(kept) // 2)
    )
    code = phonenumbers.country_code_for_region(region)
    before = draw(st.sampled_from([f"+{code}", f"+{code}0", "0", "", str(code), f"00{code}", "+"]))
    text = draw(
        st.sampled_from(
            [before + national, f"{before} {national[:2]}.{national[2:]}", f"{before}-{national}"]
        )
    )
    return text, draw(st.one_of(st.just(region), REGIONS))


@given(numbers())
def test_a_phone_number_is_spelled_and_refused_as_the_library_does(number):
    text, region = number
    assert canonical.phone(text, region) == parsed(text, region)


@pytest.mark.parametrize("text", ["06 39 98 00 01", "+33639980001", "+33 6 39 98 00 01", "06.39.98.00.01"])
def test_a_number_of_france_needs_no_library(text):
    assert canonical.phone(text, "FR") == "+33639980001"
    found = canonical._of_region("FR")
    assert found is not None
    assert found.zero
