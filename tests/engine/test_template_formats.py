"""How values are written in the language of a template."""

from decimal import Decimal

import pytest
from babel import Locale

from engine.template_formats import BABEL
from engine.template_sandbox import Unrenderable, render


def written(text, locale, **values):
    return render(text, {BABEL: Locale.parse(locale), **values}, "a template", escape=False)


@pytest.mark.parametrize(
    ("locale", "expected"),
    [("fr", "point point point points points"), ("en", "points point points points points")],
)
def test_a_word_goes_with_its_number_as_the_language_has_it(locale, expected):
    """Nothing is singular in French, and plural in English; what is unknown is plural."""
    text = " ".join(f"{{{{ {name}|plural('point', 'points') }}}}" for name in "abcde")
    assert written(text, locale, a=0, b=1, c=Decimal("1.5"), d=2, e=None) == expected


def test_a_language_with_more_forms_names_them():
    text = "{{ n|plural('plik', 'pliku', few='pliki', many='plików') }}"
    assert [written(text, "pl", n=n) for n in (1, 3, 5)] == ["plik", "pliki", "plików"]


def test_what_is_no_number_has_no_plural():
    """And the error quotes nobody."""
    with pytest.raises(Unrenderable) as caught:
        written("{{ name|plural('a', 'b') }}", "fr", name="Camille")
    assert "Camille" not in str(caught.value)
