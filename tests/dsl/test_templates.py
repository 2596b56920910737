"""The templates folder read as data: names, locales, partials, and where each name stands."""

import pytest

from dsl.templates import expand, read_templates

HELLO = """---
subject: "Bonjour {{ contact.first_name|default('vous') }}"
preheader: Trois gestes
---
<mjml><mj-body>
  <mj-text>{% if contact.tier %}{{ contact.tier }}{% endif %} {{ contact.last_name }}</mj-text>
  <mj-include path="_brand/footer.mjml" />
</mj-body></mjml>
"""
FOOTER = '<mj-text><a href="{{ unsubscribe_url }}">Stop</a></mj-text>\n'


def read(**texts):
    return read_templates({name.replace("__", "/"): text for name, text in texts.items()})


def marked(file, span):
    line, column = file.position(span.start)
    return f"{file.path}:{line}:{column} {file.text[span.start : span.end]}"


def shown(diagnostic):
    return f"{diagnostic.code} {marked(diagnostic.file, diagnostic.span)} -> {diagnostic.message}"


def test_each_name_is_found_at_its_place_and_partials_count_as_the_template():
    found = read_templates({"hello/email.fr.mjml": HELLO, "_brand/footer.mjml": FOOTER})
    template = found.find("hello", "email", "fr", ())
    assert found.diagnostics == ()
    assert [marked(use.file, use.span) for use in template.uses] == [
        "templates/hello/email.fr.mjml:2:22 contact.first_name",
        "templates/hello/email.fr.mjml:6:18 contact.tier",
        "templates/hello/email.fr.mjml:6:36 contact.tier",
        "templates/hello/email.fr.mjml:6:66 contact.last_name",
        "templates/_brand/footer.mjml:1:22 unsubscribe_url",
    ]
    assert template.asks_for("unsubscribe_url")
    assert (template.subject.text, template.preheader.text) == (
        "Bonjour {{ contact.first_name|default('vous') }}",
        "Trois gestes",
    )


def test_only_what_no_condition_and_no_default_guards_is_bare():
    found = read_templates({"hello/email.fr.mjml": HELLO, "_brand/footer.mjml": FOOTER})
    bare = [use.name for use in found.find("hello", "email", "fr", ()).uses if use.bare]
    assert bare == ["contact.last_name", "unsubscribe_url"]


def test_names_of_loops_and_assignments_are_the_templates_own():
    found = read(
        **{
            "a__sms.fr.txt": "{% set n = total %}{% for line in items %}{{ line.sku }}{{ loop.index }}"
            "{% endfor %}{{ n }}"
        }
    )
    assert [use.name for use in found.find("a", "sms", "fr", ()).uses] == ["total", "items"]


@pytest.mark.parametrize(
    ("locale", "chosen"),
    [
        ("en", "en"),
        ("en-GB", "en"),
        ("en_GB", "en"),
        ("fr-CH", "fr-CH"),
        ("fr-BE", "fr"),
        ("nl", "fr"),
        (None, "fr"),
    ],
)
def test_the_nearest_locale_is_chosen(locale, chosen):
    found = read(**{"a__sms.fr.txt": "x", "a__sms.en.txt": "x", "a__sms.fr-CH.txt": "x"})
    assert found.find("a", "sms", locale, ("fr", "en")).locale == chosen


def test_a_message_that_is_not_there_is_none():
    found = read(**{"a__sms.de.txt": "x"})
    assert found.find("b", "sms", "fr", ("fr",)) is None
    assert found.find("a", "email", "fr", ("fr",)) is None
    assert found.find("a", "sms", "fr", ("fr", "en")) is None


def test_a_text_part_belongs_to_the_email_of_its_locale():
    found = read_templates(
        {
            "a/email.fr.mjml": "---\nsubject: s\n---\n<mjml></mjml>",
            "a/email.fr.txt": "Bonjour {{ contact.first_name }}",
        }
    )
    template = found.find("a", "email", "fr", ())
    assert template.plain.text.startswith("Bonjour")
    assert [use.name for use in template.plain_uses] == ["contact.first_name"]


