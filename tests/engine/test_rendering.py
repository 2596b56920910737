"""Templates rendered for a person: locale, data, links, tracking, and what a template may not do."""

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from dsl.values import Money
from engine.rendering import Renderer
from engine.template_sandbox import Unrenderable
from tests.engine.drafts import DRAFT, LINKS, WORLD


@pytest.fixture
def write(tmp_path):
    """Writes template files, and gives the renderer of their folder."""

    def write(**texts):
        for name, text in texts.items():
            path = tmp_path / "hello" / name.replace("__", ".")
            path.parent.mkdir(exist_ok=True)
            path.write_text(text, "utf-8")
        return Renderer(tmp_path, LINKS)

    return write


def sms(write, text, draft=DRAFT, **data):
    return write(sms__fr__txt=text).sms(replace(draft, **data), WORLD).body


def mail(write, body, draft=DRAFT, head="subject: Bonjour", **data):
    renderer = write(email__fr__html=f"---\n{head}\n---\n{body}")
    return renderer.email(replace(draft, **data), WORLD)


def test_what_is_unknown_prints_nothing_and_default_replaces_it(write):
    assert sms(write, "Bonjour {{ contact.first_name }}!") == "Bonjour !"
    assert sms(write, "Bonjour {{ contact.first_name|default('vous') }}!") == "Bonjour vous!"
    assert sms(write, "{% if contact.tier %}a{% else %}b{% endif %}") == "b"
    assert sms(write, "Bonjour {{ contact.first_name|title }}!") == "Bonjour !"
    assert sms(write, "{{ 'Bonjour ' ~ contact.first_name ~ '!' }}") == "Bonjour !"
    assert sms(write, "{% if contact.points > 100 %}a{% else %}b{% endif %}") == "b"


@pytest.mark.parametrize(
    "text", ["{{ contact.frist_name }}", "{{ code }}", "{{ contact.tier.x }}", "{% if code %}{% endif %}"]
)
def test_a_name_that_there_is_not_stops_the_message(write, text):
    with pytest.raises(Unrenderable, match=r"templates?/hello/sms\.fr\.txt"):
        sms(write, text)


def test_a_loop_that_nests_elements_without_end_stops_the_message(write):
    """What puts styles inline reads them by recursion, and would end the worker."""
    with pytest.raises(Unrenderable, match="elements are nested over 100 levels deep"):
        mail(write, "{% for each in list %}<div>{% endfor %}", variables={"list": list(range(9_000))})


def test_a_failure_never_quotes_the_person(write):
    with pytest.raises(Unrenderable) as failure:
        sms(write, "{{ contact.first_name|round }}", attributes={"first_name": "Camille"})
    assert "Camille" not in str(failure.value)
    assert failure.value.__cause__ is None


@pytest.mark.parametrize(
    "text",
    [
        "{{ 'a' * 1000000000 }}",
        "{{ 2 ** 100000000 }}",
        "{{ '%0999999999d' % 1 }}",
        "{% for i in range(1000000000) %}{% endfor %}",
        "{{ 'a'.ljust(1000000000) }}",
        "{{ contact.__class__.__mro__ }}",
        "{{ link.__globals__ }}",
        "{{ ''.join(['a', 'b']) }}",
        "{{ 'a'|center(1000000000) }}",
        "{{ 'tomorrow'|date }}",
        "{{ 'much'|money }}",
        "{% macro again() %}{{ again() }}{% endmacro %}{{ again() }}",
    ],
)
def test_a_template_can_neither_reach_out_nor_work_for_ever(write, text):
    with pytest.raises(Unrenderable):
        sms(write, text)


def test_endless_output_is_cut_off(write):
    lines = tuple({"sku": "x" * 1000} for _ in range(1000))
    with pytest.raises(Unrenderable, match="characters"):
        sms(write, "{% for line in items %}{{ line.sku }}{% endfor %}", variables={"items": lines})


def test_fields_win_over_the_methods_of_a_mapping(write):
    assert sms(write, "{{ order.items }}", variables={"order": {"items": "two"}}) == "two"


