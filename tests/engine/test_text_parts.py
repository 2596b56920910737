"""The text part made from a template once says what would be made from each rendered page."""

import pytest

from engine.mail_parts import plain_text, rewrite_links
from engine.template_sandbox import render
from engine.text_parts import finished, text_template, with_links_alike

PAGES = {
    "values": "<p>Hello {{ name }},</p><p>welcome to <b>{{ brand }}</b>.</p>",
    "a condition around a box": "<p>One</p>{% if many %}<div>Two</div>{% endif %}<p>Three</p>",
    "a condition within a line": "<p>Hello{% if many %}, {{ name }}{% endif %}.</p>",
    "a loop over boxes": (
        "<table role='presentation'>{% for x in items %}<tr><td>{{ x }}</td></tr>{% endfor %}</table>"
    ),
    "a list": "<ul>{% for x in items %}<li>{{ x }}</li>{% endfor %}</ul>",
    "links": '<p><a href="https://mv.example/{{ brand }}?a=1&amp;b=2" style="x">{{ name }}</a></p>',
    "a link without words": '<p><a href="https://mv.example"><img alt="{{ name }}" src="x"></a></p>',
    "a link that all share": '<p><a href="https://mv.example/a?b=1&amp;c">Our\n <b>pot</b></a></p>',
    "a link that is its own label": '<p><a href="https://mv.example/a">https://mv.example/a</a></p>',
    "a link in a loop": '<div>{% for x in items %}<a href="https://mv.example">more</a>{% endfor %}</div>',
    "a link that is no web link": '<p><a href="mailto:a@mv.example">write</a></p>',
    "what is not shown": "<head><title>{{ name }}</title></head><body><p>A</p><!-- {{ name }} --></body>",
    "a remark": "<p>A{# not said #}B</p>",
    "entities": "<p>5 &lt; 6 &amp; {{ name }}&nbsp;!</p>",
}
UNTOLD = {
    "a table of data": "<table><tr><td>{{ name }}</td><td>2</td></tr></table>",
    "a numbered list": "<ol>{% for x in items %}<li>{{ x }}</li>{% endfor %}</ol>",
    "a condition within a tag": "<p {% if many %}hidden{% endif %}>A</p>",
    "a style that depends": '<p style="display: {{ name }}">A</p>',
    "a name that is set out of sight": "<head>{% set x = 1 %}</head><p>{{ x }}</p>",
    "a block that ends out of sight": "<head>{% if many %}</head><p>{{ name }}{% endif %}</p>",
    "signs of Jinja2 as text": "<p>{% raw %}{{ name }}{% endraw %}</p>",
    "signs of Jinja2 as entities": "<p>&#123;&#123; name }}</p>",
    "marks of ours": "<p>\ue000{{ name }}</p>",
}
NAMES = {
    "plain": {"name": "Ada", "brand": "Maison", "many": True, "items": ["olive", "pot"]},
    "odd": {"name": "Zoé <b> & \n  x\xa0é", "brand": "M", "many": False, "items": []},
}


def _outward(url: str) -> str:
    return f"{url}#told"


@pytest.mark.parametrize("names", NAMES.values(), ids=NAMES)
@pytest.mark.parametrize("page", PAGES.values(), ids=PAGES)
def test_it_says_what_the_rendered_page_says(page: str, names: dict[str, object]) -> None:
    template = text_template(page)
    assert template is not None
    text = finished(render(template, names, "x", escape=False, one_line=True), _outward)
    assert text == plain_text(rewrite_links(render(page, names, "x", escape=True), _outward))


@pytest.mark.parametrize("names", NAMES.values(), ids=NAMES)
@pytest.mark.parametrize("page", PAGES.values(), ids=PAGES)
def test_links_that_are_the_same_for_all_may_be_written_before(page: str, names: dict[str, object]) -> None:
    template = text_template(page)
    assert template is not None
    before = with_links_alike(template, _outward)
    texts = [render(each, names, "x", escape=False, one_line=True) for each in (template, before)]
    assert finished(texts[1], _outward) == finished(texts[0], _outward)


def test_a_link_that_is_the_same_for_all_is_written_once() -> None:
    template = text_template(PAGES["a link that all share"])
    assert with_links_alike(template or "", _outward).strip().endswith("https://mv.example/a?b=1&c#told")


@pytest.mark.parametrize("page", UNTOLD.values(), ids=UNTOLD)
def test_what_only_the_rendered_page_tells_is_left_to_it(page: str) -> None:
    assert text_template(page) is None


def test_a_name_cannot_pass_for_a_mark():
    """Who signs up with the signs that mark links neither makes one nor breaks the one beside it."""
    template = text_template('<p>Hello <a href="https://mv.example">{{ name }}</a></p>')
    name = "\ue004Ann\ue002shop\ue003https://evil.example\ue004"
    text = finished(render(template, {"name": name}, "m1", escape=False, one_line=True), str.upper)
    assert text == "Hello Annshophttps://evil.example: HTTPS://MV.EXAMPLE\n"
