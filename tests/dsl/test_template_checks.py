"""Templates against scenarios, catalog and law: what is said, and where."""

import re
from pathlib import Path

import pytest

from dsl.compiler import compile_project

ROOT = Path(__file__).parents[2]

CATALOG = """\
brand: { name: Maison Verte, legal_sender: MV SAS, site: https://maison-verte.example, currency: EUR }
locales: [fr, en]
contact:
  email: { type: email, personal: true, purpose: contact }
  phone: { type: phone, personal: true, purpose: contact }
  first_name: { type: text, personal: true, purpose: contact }
computed:
  engagement: { type: number, is: "count(contact.subscribed, last 90 days)" }
events:
  contact.subscribed: { list: text }
topics:
  newsletter: { title: News, class: marketing, channels: [email, sms], default: opt_in }
  service: { title: Orders, class: transactional }
senders:
  email: { address: a@maison-verte.example, name: Maison Verte }
  sms: { from: MAISONVERTE, stop_number: "36180" }
"""
SCENARIO = """\
scenario: hello
title: Hello
owner: crm
topic: newsletter
trigger: { event: contact.subscribed }
entry: once
steps:
"""
MAIL = """\
---
subject: Bonjour
---
<mjml><mj-body><mj-section><mj-column>
<mj-text>%s <a href="{{ unsubscribe_url }}">x</a></mj-text>
</mj-column></mj-section></mj-body></mjml>
"""


@pytest.fixture
def check(tmp_path):
    """Compiles a project of these steps and templates; gives what is said of templates, one line each."""

    def check(steps, **templates):
        write(tmp_path / "scenarios/catalog.yaml", CATALOG)
        write(tmp_path / "scenarios/policy.yaml", "expires: 4 days\n")
        write(tmp_path / "scenarios/onboarding/hello.yaml", SCENARIO + steps)
        for name, text in templates.items():
            channel, locale, ending = name.split("_")
            write(tmp_path / f"templates/hi/{channel}.{locale}.{ending}", text)
        return [
            shown(each, tmp_path) for each in compile_project(tmp_path).diagnostics if each.code[1] == "6"
        ]

    return check


def write(path, text):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, "utf-8")


def shown(diagnostic, folder):
    line, column = diagnostic.file.position(diagnostic.span.start)
    marked = diagnostic.file.text[diagnostic.span.start : diagnostic.span.end]
    path = Path(diagnostic.file.path).relative_to(folder).as_posix()
    helped = f" ({diagnostic.help})" if diagnostic.help and "did you mean" in diagnostic.help else ""
    return f"{diagnostic.code} {path}:{line}:{column} {marked!r}: {diagnostic.message}{helped}"


def test_the_shipped_project_has_nothing_to_mend():
    assert compile_project(ROOT).diagnostics == ()


def test_a_whole_message_passes(check):
    assert check("  - email: hi\n", email_fr_mjml=MAIL % "Bonjour", email_en_mjml=MAIL % "Hello") == []


def test_a_message_that_is_not_there_and_one_nearly_so(check):
    mail = {"email_fr_mjml": MAIL % "a", "email_en_mjml": MAIL % "b"}
    assert check("  - email: hii\n  - sms: hi\n", **mail) == [
        "E610 scenarios/onboarding/hello.yaml:8:12 'hii': no template for email `hii` (did you mean `hi`?)",
        "E610 scenarios/onboarding/hello.yaml:9:10 'hi': no template for sms `hi`",
    ]


def test_a_locale_of_the_brand_that_is_not_written(check):
    assert check("  - email: hi\n", email_fr_mjml=MAIL % "Bonjour") == [
        "E611 scenarios/onboarding/hello.yaml:8:12 'hi': `hi` has no email in `en`"
    ]


def test_attributes_that_there_are_not_and_those_that_are_not_stored(check):
    french = MAIL % "{% if contact.frist_name %}{{ contact.engagement }}{% endif %}"
    english = MAIL % "{{ brand.nam }} {{ confirm_url('newsleter') }}"
    assert check("  - email: hi\n", email_fr_mjml=french, email_en_mjml=english) == [
        "E613 templates/hi/email.en.mjml:5:19 'nam': no `nam` in `brand` (did you mean `name`?)",
        (
            "E617 templates/hi/email.en.mjml:5:29 'confirm_url': no topic `newsleter` to confirm"
            " (did you mean `newsletter`?)"
        ),
        (
            "E613 templates/hi/email.fr.mjml:5:24 'frist_name': no `frist_name` in `contact`"
            " (did you mean `first_name`?)"
        ),
        (
            "E616 templates/hi/email.fr.mjml:5:40 'contact.engagement': `contact.engagement` is computed,"
            " and templates only see what is stored"
        ),
    ]