def test_data_is_escaped_in_html_and_not_in_text(write):
    name = "<b>Zoé & fils</b>"
    page = mail(write, "<p>{{ contact.first_name }}</p>", attributes={"first_name": name}).html
    assert "&lt;b&gt;Zoé &amp; fils&lt;/b&gt;" in page
    assert sms(write, "{{ contact.first_name }}", attributes={"first_name": name}) == name


def test_a_subject_cannot_begin_another_header(write):
    found = mail(
        write,
        "x",
        head='subject: "Bonjour {{ contact.first_name }}"',
        attributes={"first_name": "A\r\nBcc: b@x.example\u2028\x00"},
    )
    assert found.subject == "Bonjour A Bcc: b@x.example"


@pytest.mark.parametrize(
    ("locale", "expected"),
    [
        ("fr", "1\u202f234,50\u00a0€ 39\u00a0€ 22 novembre 2026 1,5 10:30"),
        ("en-GB", "€1,234.50 €39 22 November 2026 1.5 10:30"),
        ("en", "€1,234.50 €39 November 22, 2026 1.5 10:30\u202fAM"),
    ],
)
def test_values_are_written_as_the_person_reads_them(write, locale, expected):
    text = "{{ total }} {{ 39|money }} {{ day|date }} {{ rate }} {{ at|time }}"
    renderer = write(sms__fr__txt=text, sms__en__txt=text)
    variables = {
        "total": Money(Decimal("1234.5"), "EUR"),
        "day": date(2026, 11, 22),
        "rate": Decimal("1.5"),
        "at": datetime(2026, 11, 22, 9, 30, tzinfo=UTC),
    }
    draft = replace(DRAFT, locale=locale, zone="Europe/Paris", variables=variables)
    assert renderer.sms(draft, WORLD).body == expected


def test_a_day_can_be_written_by_a_pattern(write):
    assert sms(write, "{{ day|date('d MMMM') }}", variables={"day": date(2026, 3, 8)}) == "8 mars"


def test_a_record_is_never_printed_as_python_holds_it(write):
    with pytest.raises(Unrenderable):
        sms(write, "{{ contact }}")


def test_the_locale_falls_back_to_the_brands_first(write):
    renderer = write(sms__fr__txt="bonjour")
    assert renderer.sms(replace(DRAFT, locale="nl"), WORLD).locale == "fr"


def test_a_byte_order_mark_is_no_part_of_a_template(write):
    """Editors of Windows write it; the head behind it is read all the same, as by the check."""
    renderer = write(email__fr__html="\ufeff---\nsubject: Bonjour\n---\n<p>Ici</p>", sms__fr__txt="\ufeffIci")
    letter = renderer.email(DRAFT, WORLD)
    assert (letter.subject, "subject" in letter.html) == ("Bonjour", False)
    assert renderer.sms(DRAFT, WORLD).body == "Ici"


def test_a_template_that_is_no_text_stops_the_message(write, tmp_path):
    """It is named with the remedy, and what is written next is looked at again."""
    renderer = write(sms__fr__txt="Ici")
    (tmp_path / "hello" / "sms.fr.txt").write_bytes(b"No\xebl")
    with pytest.raises(Unrenderable, match=r"sms\.fr\.txt: the file is not UTF-8; save it as UTF-8"):
        renderer.sms(DRAFT, WORLD)
    assert sms(write, "Noël") == "Noël"


def test_a_missing_template_names_the_file_to_write(write):
    with pytest.raises(Unrenderable, match=r"write .*/hello/email\.fr\.\*"):
        write(sms__fr__txt="x").email(DRAFT, WORLD)


@pytest.mark.parametrize(
    ("locale", "sender", "mention"),
    [("fr", None, "STOP au 36180"), ("en", None, "STOP to 36180"), ("fr", "short", "STOP en retour")],
)
def test_the_stop_mention_follows_sender_and_language(write, locale, sender, mention):
    renderer = write(sms__fr__txt="{{ stop_mention }}", sms__en__txt="{{ stop_mention }}")
    assert renderer.sms(replace(DRAFT, locale=locale, sender=sender), WORLD).body == mention


