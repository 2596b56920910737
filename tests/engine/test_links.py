"""Signed links: what they grant, and that nobody else can make one."""

from base64 import urlsafe_b64decode

import pytest

from engine.links import BadToken, Grant, Links, with_utm

LINKS = Links("https://mail.maison-verte.example/", ["newest-secret"])


def token_of(url):
    return url.rsplit("/", 1)[1]


@pytest.mark.parametrize(
    ("url", "path", "grant"),
    [
        (
            LINKS.unsubscribe("c_42", "newsletter", "email", "m_1"),
            "/u/",
            Grant("unsubscribe", "c_42", "newsletter", "email", "m_1"),
        ),
        (LINKS.preferences("c_42"), "/p/", Grant("preferences", "c_42")),
        (LINKS.confirm("c_42", "newsletter"), "/k/", Grant("confirm", "c_42", "newsletter")),
        (
            LINKS.click("m_1", "https://maison-verte.example/a?b=é", "keep_me"),
            "/c/",
            Grant("click", message_uid="m_1", link="keep_me", url="https://maison-verte.example/a?b=é"),
        ),
        (
            LINKS.click("m_1", "https://maison-verte.example/"),
            "/c/",
            Grant("click", message_uid="m_1", url="https://maison-verte.example/"),
        ),
        (LINKS.open("m_1"), "/o/", Grant("open", message_uid="m_1")),
    ],
)
def test_a_link_is_read_back_as_what_it_was_made_for(url, path, grant):
    assert url.startswith(f"https://mail.maison-verte.example{path}")
    assert LINKS.read(token_of(url)) == grant


def test_an_altered_token_is_refused_wherever_it_is_altered():
    token = token_of(LINKS.unsubscribe("c_42", "newsletter", "email", "m_1"))
    for place in range(len(token) - 1):
        other = "A" if token[place] != "A" else "B"
        with pytest.raises(BadToken):
            LINKS.read(token[:place] + other + token[place + 1 :])


@pytest.mark.parametrize("token", ["", "x", "été", "AAAA", "a" * 500, "%00", "../../etc/passwd"])
def test_what_is_no_token_is_refused_in_the_same_words(token):
    with pytest.raises(BadToken, match=r"^not a link of ours$"):
        LINKS.read(token)


def test_a_key_that_was_rotated_out_of_first_place_still_verifies():
    old = Links("https://m.example", ["old"])
    both = Links("https://m.example", ["new", "old"])
    assert both.read(token_of(old.preferences("c_1"))).contact_id == "c_1"
    with pytest.raises(BadToken):
        old.read(token_of(both.preferences("c_1")))


def test_a_token_of_another_purpose_cannot_be_passed_off():
    """The purpose is inside what is signed, so that an open pixel never unsubscribes anybody."""
    assert LINKS.read(token_of(LINKS.open("m_1"))).purpose == "open"


def test_a_token_holds_ids_and_nothing_else():
    raw = urlsafe_b64decode(token_of(LINKS.unsubscribe("c_42", "newsletter", "email", "m_1")) + "==")
    assert raw[17:].split(b"\x1f") == [b"u", b"c_42", b"newsletter", b"email", b"m_1"]


def test_an_unsubscribe_link_is_short_enough_for_one_header_line():
    """RFC 5322 folds at 998 characters, and folded List-Unsubscribe headers have broken DKIM signatures."""
    assert len(LINKS.unsubscribe("c_" + "4" * 30, "newsletter", "email", "m" * 36)) < 250


@pytest.mark.parametrize("url", ["javascript:alert(1)", "mailto:a@b.example", "//evil.example", "https://"])
def test_only_web_addresses_can_be_tracked(url):
    with pytest.raises(ValueError, match="only http"):
        LINKS.click("m_1", url)


@pytest.mark.parametrize(
    ("public_url", "keys"), [("mail.example", ["k"]), ("https://m.example", []), ("https://m.example", [""])]
)
def test_links_without_a_key_or_an_address_are_refused_at_the_start(public_url, keys):
    with pytest.raises(ValueError, match=r"https|secret key"):
        Links(public_url, keys)


def test_own_links_are_known_so_that_they_are_not_wrapped_twice():
    assert LINKS.is_own(LINKS.preferences("c_1"))
    assert not LINKS.is_own("https://maison-verte.example/p/plants")


def test_utm_parameters_are_added_and_those_of_the_author_kept():
    url = with_utm(
        "https://maison-verte.example/soldes?page=2&utm_source=print#top",
        {"source": "relance", "campaign": "welcome", "content": ""},
    )
    assert url == "https://maison-verte.example/soldes?page=2&utm_source=print&utm_campaign=welcome#top"