@pytest.mark.parametrize(
    ("path", "text", "golden"),
    [
        ("Hello/mail.mjml", "", ["E601 templates/Hello/mail.mjml:1:1  -> not the name of a template"]),
        (
            "a/email.fr.mjml",
            "<mjml></mjml>",
            ["E607 templates/a/email.fr.mjml:1:1 < -> an email without a subject"],
        ),
        ("a/email.fr.txt", "x", ["E601 templates/a/email.fr.txt:1:1 x -> a text part without its email"]),
        (
            "a/email.fr.mjml",
            "---\nsubject: x\n",
            [
                "E602 templates/a/email.fr.mjml:1:1 --- -> the front matter has no end",
            ],
        ),
        (
            "a/email.fr.mjml",
            "---\nsubjet: x\n---\n",
            [
                "E602 templates/a/email.fr.mjml:2:1 subjet -> unknown key `subjet` in the front matter",
            ],
        ),
        (
            "a/email.fr.mjml",
            "---\nsubject: {{ x }}\n---\n",
            None,
        ),
        (
            "a/sms.fr.txt",
            "Bonjour\n  {{ x y }} là",
            ["E603 templates/a/sms.fr.txt:2:3 {{ x y }} là -> a mistake in `{{ }}` or `{% %}`"],
        ),
        (
            "a/sms.fr.txt",
            "{% include 'x' %}",
            ["E604 templates/a/sms.fr.txt:1:4 include -> templates do not use `{% include %}`"],
        ),
        (
            "a/sms.fr.txt",
            "é {{ total|momey }}",
            ["E605 templates/a/sms.fr.txt:1:12 momey -> no filter `momey`"],
        ),
        (
            "a/email.fr.mjml",
            '---\nsubject: x\n---\n<mj-include path="_brand/foot.mjml" />',
            ["E606 templates/a/email.fr.mjml:4:19 _brand/foot.mjml -> no partial `_brand/foot.mjml`"],
        ),
    ],
)
def test_a_mistake_in_a_file_is_shown_at_its_place(path, text, golden):
    diagnostics = read_templates({path: text, "_brand/footer.mjml": FOOTER}).diagnostics
    if golden is None:  # a flow mapping where a text was meant: said by the YAML reader, in its words
        assert diagnostics
        assert all(each.file.path.endswith(path) for each in diagnostics)
    else:
        assert [shown(each) for each in diagnostics] == golden


def test_a_filter_written_nearly_right_is_suggested():
    (diagnostic,) = read(**{"a__sms.fr.txt": "{{ total|momey }}"}).diagnostics
    assert diagnostic.help == "did you mean `money`?"


def test_partials_that_include_one_another_end_in_an_error():
    partials = read_templates({"_a/x.mjml": '<mj-include path="_a/x.mjml" /> more'}).partials
    with pytest.raises(ValueError, match="without end"):
        expand('<mj-include path="_a/x.mjml" />', partials)


def test_the_head_of_an_sms_says_its_letters():
    found = read(**{"a__sms.fr.txt": "---\nletters: gsm\n---\nFête\n", "b__sms.fr.txt": "Fête\n"})
    assert found.diagnostics == ()
    letters = [found.find(name, "sms", "fr", ()).letters for name in ("a", "b")]
    assert letters == ["gsm", "all"]
    assert found.find("a", "sms", "fr", ()).body.text == "Fête\n"


def test_letters_that_there_are_not_are_told_where_they_stand():
    found = read(**{"a__sms.fr.txt": "---\nletters: gsn\n---\nFête\n"})
    assert [shown(each) for each in found.diagnostics] == [
        "E602 templates/a/sms.fr.txt:2:10 gsn -> no letters `gsn`"
    ]