def test_what_may_be_unknown_is_guarded_or_warned_about(check):
    french = MAIL % "Bonjour {{ contact.first_name }}"
    english = MAIL % "Hello {{ contact.first_name|default('you') }}"
    assert check("  - email: hi\n", email_fr_mjml=french, email_en_mjml=english) == [
        (
            "W618 templates/hi/email.fr.mjml:5:21 'contact.first_name': `contact.first_name` may be unknown,"
            " and nothing is printed then"
        )
    ]


def test_what_the_step_gives_and_what_the_template_takes(check):
    steps = "  - email: hi\n    with: { colour: text, codes: 3 }\n".replace("text", '"red"')
    text = MAIL % "{{ color }} {{ colour }}"
    assert check(steps, email_fr_mjml=text, email_en_mjml=text) == [
        "W619 scenarios/onboarding/hello.yaml:9:28 'codes': `hi` does not use `codes`",
        "E612 templates/hi/email.en.mjml:5:13 'color': `color` is not given to `hi` (did you mean `colour`?)",
        "E612 templates/hi/email.fr.mjml:5:13 'color': `color` is not given to `hi` (did you mean `colour`?)",
    ]


def test_what_every_language_asks_for_was_forgotten_by_the_step(check):
    """One cause is one mistake, at the place where it is mended."""
    text = MAIL % "{{ code }} {{ code }}"
    assert check("  - email: hi\n", email_fr_mjml=text, email_en_mjml=text) == [
        "E612 scenarios/onboarding/hello.yaml:8:12 'hi': `hi` needs `code`, which this step does not give"
    ]


def test_what_one_language_asks_for_is_wrong_in_that_template(check):
    """Each name is told once a file, however often it is printed."""
    assert check(
        "  - email: hi\n", email_fr_mjml=MAIL % "{{ code }} {{ code }}", email_en_mjml=MAIL % ""
    ) == ["E612 templates/hi/email.fr.mjml:5:13 'code': `code` is not given to `hi`"]


def test_marketing_has_a_way_out_in_each_part(check):
    bare = (MAIL % "a").replace("unsubscribe_url", "preferences_url")
    found = check(
        "  - email: hi\n  - sms: hi\n",
        email_fr_mjml=bare,
        email_en_mjml=MAIL % "b",
        email_en_txt="Hello",
        sms_fr_txt="Bonjour",
        sms_en_txt="Hello {{ stop_mention }}",
    )
    assert found == [
        "E614 templates/hi/email.en.txt:1:1 'H': a marketing text part without an unsubscribe link",
        "E614 templates/hi/email.fr.mjml:1:1 '-': a marketing email without an unsubscribe link",
        "E615 templates/hi/sms.fr.txt:1:7 'r': a marketing SMS without its STOP mention",
    ]


def test_transactional_messages_need_no_way_out(check):
    text = "Votre commande est prete"
    assert check("  - sms: hi\n    topic: service\n", sms_fr_txt=text, sms_en_txt=text) == []


def test_what_mjml_makes_no_page_of(check):
    broken = "---\nsubject: a\n---\n<mjml><mj-bdy></mj-bdy></mjml>\n"
    assert check(
        "  - sms: hi\n",
        email_fr_mjml=broken,
        sms_fr_txt="{{ stop_mention }}",
        sms_en_txt="{{ stop_mention }}",
    ) == ["E608 templates/hi/email.fr.mjml:4:7 '<mj-bdy': MJML makes no page of this"]


def test_a_mistake_of_a_shared_partial_is_said_once(check, tmp_path):
    write(tmp_path / "templates/_brand/foot.mjml", "<mj-text>{{ contact.frist_name }}</mj-text>")
    text = (MAIL % "a").replace("</mj-column>", '<mj-include path="_brand/foot.mjml" /></mj-column>')
    assert check("  - email: hi\n", email_fr_mjml=text, email_en_mjml=text) == [
        (
            "E613 templates/_brand/foot.mjml:1:21 'frist_name': no `frist_name` in `contact`"
            " (did you mean `first_name`?)"
        )
    ]


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
