"""Templates nested deeper, or longer, than the libraries that read them can bear: a diagnostic each."""

import re
from collections.abc import Callable

import pytest
from jinja2 import TemplateSyntaxError

from dsl import render
from dsl.compiler import compile_project
from dsl.markup import NESTED as NESTED_ELEMENTS
from dsl.markup import Unreadable, examine, page_of
from dsl.source import SourceFile
from dsl.template_depth import NESTED, OPERATORS
from dsl.template_lengths import longest
from dsl.template_uses import Passage, uses_of
from engine.template_sandbox import compiled
from tests.dsl.template_project import CATALOG, MAIL, SCENARIO, write

FORMS: dict[str, tuple[int, Callable[[int], str]]] = {
    "brackets": (NESTED, lambda n: "{{ " + "(" * n + "1" + ")" * n + " }}"),
    "lists": (NESTED, lambda n: "{{ " + "[" * n + "]" * n + " }}"),
    "indexes": (NESTED, lambda n: "{{ " + "a[" * n + "0" + "]" * n + " }}"),
    "calls": (NESTED, lambda n: "{{ " + "f(1 + " * n + "1" + ")" * n + " }}"),
    "filters of filters": (NESTED, lambda n: "{{ " + "1|default(" * n + "1" + ")" * n + " }}"),
    "conditions": (NESTED, lambda n: "{% if 1 %}" * n + "{% endif %}" * n),
    "loops": (NESTED, lambda n: "{% for a in x %}" * n + "{% endfor %}" * n),
    "texts": (NESTED, lambda n: "{% set a %}" * n + "b" + "{% endset %}" * n),
    "no": (OPERATORS, lambda n: "{{ " + "not " * n + "1 }}"),
    "signs": (OPERATORS, lambda n: "{{ " + "-" * n + "1 }}"),
    "sums": (OPERATORS, lambda n: "{{ 1" + " + 1" * n + " }}"),
    "choices": (OPERATORS // 2, lambda n: "{{ " + "1 if 0 else " * n + "1 }}"),
    "filters": (OPERATORS, lambda n: "{{ 1" + "|int" * n + " }}"),
    "fields": (OPERATORS, lambda n: "{{ a" + ".b" * n + " }}"),
    "alternatives": (OPERATORS, lambda n: "{{ 1" + " or 1" * n + " }}"),
    "signs in conditions": (
        NESTED,
        lambda n: "{% if 1 %}" * n + "{{ " + "-" * OPERATORS + "1 }}" + "{% endif %}" * n,
    ),
}
ENDLESS = {
    "brackets": "{{" * 100_000,
    "choices": "{{ " + "1 if 0 else " * 100_000 + "1 }}",
    "conditions": "{% if 1 %}" * 20_000,
    "a number": "{{ " + "1" * 5_000 + " }}",
}


def deeper(levels: int, work: Callable[[], object]) -> object:
    """What `work` does, called from far within a program."""
    return deeper(levels - 1, work) if levels else work()


def faults(text: str) -> list[str]:
    """The codes of what is wrong with a template."""
    passage = Passage(text, SourceFile("f", text), lambda index: index)
    return [each.code for each in uses_of(passage)[1]]


@pytest.mark.parametrize(("most", "form"), FORMS.values(), ids=FORMS)
def test_what_is_nested_as_deep_as_it_may_is_read_wherever_it_is_read_from(
    most: int, form: Callable[[int], str]
) -> None:
    text = form(most)
    assert deeper(300, lambda: faults(text)) == []
    assert deeper(300, lambda: compiled.__wrapped__(text, escape=True))


@pytest.mark.parametrize(("most", "form"), FORMS.values(), ids=FORMS)
def test_what_is_nested_deeper_is_told(most: int, form: Callable[[int], str]) -> None:
    assert faults(form(most + 1)) == ["E603"]


@pytest.mark.parametrize("text", ENDLESS.values(), ids=ENDLESS)
def test_what_has_no_end_is_told(text: str) -> None:
    assert faults(text) == ["E603"]
    assert longest(text) == 0


def test_many_pieces_side_by_side_are_not_nested() -> None:
    """A dictionary of all countries, a long list, two hundred conditions one after the other."""
    countries = ", ".join(f'"C{n}": "a|b"|upper' for n in range(200))
    text = f"{{% set all = {{{countries}}} %}}{{{{ [{', '.join('a.b' for _ in range(200))}] }}}}"
    assert faults(text + "{% if a %}{% elif b %}{% else %}{% endif %}" * 200) == []


def test_the_line_that_is_nested_too_deep_is_shown(tmp_path) -> None:
    """With what to do about it, in the files of a project."""
    found = told(tmp_path, "\n{{ " + "not " * 1_000 + "1 }}")
    assert "email.fr.mjml:6:1" in found
    assert "one expression has over 100 operators, filters and dots" in found
    assert "help: work it out in the scenario, `with:` at the step" in found


def told(folder, text: str, form: str = "mjml", mail: str = MAIL) -> str:
    """What `check` says of a project whose mail says this."""
    write(folder / "scenarios/catalog.yaml", CATALOG)
    write(folder / "scenarios/onboarding/hello.yaml", SCENARIO + "  - email: hi\n")
    write(folder / f"templates/hi/email.fr.{form}", mail % text)
    write(folder / "templates/hi/email.en.mjml", MAIL % "")
    return render.text(compile_project(folder).errors)


PAGE = '---\nsubject: a\n---\n<html><body>%s<a href="{{ unsubscribe_url }}">x</a></body></html>\n'
DEEP = {
    "boxes": "<div>" * 20_000 + "</div>" * 20_000,
    "bold": "<b>" * 20_000 + "</b>" * 20_000,
    "ends that there are not": "<div class='a'>" * 20_000,
}


@pytest.mark.parametrize("text", DEEP.values(), ids=DEEP)
@pytest.mark.parametrize(("form", "mail"), [("mjml", MAIL), ("html", PAGE)], ids=["mjml", "html"])
def test_elements_that_would_end_the_process_are_told(tmp_path, form: str, mail: str, text: str) -> None:
    """At the tag that is one too many."""
    found = told(tmp_path, text, form, mail)
    assert found.startswith("error[E608]")
    assert re.search(rf"email.fr.{form}:[45]:\d{{3}}", found)
    assert f"elements are nested over {NESTED_ELEMENTS} levels deep" in found
    assert "1 error" in found


HIDDEN = {
    "behind ends of others": "<div></b>",
    "behind an end in a remark": "<div><!-- </div> -->",
    "behind an end after a remark of two signs": "<!--><div><!-- </div> -->",
    "behind an end in a style": "<div><style></div></style>",
    "behind an end in a title": "<div><TITLE></div></TITLE>",
    "behind an end in a value": "<div a='</div>'>",
    "behind an end as a value": "<div a=</div>",
    "behind an end in a declaration": "<div><!x </div>",
    "behind an end that has no name": "<div></ </div>",
    "in a drawing": "<svg><tr>",
    "as notes without text": "<rt>",
    "as groups without choices": "<optgroup>",
}


@pytest.mark.parametrize("text", HIDDEN.values(), ids=HIDDEN)
def test_elements_nest_as_browsers_read_them(text: str) -> None:
    with pytest.raises(Unreadable, match="nested over 100 levels deep"):
        examine(text * 1_000, is_html=True)


@pytest.mark.parametrize(
    ("text", "offset", "said"),
    [
        ("<p>a</p><a href='x'", 8, "a tag that does not end"),
        ("<p>a</p><!-- b", 8, "a remark that does not end"),
        ("<p>a</p><style>p { color: red }", 8, "`<style>` has no end tag"),
        ("<a " * 20_000, 0, "a tag that does not end"),
        ("<!--" * 20_000, 0, "a remark that does not end"),
    ],
)
def test_tags_and_remarks_without_end_are_found_where_they_begin(text: str, offset: int, said: str) -> None:
    with pytest.raises(Unreadable, match=said) as found:
        examine(text, is_html=True)
    assert found.value.offset == offset


def test_partials_nested_in_partials_count_together(tmp_path) -> None:
    write(tmp_path / "templates/_brand/a.mjml", "<div>" * 60 + "{}" + "</div>" * 60)
    include = '<mj-include path="_brand/a.mjml" />'
    write(tmp_path / "templates/_brand/b.mjml", "<div>" * 60 + include + "</div>" * 60)
    assert "nested over 100 levels" in told(tmp_path, '<mj-include path="_brand/b.mjml" />')


def test_partials_that_grow_without_end_are_told(tmp_path) -> None:
    """Ten of ten of ten, seven times: each names the next."""
    for n in range(7):
        write(tmp_path / f"templates/_brand/p{n}.mjml", f'<mj-include path="_brand/p{n + 1}.mjml" />' * 10)
    write(tmp_path / "templates/_brand/p7.mjml", "<b>a</b>")
    assert "larger than 1 MiB with its partials" in told(tmp_path, '<mj-include path="_brand/p0.mjml" />')


NATURAL = {
    "tables in tables": "<table><tbody><tr><td>" * 20 + "</td></tr></tbody></table>" * 20,
    "ends that may be left out": "<ul>"
    + "<li>a<p>b" * 500
    + "</ul><table>"
    + "<tr><td>a<td>b" * 500
    + "</table>",
    "void elements": "<br><img src='a'><hr/><BR>" * 500,
    "letters of other sizes": "<Div></DIV>" * 500,
    "remarks with elements": "<!-- <div> --><!--[if mso]><table><tr><td><![endif]-->" * 500,
    "drawings": '<svg viewBox="0 0 1 1"><g><path d="a"/></g></svg><br><td>' * 500,
    "styles with signs": "<style>a > b { content: '</div>' } /* <div> */</style>" * 500,
    "signs in values": "<a title='a > b' href=\"x\">c</a>" * 500,
    "conditions": "{% if a < b %}<b>c</b>{% endif %}{% if a <b %}{% endif %}" * 50,
    "components that end themselves": "<mj-image /><mj-spacer/>" * 500,
    "a declaration": "<!doctype html><?xml version='1.0'?>" * 500,
}


@pytest.mark.parametrize("text", NATURAL.values(), ids=NATURAL)
def test_what_people_write_is_not_too_deep(text: str) -> None:
    examine(f"<html><body>{text}</body></html>", is_html=True)


def test_mjml_that_is_nested_too_deep_never_reaches_its_compiler() -> None:
    with pytest.raises(ValueError, match="nested over 100 levels deep"):
        page_of("<mjml><mj-body>" + "<div>" * 50_000)


@pytest.mark.parametrize("text", [*ENDLESS.values(), "{% if 1 %}" + "{% elif 1 %}" * 5_000 + "{% endif %}"])
def test_what_was_never_checked_is_not_compiled_either(text: str) -> None:
    """A preview shows what stands in the files, whatever that is."""
    with pytest.raises(TemplateSyntaxError):
        compiled(text, escape=True)
