"""`relance schema` as people and editors' settings call it."""

import json
from pathlib import Path

from click.testing import CliRunner, Result

from cli import relance

REPOSITORY = str(Path(__file__).parents[2])


def run(*arguments: str) -> Result:
    return CliRunner().invoke(relance, ["schema", "--project", REPOSITORY, *arguments])


def test_a_file_is_written_for_each_kind(tmp_path: Path) -> None:
    """The printed settings name every file that was written."""
    result = run("--out", str(tmp_path / "schemas"))
    assert result.exit_code == 0
    settings = json.loads(result.stdout)["yaml.schemas"]
    assert sorted(settings) == sorted(path.as_posix() for path in (tmp_path / "schemas").iterdir())
    assert settings[(tmp_path / "schemas" / "policy.schema.json").as_posix()] == ["scenarios/policy.yaml"]


def test_without_a_folder_all_are_printed() -> None:
    """One JSON object, by the kind of the files."""
    assert set(json.loads(run().output)) == {"catalog", "policy", "segments", "scenario", "stories", "source"}