def test_links_to_the_brands_site_carry_the_campaign_and_others_do_not(write):
    page = mail(
        write,
        '<a href="https://www.maison-verte.example/a?b=1">a</a> <a href="https://other.example/">b</a> '
        '<a href="mailto:x@maison-verte.example">c</a>',
    ).html
    assert "a?b=1&amp;utm_source=relance&amp;utm_campaign=welcome&amp;utm_content=first" in page
    assert 'href="https://other.example/"' in page
    assert 'href="mailto:x@maison-verte.example"' in page


def test_clicks_and_opens_are_tracked_only_for_those_who_agreed(write):
    body = '<body><a href="https://maison-verte.example/a">a</a><a href="{{ unsubscribe_url }}">u</a></body>'
    untracked = mail(write, body)
    assert "/c/" not in untracked.html
    assert "/o/" not in untracked.html
    tracked = mail(write, body, track_clicks=True, track_opens=True)
    assert LINKS.open("m_1") in tracked.html
    assert (
        LINKS.click(
            "m_1", "https://maison-verte.example/a?utm_source=relance&utm_campaign=welcome&utm_content=first"
        )
        in tracked.html
    )
    assert f'href="{LINKS.unsubscribe("c_1", "newsletter", "email", "m_1")}"' in tracked.html
    assert "/o/" not in tracked.text


def test_a_link_can_be_named_so_that_a_click_on_it_can_be_asked_for(write):
    found = mail(
        write, """<a href="{{ link('keep_me', 'https://other.example/') }}">a</a>""", track_clicks=True
    )
    token = found.html.split("/c/")[1].split('"')[0]
    grant = LINKS.read(token)
    assert (grant.link, grant.url, grant.message_uid) == ("keep_me", "https://other.example/", "m_1")


def test_confirmation_is_signed_for_the_person_and_topic(write):
    url = sms(write, "{{ confirm_url('newsletter') }}")
    assert LINKS.read(url.rsplit("/", 1)[1]).contact_id == "c_1"


def test_the_text_part_holds_what_is_seen_and_its_links(write):
    found = mail(
        write,
        "<head><style>p { color: red }</style><title>x</title></head><body>"
        '<div style="display:none">preview</div><p>Bonjour&nbsp;!</p>'
        '<table><tr><td><a href="https://other.example/a">Voir</a></td></tr></table></body>',
    )
    assert found.text == "Bonjour !\n\nVoir: https://other.example/a\n"


def test_a_written_text_part_replaces_the_derived_one(write):
    renderer = write(
        email__fr__html="---\nsubject: s\n---\n<p>a</p>", email__fr__txt="Texte {{ unsubscribe_url }}"
    )
    assert renderer.email(DRAFT, WORLD).text.startswith("Texte https://mail.maison-verte.example/u/")


def test_transactional_mail_has_no_unsubscribe_header(write):
    assert mail(write, "x", message_class="transactional").unsubscribe_url is None
    assert LINKS.read(mail(write, "x").unsubscribe_url.rsplit("/", 1)[1]).purpose == "unsubscribe"


def test_styles_of_an_html_template_are_put_inline(write):
    page = mail(write, "<style>p { color: red }</style><p>x</p>").html
    assert '<p style="color: red;">' in page


def test_an_edited_template_is_seen_at_once(write, tmp_path):
    renderer = write(sms__fr__txt="first")
    assert renderer.sms(DRAFT, WORLD).body == "first"
    write(sms__fr__txt="second one")
    assert renderer.sms(DRAFT, WORLD).body == "second one"


def test_the_hash_tells_contents_apart(write):
    renderer = write(sms__fr__txt="a {{ contact.first_name }}")
    hashes = {
        renderer.sms(replace(DRAFT, attributes={"first_name": n}), WORLD).content_hash
        for n in ("A", "B", "A")
    }
    assert len(hashes) == 2


def test_broken_mjml_is_named_and_not_sent(write):
    with pytest.raises(Unrenderable, match=r"email\.fr\.mjml: MJML"):
        write(email__fr__mjml="---\nsubject: s\n---\n<mjml><mj-body></mjml>").email(DRAFT, WORLD)
