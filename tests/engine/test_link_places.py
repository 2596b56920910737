"""Links marked in a template once leave as those found in each rendered page would."""

from html import unescape

import pytest

from engine.link_places import with_places
from engine.mail_parts import rewrite_links
from engine.template_formats import OUTWARD
from engine.template_sandbox import render

PAGES = {
    "an address of its own": '<a href="https://mv.example/a?b=1&amp;c=2">x</a>',
    "an address from data": "<p><a class='c' href='{{ url }}'>x</a></p>",
    "an address with data in it": '<a href="https://mv.example/{{ name }}?a=1&amp;b=2" style="x">x</a>',
    "a choice within an address": '<a href="{% if many %}https://mv.example/a{% else %}/b{% endif %}">x</a>',
    "a link in a loop": '{% for x in items %}<A HREF="https://mv.example/{{ x }}">{{ x }}</A>{% endfor %}',
    "a link in a macro": '{% macro m(u) %}<a href="{{ u }}">x</a>{% endmacro %}{{ m(url) }}{{ m("#top") }}',
    "a link kept for later": '{% set kept %}<a href="{{ url }}">x</a>{% endset %}{{ kept }} {{ kept }}',
    "no web link": '<a href="mailto:a@mv.example">x</a> <a href="#top">y</a>',
    "quotes in data": '<a href="https://mv.example/{{ quoted }}">x</a>',
    "no link": "<p>{{ name }}</p>",
}
UNTOLD = {
    "a condition around the attribute": '<a {% if many %}href="https://mv.example"{% endif %}>x</a>',
    "a condition from one link to the next": '<a href="{% if many %}/a">x</a><a href="/b{% endif %}">y</a>',
    "the same quotes inside": '<a href="{{ link("a", "https://mv.example") }}">x</a>',
    "a link without an address": '<a name="top">x</a>',
}
NAMES = {
    "name": "Ada & Zoé",
    "quoted": "a\"b'c<d>",
    "url": "https://mv.example/?a=1&b=2",
    "items": ["olive", "pot"],
}


def _outward(url: str, name: str | None = None) -> str:
    return f"{url}#told&{name}"


@pytest.mark.parametrize("conditions", [{"many": True}, {"many": False}])
@pytest.mark.parametrize("page", PAGES.values(), ids=PAGES)
def test_a_link_leaves_as_one_found_in_the_rendered_page(page: str, conditions: dict[str, bool]) -> None:
    names = {**NAMES, **conditions, OUTWARD: _outward}
    placed = with_places(page)
    assert placed is not None
    found = render(placed, names, "x", escape=True)
    assert unescape(found) == unescape(rewrite_links(render(page, names, "x", escape=True), _outward))


@pytest.mark.parametrize("page", UNTOLD.values(), ids=UNTOLD)
def test_what_only_the_rendered_page_tells_is_left_to_it(page: str) -> None:
    assert with_places(page) is None
