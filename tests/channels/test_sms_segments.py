"""What an SMS costs: limits to the character, pairs that are never cut, the character that costs."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels.sms_segments import Segments, count, parts

GSM = "@£$¥èéùìòÇ\nØøÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./09:;<=>?¡AZÄÖÑÜ§¿azäöñüà"
ESCAPED = "^{}\\[~]|€\f"
gsm_texts = st.text(st.sampled_from(GSM + ESCAPED), max_size=700)
ucs2_texts = st.text(st.characters(codec="utf-8") | st.sampled_from("ç😀🌿œ"), max_size=300)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", 0),
        ("a", 1),
        ("a" * 160, 1),
        ("a" * 161, 2),
        ("a" * 306, 2),
        ("a" * 307, 3),
        ("€" * 80, 1),
        ("€" * 80 + "a", 2),
        ("a" * 159 + "€", 2),
        # 153 units hold 76 pairs and leave one unit unused in each part.
        ("€" * 152, 2),
        ("€" * 153, 3),
        ("a" * 152 + "€" + "a" * 151, 2),
        ("a" * 152 + "€" + "a" * 152, 3),
    ],
)
def test_gsm_limits(text, expected):
    assert count(text) == Segments(expected, "GSM-7", None)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("ç", 1),
        ("ç" * 70, 1),
        ("ç" * 71, 2),
        ("ç" * 134, 2),
        ("ç" * 135, 3),
        ("😀" * 35, 1),
        ("😀" * 36, 2),
        # 67 units hold 33 surrogate pairs.
        ("😀" * 66, 2),
        ("😀" * 67, 3),
        ("ç" * 66 + "😀" + "ç" * 65, 2),
        ("ç" * 66 + "😀" + "ç" * 66, 3),
    ],
)
def test_ucs2_limits(text, expected):
    assert count(text) == Segments(expected, "UCS-2", text[0])


@pytest.mark.parametrize("char", "çêâîôûëïœŒÀÈÊÙ«»’“”…–—°\u00a0\u202f`😀")
def test_a_character_outside_gsm_is_named(char):
    """It turns the whole message to UCS-2."""
    assert count(f"été à 5 € {char} puis ç") == Segments(1, "UCS-2", char)


@pytest.mark.parametrize("char", GSM + ESCAPED + "éèàùÉÇòìäöüñ")
def test_a_character_of_gsm_costs_no_encoding(char):
    assert count(char) == Segments(1, "GSM-7", None)


def units(part, encoding):
    if encoding == "GSM-7":
        return len(part) + sum(part.count(char) for char in ESCAPED)
    return len(part.encode("utf-16-be", "surrogatepass")) // 2


@given(gsm_texts | ucs2_texts)
def test_parts_are_the_text_and_fit(text):
    """Nothing is lost or cut: a part holds whole characters, within its units."""
    found, told = parts(text), count(text)
    assert "".join(found) == text
    assert told.count == len(found)
    assert (told.forced_by is None) == (told.encoding == "GSM-7")
    assert all(found)
    single, joined = (160, 153) if told.encoding == "GSM-7" else (70, 67)
    limit = single if len(found) == 1 else joined
    assert all(units(part, told.encoding) <= limit for part in found)


@given(gsm_texts | ucs2_texts)
def test_no_part_is_billed_in_vain(text):
    """A part ends only where the next character, whole, would not fit; one part is used whenever it can."""
    found, encoding = parts(text), count(text).encoding
    single, joined = (160, 153) if encoding == "GSM-7" else (70, 67)
    assert (len(found) <= 1) == (units(text, encoding) <= single)
    for part, following in itertools.pairwise(found):
        assert units(part, encoding) + units(following[0], encoding) > joined


@given(gsm_texts, st.sampled_from(GSM + ESCAPED))
def test_a_longer_text_never_costs_less(text, char):
    assert count(text + char).count >= count(text).count
