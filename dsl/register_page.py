"""The register of processing as one page that prints."""

from jinja2 import Environment, PackageLoader, StrictUndefined

from dsl.register import Register

_PAGES = Environment(
    loader=PackageLoader("dsl", "pages"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


def page(register: Register) -> str:
    """The page. The same register gives the same bytes."""
    return _PAGES.get_template("register.html").render(register=register)
