"""`relance preview` as somebody runs it: on the shipped project, and on a broken copy of it."""

import asyncio
import json
import shutil
from datetime import UTC, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner

from cli import relance
from store import contacts

ROOT = Path(__file__).parents[2]
NOW = datetime(2026, 11, 22, tzinfo=UTC)


@pytest.fixture
def preview():
    def preview(*arguments, project=ROOT, env=None):
        return CliRunner(env=env).invoke(relance, ["preview", *arguments, "--project", str(project)])

    return preview


@pytest.fixture
def broken(tmp_path):
    """A copy of the shipped project whose French SMS of the reminder is edited by the test."""
    for folder in ("scenarios", "templates"):
        shutil.copytree(ROOT / folder, tmp_path / folder)
    return tmp_path


def test_an_email_is_shown_with_its_subject_and_text(preview):
    found = preview("welcome_hello", "--locale", "fr")
    assert found.exit_code == 0, found.output
    assert "Subject:   Bienvenue à la maison, " in found.output
    assert "Trouver ma première plante: https://maison-verte.example/premiere-plante?" in found.output


def test_what_the_step_gives_is_worked_out_and_no_code_is_taken(preview):
    found = preview("reactivation_code", "--channel", "sms", "--locale", "en")
    assert "CODE-7KQ2XW until " in found.output
    assert "1 segment, GSM-7" in found.output


def test_the_page_is_written_where_asked(preview, tmp_path):
    page = tmp_path / "page.html"
    assert preview("birthday_soon", "-o", str(page)).exit_code == 0
    assert "<!doctype html>" in page.read_text("utf-8").lower()


def test_the_character_that_makes_an_sms_dear_is_named(preview):
    shown = json.loads(
        preview("welcome_reminder", "--channel", "sms", "--format", "json", "--locale", "fr").output
    )
    assert (shown["segments"], shown["encoding"], shown["forced_by"]) == (1, "GSM-7", None)


def test_mistakes_of_the_message_are_shown_with_it(preview, broken):
    (broken / "templates/welcome_reminder/sms.fr.txt").write_text("Le guide… {{ contact.first_name }}")
    found = preview("welcome_reminder", "--channel", "sms", "--locale", "fr", project=broken)
    assert found.exit_code == 1
    assert "UCS-2, forced by `…`" in found.output
    assert "E615" in found.output
    assert "W618" in found.output


def test_what_cannot_be_rendered_is_one_line(preview, broken):
    (broken / "templates/welcome_reminder/sms.fr.txt").write_text("{{ guide }} {{ stop_mention }}")
    found = preview("welcome_reminder", "--channel", "sms", "--locale", "fr", project=broken)
    assert found.exit_code == 1
    assert found.stderr.strip() == "Error: templates/welcome_reminder/sms.fr.txt: 'guide' is undefined"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("welcome_helo",), "did you mean `welcome_hello`"),
        (("welcome_hello", "--channel", "sms"), "`welcome_hello` has no sms, only email"),
        (("welcome_code", "--with", "code"), "like `--with code=ABC123`"),
        (("welcome_hello", "--contact", "c_1"), "DATABASE_URL"),
    ],
)
def test_wrong_usage_names_the_remedy(preview, arguments, said):
    found = preview(*arguments, env={"DATABASE_URL": None})
    assert found.exit_code == 2
    assert said in found.stderr


async def test_somebody_of_the_base_gets_their_own_words(preview, database):
    async with database.transaction() as connection:
        await contacts.insert_missing(connection, ["c_7"], [NOW], NOW)
        (row,) = await contacts.lock(connection, ["c_7"])
        row |= {"locale": "en", "attributes": {"first_name": "Nora"}}
        await contacts.write(connection, [row], NOW)
    env = {"DATABASE_URL": database.url, "RELANCE_SECRET_KEYS": "k" * 32}
    found = await asyncio.to_thread(preview, "welcome_hello", "--contact", "c_7", env=env)
    assert "Subject:   Welcome home, Nora" in found.output
    unknown = await asyncio.to_thread(preview, "welcome_hello", "--contact", "c_8", env=env)
    assert unknown.exit_code == 2
    assert "no contact `c_8`" in unknown.stderr


def test_where_a_message_cannot_be_written_the_place_is_told(preview, broken):
    """And the words of the mistake, which a sample person's values may be in."""
    path = broken / "templates/reactivation_code/sms.fr.txt"
    path.write_text("---\n---\n{{ code - 1 }} {{ valid_until }} {{ stop_mention }}")
    found = preview("reactivation_code", "--channel", "sms", "--locale", "fr", project=broken)
    assert found.exit_code == 1
    assert "error[E609]: `reactivation_code` cannot be written, as `reactivation` sends it" in found.output
    assert "3 | {{ code - 1 }}" in found.output
    assert "`-` is not for a text and a number" in found.output
