"""What mail programs, filters and operators make of messages: told before anybody gets them."""

import re

import pytest

from dsl.compiler import compile_project
from tests.dsl.template_project import CATALOG, MAIL, write


def page(inside, head="subject: Bonjour"):
    """A mail that has everything, with this in it."""
    return (
        f"---\n{head}\n---\n<mjml><mj-body><mj-section><mj-column>\n{inside}\n"
        '<mj-text><a href="{{ unsubscribe_url }}">x</a></mj-text>\n'
        "</mj-column></mj-section></mj-body></mjml>\n"
    )


@pytest.mark.parametrize(
    ("inside", "said"),
    [
        (
            '<mj-image src="https://x.example/a.png" />',
            ["W620:1: a picture without a text for who does not see it"],
        ),
        ('<mj-image src="https://x.example/a.png" alt="A ficus" />', []),
        ('<mj-text><img src="https://x.example/a.png" alt=""></mj-text>', []),
        (
            '<mj-button href="http://maison-verte.example/a">A</mj-button>',
            ["W624:18: a link that is not encrypted"],
        ),
        (
            "<mj-button href=\"{{ link('shop', 'http://x.example') }}\">A</mj-button>",
            ["W624:35: a link that is not encrypted"],
        ),
        ("<mj-button href=\"{{ link('shop', 'https://x.example') }}\">A</mj-button>", []),
        ("<mj-text><!-- <img src='http://x.example'> --></mj-text>", []),
        (
            '<mj-button href="https://bit.ly/3x">A</mj-button>',
            ["W622:18: a link behind `bit.ly`"],
        ),
        (
            '<mj-text><form action="https://x.example"></form></mj-text>',
            ["W622:10: `<form>` in an email"],
        ),
        (
            '<mj-text><a href="https://evil.example/a">www.bank.example</a></mj-text>',
            ["W622:43: a link that says `www.bank.example` and leads to `evil.example`"],
        ),
        ('<mj-text><a href="https://www.x.example/a">x.example</a></mj-text>', []),
        ('<mj-text><a href="{{ brand.site }}">x.example</a></mj-text>', []),
    ],
)  # fmt: skip
def test_what_mail_programs_and_filters_make_of_it(check, inside, said):
    """Each doubt at its place, and none where there is nothing to doubt."""
    found = check("  - email: hi\n", email_fr_mjml=page(inside), email_en_mjml=page(""))
    places = [re.fullmatch(r"(\w+) templates/hi/email.fr.mjml:5:(\d+) .*['\"]: (.*)", each) for each in found]
    assert [f"{place[1]}:{place[2]}: {place[3]}" for place in places if place] == said


@pytest.mark.parametrize(
    ("subject", "said"),
    [
        ("x" * 70, None),
        ("x" * 71, "W621: a subject of up to 71 characters"),
        ("x" * 60 + "{{ contact.first_name|default('you') }}", None),
        ("x" * 61 + "{{ contact.first_name|default('you') }}", "W621: a subject of up to 71 characters"),
        ("{% if contact.first_name %}" + "x" * 69 + "{% else %}" + "y" * 70 + "{% endif %}", None),
        ("DERNIERS JOURS", "W622: a subject in capitals"),
        ("MV: OK", None),
        ("Bonjour !", None),
        ("Soldes !!!", "W622: `!!!` in a subject"),
        ("Des €€€ pour vous", "W622: `€€€` in a subject"),
    ],
)
def test_what_inboxes_and_filters_make_of_a_subject(check, subject, said):
    """The longest way through it is what counts."""
    templates = {"email_fr_mjml": page("", f'subject: "{subject}"'), "email_en_mjml": page("")}
    found = [
        each[:4] + ": " + re.split("['\"]: ", each)[-1] for each in check("  - email: hi\n", **templates)
    ]
    assert found == ([said] if said else [])


def test_a_mail_that_gmail_clips_is_told_before_it_leaves(check):
    """102 kB of the HTML that MJML makes; a word less is fine."""
    (said,) = check(
        "  - email: hi\n", email_fr_mjml=page("<mj-text>x</mj-text>" * 900), email_en_mjml=page("")
    )
    assert said.startswith("W623 templates/hi/email.fr.mjml:1:1")
    assert "of which Gmail shows 102" in said
    assert check("  - email: hi\n", email_fr_mjml=page("<mj-text>x</mj-text>" * 20)) == []


def test_an_sms_leads_nowhere_unencrypted(check):
    texts = {"sms_fr_txt": "Voir http://x.example {{ stop_mention }}", "sms_en_txt": "x {{ stop_mention }}"}
    (said,) = check("  - sms: hi\n", **texts)
    assert said.startswith("W624 templates/hi/sms.fr.txt:1:6 'http://x.example'")


def test_a_doubt_about_a_partial_is_told_once(check, tmp_path):
    write(tmp_path / "templates/_brand/art.mjml", '<mj-image src="https://x.example/a.png" />')
    mail = page('<mj-include path="_brand/art.mjml" />')
    (said,) = check("  - email: hi\n", email_fr_mjml=mail, email_en_mjml=mail)
    assert said.startswith("W620 templates/_brand/art.mjml:1:1")


@pytest.mark.parametrize(
    ("sender", "steps", "said"),
    [
        ("{ from: MV }", "  - sms: hi\n", "E710"),
        ("{ from: MV }", "  - sms: hi\n    topic: service\n", None),
        ('{ from: MV, stop_number: "36180" }', "  - sms: hi\n", None),
        ('{ from: "36180" }', "  - sms: hi\n", None),
        ('{ from: "06 39 98 00 01" }', "  - sms: hi\n", "W711"),
        ('{ from: "+33639980001" }', "  - sms: hi\n    topic: service\n", None),
        ('{ from: "+32470000000" }', "  - sms: hi\n", None),
        ("{ from: MV }", "  - email: hi\n", None),
    ],
)
def test_who_gets_an_sms_can_answer_stop(check, tmp_path, sender, steps, said):
    """What is sent decides: a transactional SMS needs no way out, a sender that nothing uses is no matter."""
    text = "x {{ stop_mention }}"
    check(steps, sms_fr_txt=text, sms_en_txt=text, email_fr_mjml=MAIL % "a", email_en_mjml=MAIL % "a")
    catalog = CATALOG.replace('{ from: MAISONVERTE, stop_number: "36180" }', sender)
    write(tmp_path / "scenarios/catalog.yaml", catalog)
    codes = {each.code for each in compile_project(tmp_path).diagnostics} & {"E710", "W711"}
    assert codes == ({said} if said else set())
