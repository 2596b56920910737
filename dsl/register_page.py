"""The register of processing as one page that prints."""

from dsl.page_templates import templates_of
from dsl.register import Register

_PAGES = templates_of("dsl")


def page(register: Register) -> str:
    """The page. The same register gives the same bytes."""
    return _PAGES.get_template("register.html").render(register=register)
