"""`relance preview --all` and `relance cost` as somebody runs them, on the shipped project and a copy."""

import json
import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner

from cli import relance

ROOT = Path(__file__).parents[2]


def invoke(*arguments, project=ROOT):
    return CliRunner().invoke(relance, [*arguments, "--project", str(project)])


@pytest.fixture
def copy(tmp_path):
    """A copy of the shipped project, for the test to spoil."""
    for folder in ("scenarios", "templates", "codes"):
        shutil.copytree(ROOT / folder, tmp_path / "project" / folder)
    return tmp_path / "project"


def test_the_gallery_has_every_message_in_every_language_light_and_dark(tmp_path):
    """Frames of files of their own, so that nothing in a message acts on the page."""
    found = invoke("preview", "--all", "-o", str(tmp_path), "--format", "json")
    assert found.exit_code == 0, found.output
    told = json.loads(found.output)
    written = {path.parent.name + "/" + path.name for path in (ROOT / "templates").glob("[a-z]*/*")}
    assert {f"{each['message']}/{each['channel']}.{each['locale']}" for each in told} == {
        name.rsplit(".", 1)[0] for name in written
    }
    page = (tmp_path / "index.html").read_text("utf-8")
    for each in told:
        assert f'id="{each["message"]}.{each["channel"]}.{each["locale"]}"' in page
    assert page.count("<iframe") == page.count(" sandbox ") == 4 * sum(e["channel"] == "email" for e in told)
    light = (tmp_path / "welcome_code.email.fr.light.html").read_text("utf-8")
    dark = (tmp_path / "welcome_code.email.fr.dark.html").read_text("utf-8")
    assert "prefers-color-scheme" not in light + dark
    assert "color-scheme: dark;" in dark
    assert "CODE-7KQ2XW" in light


def test_the_gallery_shows_what_is_wrong_where_it_is(copy, tmp_path):
    """A message that cannot be written, and the checker's doubts, and the exit says so."""
    mail = copy / "templates/welcome_code/email.fr.mjml"
    mail.write_text(
        mail.read_text("utf-8").replace("{{ code }}", "{{ 'a' - 1 }}<img src='https://x.example/a'>")
    )
    found = invoke("preview", "--all", "-o", str(tmp_path / "out"), project=copy)
    assert found.exit_code == 1
    assert "welcome_code.email.fr cannot be shown" in found.output
    page = (tmp_path / "out/index.html").read_text("utf-8")
    assert "Cannot be shown" in page
    assert "TypeError" in page
    assert "W620" in page


def test_a_message_or_all_of_them(tmp_path):
    """One of the two, said as usage."""
    assert invoke("preview").exit_code == 2
    assert invoke("preview", "welcome_code", "--all").exit_code == 2


def test_what_sms_cost_is_told_before_anybody_gets_them():
    found = invoke("cost", "welcome", "--people", "1000")
    assert found.exit_code == 0, found.output
    assert "welcome: at most 1 part of SMS a person, 0.055 EUR" in found.output
    assert "1000 people: at most 55.00 EUR" in found.output


def test_the_letter_that_doubles_the_price_is_named(copy):
    sms = copy / "templates/welcome_reminder/sms.fr.txt"
    sms.write_text(sms.read_text("utf-8").replace("gestes", "gestes à la forêt"))
    (cost,) = json.loads(invoke("cost", "welcome", "--format", "json", project=copy).output)
    french = next(each for each in cost["texts"] if each["locale"] == "fr")
    assert (french["segments"]["count"], french["segments"]["forced_by"]) == (3, "ê")
    assert (cost["parts_at_most"], cost["per_person_at_most"]) == (3, "0.165")


def test_a_scenario_that_there_is_not_is_named():
    found = invoke("cost", "welcom")
    assert found.exit_code == 2
    assert "did you mean `welcome`?" in found.output
