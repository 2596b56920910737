"""Templates that would take all memory or all time of a worker: stopped, and told before publication."""

import pytest
from babel import Locale

from engine.template_budget import CHARACTERS, TURNS
from engine.template_formats import BABEL
from engine.template_sandbox import MAX_CHARACTERS, Unrenderable, render

NAMES = {"x": list(range(30)), "many": list(range(TURNS + 1)), "nothing": None, BABEL: Locale("fr")}


def filled(text: str, *, escape: bool = True) -> str:
    """The text, for somebody with thirty things."""
    return render(text, NAMES, "hi/email.fr.mjml", escape=escape)


def again(text: str, times: int = 40) -> str:
    """The same tag many times."""
    return text * times


TOO_MUCH = {
    "texts that double": '{% set a = "x" %}' + again("{% set a = a ~ a %}") + "{{ a|length }}",
    "sums of texts that double": '{% set a = "x" %}' + again("{% set a = a + a %}") + "{{ a|length }}",
    "lists that double": "{% set a = [1] %}" + again("{% set a = a + a %}") + "{{ a|length }}",
    "blocks that double": "{% set a = 'x' %}" + again("{% set a %}{{ a }}{{ a }}{% endset %}"),
    "a replacement that doubles": '{{ "a"' + again('|replace("a", "aa")') + "|length }}",
    "a joint that grows": '{% set a = "ab" %}' + again("{% set a = x|join(a) %}") + "{{ a|length }}",
    "macros that call twice": "{% macro m0() %}{% endmacro %}"
    + "".join(f"{{% macro m{n + 1}() %}}{{{{ m{n}() }}}}{{{{ m{n}() }}}}{{% endmacro %}}" for n in range(40))
    + "{{ m40() }}",
    "loops in loops": again("{% for a in x %}", 6) + again("{% endfor %}", 6),
    "loops in a part of its own": (
        "{% for a in x %}{% block b scoped %}{% for c in x %}{% for d in x %}{% endfor %}{% endfor %}"
        "{% endblock %}{% endfor %}"
    ),
    "a long loop": "{% for a in many %}{% endfor %}",
    "a long text in a loop": (
        f"{{% set a %}}{{% for b in x %}}{'y' * (CHARACTERS // 20)}{{% endfor %}}{{% endset %}}"
    ),
}


@pytest.mark.parametrize("text", TOO_MUCH.values(), ids=TOO_MUCH)
@pytest.mark.parametrize("escape", [True, False], ids=["page", "text"])
def test_more_than_any_message_needs_is_not_worked_out(text: str, *, escape: bool) -> None:
    with pytest.raises(Unrenderable, match="more is worked out than 10,000 turns of loops, or 1,000,000"):
        filled(text, escape=escape)


def test_a_number_does_not_grow_without_end() -> None:
    with pytest.raises(Unrenderable, match="a number is larger than any that people read"):
        filled("{% set a = 9 %}" + again("{% set a = a * a %}") + "{{ a }}")


def test_a_number_is_not_rounded_to_a_billion_places() -> None:
    with pytest.raises(Unrenderable, match="`round` is to at most 30 places"):
        filled('{{ 1.5|round(1000000000, "ceil") }}')


def test_what_comes_out_has_an_end_too() -> None:
    piece = "y" * (MAX_CHARACTERS // 20)
    with pytest.raises(Unrenderable, match="more than 500,000 characters come out"):
        filled("{% for a in x %}" + piece + "{% endfor %}")


def test_macros_that_call_themselves_are_stopped() -> None:
    with pytest.raises(Unrenderable, match="RecursionError while rendering"):
        filled("{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}")


def test_each_rendering_has_a_budget_of_its_own() -> None:
    """As many turns as there are, of which a loop takes one to begin, again and again."""
    text = "{% for a in many[2:] %}{% endfor %}done"
    assert [filled(text) for _ in range(3)] == ["done"] * 3


def test_loops_know_themselves_and_what_they_go_over() -> None:
    """How many there are, which is the last, and what is said where there is none."""
    text = "{% for a in x[:3] %}{{ loop.index }}/{{ loop.length }}{{ ', ' if not loop.last }}{% endfor %}"
    assert filled(text) == "1/3, 2/3, 3/3"
    assert filled("{% for a in x if a > 27 %}{{ a }} {{ loop.revindex }} {% endfor %}") == "28 2 29 1 "
    assert filled("{% for a in nothing %}{{ a }}{% else %}none{% endfor %}") == "none"


def test_macros_take_names_that_programs_use_too() -> None:
    text = "{% macro f(context, callee) %}{{ context }}{{ callee }}{% endmacro %}"
    assert filled(text + "{{ f(context=1, callee=2) }}") == "12"


def test_texts_that_are_kept_are_what_they_were() -> None:
    """In a page what was printed stays escaped, and is not escaped twice."""
    text = '{% set a %}<b>{{ "<&" }}</b>{% endset %}{{ a }}{% filter upper %}{{ a }}{% endfilter %}'
    assert filled(text) == "<b>&lt;&amp;</b><B>&LT;&AMP;</B>"
