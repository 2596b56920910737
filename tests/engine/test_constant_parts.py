"""What is written into a template once says what would be worked out for each person."""

import pytest

from engine.constant_parts import Alike, with_constants
from engine.link_places import with_places
from engine.template_formats import OUTWARD
from engine.template_sandbox import for_templates, render

BRAND = {"name": "Mains & Terre", "legal_sender": "MT <SAS>,\n3 rue des Lilas", "site": "https://mt.example"}
PAGES = {
    "the brand": "<p>{{ brand.name }}, {{brand.legal_sender}}</p>",
    "the brand in a condition": "{% if brand.name %}{{ brand.name }}{% endif %}",
    "what the brand has under no name": "{{ brand.name|default('') }} {{ brand.site }}",
    "an address": '<a href="https://mt.example/a?b=1&amp;c=2">x</a>',
    "the brand's site": '<a href="{{ brand.site }}">x</a>',
    "a link with a name": "<a href=\"{{ link('a', 'https://mt.example/a?b=1&c=2') }}\">x</a>",
    "a link from data": '<a href="{{ url }}">x</a>',
    "another brand": "{% set brand = {'name': 'Other'} %}{{ brand.name }}",
    "another link": "{% macro link(a, b) %}{{ b }}!{% endmacro %}{{ link('a', 'https://mt.example') }}",
    "the brand of a loop": "{% for brand in items %}{{ brand.name }}{% endfor %}",
    "signs that are text": "{% raw %}{{ brand.name }}{% endraw %}",
}


def known(url: str) -> str:
    """Twice the same as once."""
    return url if "told" in url else f"{url}?told=1&by=mail"


@pytest.mark.parametrize("is_page", [True, False], ids=["page", "text"])
@pytest.mark.parametrize("page", PAGES.values(), ids=PAGES)
def test_it_renders_as_before(page: str, is_page: bool) -> None:  # noqa: FBT001 - a parameter of the test
    names = {
        "brand": BRAND,
        "url": "https://mt.example/?a=1&b=2",
        "items": [{"name": "olive"}, {"name": "pot"}],
        "link": for_templates(lambda _, url: known(url)),
        OUTWARD: known,
    }
    source = (with_places(page) if is_page else page) or page
    how = {"escape": is_page, "one_line": not is_page}
    told = with_constants(source, Alike(tuple(BRAND.items()), known), html_page=is_page)
    assert render(told, names, "x", **how) == render(source, names, "x", **how)


def test_links_that_are_followed_stay_each_persons_own() -> None:
    source = with_places(PAGES["an address"])
    assert source is not None
    assert with_constants(source, Alike((), None), html_page=True) == source


def test_a_brand_whose_name_is_jinja_is_left_to_the_rendering() -> None:
    source = "{{ brand.name }}"
    assert with_constants(source, Alike((("name", "{{ 1 }}"),), None), html_page=True) == source
