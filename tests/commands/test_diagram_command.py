"""`relance diagram`: a picture on the terminal's output or in a file, or one line that says what to do."""

from pathlib import Path
from xml.etree import ElementTree as ET

from click.testing import CliRunner

from commands.diagram import command

PROJECT = str(Path(__file__).parents[2])


def run(*arguments):
    return CliRunner().invoke(command, [*arguments, "--project", PROJECT])


def test_svg_is_written_to_a_file(tmp_path):
    """The picture of a shipped scenario opens by itself: its style is inside."""
    target = tmp_path / "welcome.svg"
    assert run("welcome", "-o", str(target)).exit_code == 0
    root = ET.fromstring(target.read_text("utf-8"))
    assert root.find("{http://www.w3.org/2000/svg}style") is not None


def test_mermaid_is_printed():
    """Ready to be pasted into Markdown."""
    told = run("welcome", "--format", "mermaid")
    assert told.exit_code == 0
    assert told.output.startswith("flowchart TD\n")


def test_an_unknown_scenario_is_one_line_with_its_neighbour():
    """A slip of the pen is answered by the nearest name, with status 2."""
    told = run("welcom")
    assert told.exit_code == 2
    assert "did you mean `welcome`?" in told.output
