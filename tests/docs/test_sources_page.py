"""docs/sources.md holds what it says: its example is the shipped source, and gives what is shown."""

import re
from pathlib import Path

import pytest
from click.testing import CliRunner

from cli import relance
from dsl.inbound import parser, values

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "sources.md").read_text("utf-8")


def block(kind: str) -> str:
    """The block of the page of one kind."""
    found = re.search(rf"^```{kind}\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
    assert found
    return found[1]


def test_the_source_of_the_page_is_the_one_that_is_shipped() -> None:
    """But for the comment at its head."""
    assert (ROOT / "sources" / "shop.yaml").read_text("utf-8").endswith("\n\n" + block("yaml source"))


def test_the_request_of_the_page_becomes_what_is_shown(tmp_path: Path) -> None:
    """By the command as it is typed."""
    (tmp_path / "order.json").write_text(block("json request"), "utf-8")
    typed = ["sources", "test", "shop", str(tmp_path / "order.json"), "--project", str(ROOT)]
    shown = CliRunner().invoke(relance, typed)
    assert (shown.exit_code, shown.stdout) == (0, block("console").partition("\n")[2])


@pytest.mark.parametrize(
    "words",
    [
        parser.KEYS,
        parser.SIGNED_KEYS,
        parser.MAPPING_KEYS,
        parser.CONTACT_KEYS,
        parser.CONSENT_KEYS,
        parser.TIMESTAMP_KEYS,
        values.PATH_KEYS,
        values.LIST_KEYS,
        values.EPOCHS,
    ],
)
def test_no_key_is_left_out(words: tuple[str, ...]) -> None:
    """Every word that the parser knows stands in an example or a table."""
    code = " ".join([*re.findall(r"`([^`\n]+)`", PAGE), *re.findall(r"```.*?```", PAGE, re.DOTALL)])
    assert set(words) - set(re.findall(r"\w+", code)) == set()
