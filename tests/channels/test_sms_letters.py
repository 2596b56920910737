"""An SMS in the letters of GSM-7: what is dear is changed, and nothing else."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels.sms_letters import with_gsm_letters
from channels.sms_segments import count


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("Été, à Nîmes : où est le garçon ?", "Été, à Nimes : où est le garcon ?"),
        ("Fête de l’été : -20 % sur les œufs…", "Fete de l'été : -20 % sur les oeufs..."),
        ("« Bientôt » – à Noël — chez vous", '"Bientot" - à Noel - chez vous'),
        ("« Bientôt »", '"Bientot"'),
        ("ÀÈÊÙ Ç É", "AEEU Ç É"),
        ("prix\u00a0: 10\u202f€", "prix : 10 €"),
        ("naïve façade", "naive facade"),
        ("Bravo 🎉", "Bravo 🎉"),
        ("", ""),
    ],
)
def test_what_french_needs_is_written_with_what_there_is(text, written):
    """`é è à ù Ç` stay, since GSM-7 has them; an emoji stays, since nothing is like it."""
    assert with_gsm_letters(text) == written


@given(st.text(alphabet="aàâäbcçdeéèêëfiîïoôöuùûüœŒÇÉÀ «»’…–\u00a0\u202f🎉€^", max_size=80))
def test_it_never_costs_more_letters_than_it_saves(text):
    """The same again is the same; what was in GSM-7 is not touched; an emoji alone still makes it dear."""
    written = with_gsm_letters(text)
    assert with_gsm_letters(written) == written
    assert (count(written).encoding == "UCS-2") == ("🎉" in text)
    assert count(written).count <= count(text).count


@given(st.text(max_size=60))
def test_any_text_has_an_answer(text):
    if count(text).encoding == "GSM-7":
        assert with_gsm_letters(text) == text
