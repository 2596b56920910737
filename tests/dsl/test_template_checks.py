"""Templates against scenarios, catalog and law: what is said, and where."""

from pathlib import Path

import pytest

from dsl.compiler import compile_project
from tests.dsl.template_project import MAIL, write

ROOT = Path(__file__).parents[2]


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


@pytest.mark.parametrize(
    ("text", "is_told"),
    [
        ("{{ 'Bonjour ' ~ contact.first_name }}", True),
        ("{{ contact.first_name + '!' }}", True),
        ("{{ contact.first_name|title }}", True),
        ("{{ 'Bonjour N'|replace('N', contact.first_name) }}", True),
        ("{{ 'Bonjour ' ~ (contact.first_name or 'vous') }}", False),
        ("{{ 'Bonjour ' ~ contact.first_name|title|default('vous') }}", False),
        ("{% if contact.first_name > 'M' %}{{ 'Bonjour ' ~ contact.first_name }}{% endif %}", False),
        ("{{ 'a' if contact.first_name > 'M' else 'b' }}", False),
    ],
)
def test_what_prints_nothing_is_warned_about_within_a_text_too(check, text, is_told):
    found = check("  - email: hi\n", email_fr_mjml=MAIL % text, email_en_mjml=MAIL % "")
    assert ["W618" in each for each in found] == [True] * is_told


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
