"""The words of a reply, against an independent reading of the rule."""

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels.stop_words import read

STOP = [
    "STOP", "STOPALL", "UNSUBSCRIBE", "CANCEL", "END", "QUIT", "REVOKE", "OPTOUT", "OPT OUT", "REMOVE",
    "ARRET", "ARRETE", "ARRETER", "ARRETEZ", "DESABONNER", "DESABONNEMENT", "SE DESABONNER",
    "DESINSCRIRE", "DESINSCRIPTION", "SE DESINSCRIRE",
]  # fmt: skip
START = ["START", "UNSTOP", "YES", "OUI"]
HELP = ["HELP", "INFO", "AIDE", "CONTACT"]
FOLLOWERS = ["SMS", "PUB", "SVP", "MERCI", "PLEASE", "36180", "1"]
MEANING = dict.fromkeys(STOP, "stop") | dict.fromkeys(START, "start") | dict.fromkeys(HELP, "help")
ACCENTED = {"a": "àâä", "e": "éèêë", "i": "îï", "o": "ôö", "u": "ùûü", "c": "ç", "n": "ñ"}

separators = st.text(
    st.sampled_from(string.punctuation + string.whitespace + "…«»’\u00a0\u202f🛑"), max_size=4
)


@st.composite
def disguised(draw, word):
    """The same word in another case and with accents anywhere, spaces as any separators."""
    out = []
    for char in word.lower():
        if char == " ":
            out.append(draw(separators.filter(bool)))
            continue
        plain = draw(st.sampled_from(char + ACCENTED.get(char, "")))
        out.append(plain.upper() if draw(st.booleans()) else plain)
    return "".join(out)


@st.composite
def phrases(draw):
    """A phrase that has a meaning, and the meaning."""
    word = draw(st.sampled_from(sorted(MEANING)))
    said, intent = draw(disguised(word)), MEANING[word]
    if intent == "stop" and draw(st.booleans()):
        said += draw(separators.filter(bool)) + draw(disguised(draw(st.sampled_from(FOLLOWERS))))
    return draw(separators) + said + draw(separators), intent


@given(phrases())
def test_case_accents_and_punctuation_change_nothing(phrase):
    """Every word of the rule, in every dress."""
    said, intent = phrase
    assert read(said) == intent


@given(phrases(), st.sampled_from(["music", "bus", "not", "je", "x", "здесь", "我"]), st.booleans())
def test_a_word_more_makes_it_a_reply(phrase, extra, before):
    """A message is read as a whole."""
    said, _ = phrase
    assert read(f"{extra} {said}" if before else f"{said} {extra}") is None


@given(
    st.sampled_from(sorted(MEANING)), st.text(string.ascii_lowercase, min_size=1, max_size=3), st.booleans()
)
def test_a_letter_more_makes_it_a_reply(word, letters, before):
    """`nonstop` is no STOP, unless the longer word is of the rule itself."""
    longer = f"{letters}{word}" if before else f"{word}{letters}"
    assert read(longer) == MEANING.get(longer.upper())


@given(st.text() | phrases().map(lambda phrase: phrase[0]), separators, separators)
def test_what_stands_around_a_message_changes_nothing(text, before, after):
    """Whatever is typed, in any script."""
    assert read(f"{before}{text}{after}") == read(text)


@pytest.mark.parametrize(
    "said",
    [
        "STOP",
        "Stop.",
        "stop!!!",
        " stop\n",
        "arrêt",
        "ARRÊTEZ",
        "STOP PUB",
        "Stop sms",
        "STOP, merci",
        "stop svp",
        "stop please",
        "STOP 36180",
        "STOP36180",
        "STOP 3 61 80",
        "stop +33 6 12 34 56 78",
        "opt-out",
        "OPT OUT SMS",
        "se désabonner",
        "Désinscription svp",
        "ＳＴＯＰ",
        "stop 🛑",
        "ARRE\u0302T",
    ],
)
def test_these_stop(said):
    assert read(said) == "stop"


@pytest.mark.parametrize(
    "said",
    [
        "",
        " ",
        "🛑",
        "nonstop music",
        "où est votre arrêt de bus ?",
        "ne stop pas",
        "stop it",
        "STOP SMS MERCI",
        "STOP SMS 36180",
        "STOP au 36180",
        "stopsms",
        "s.t.o.p",
        "36180",
        "36180 STOP",
        "merci",
        "oui merci",
        "start sms",
        "aide 1",
        "fin",
        "yes!no",
        "стоп",
        "stop" * 400,
        "STOP " + "1" * 5000 + "x",
        "STOP " + "1 " * 5000 + "x",
    ],
)
def test_these_are_replies(said):
    """The last ones would take for ever if a number could be read in many ways."""
    assert read(said) is None


@pytest.mark.parametrize(
    ("said", "intent"), [("Oui !", "start"), ("UNSTOP", "start"), ("info?", "help"), ("Aide", "help")]
)
def test_starting_and_help(said, intent):
    assert read(said) == intent
