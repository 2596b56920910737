"""`relance publish`, `pause` and `resume`, as they are typed."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from cli import relance

PROJECT = Path(__file__).parents[2]


@pytest.fixture
def environment(database_url: str) -> dict[str, str]:
    return {
        "DATABASE_URL": database_url,
        "RELANCE_SECRET_KEYS": "k" * 40,
        "RELANCE_PROJECT": str(PROJECT),
        "RELANCE_EMAIL": "outbox",
        "RELANCE_SMS": "outbox",
    }


def typed(environment: dict[str, str], *words: str) -> Result:
    return CliRunner().invoke(relance, words, env=environment)


def test_a_dry_run_tells_what_would_be_published(environment: dict[str, str]) -> None:
    for _ in range(2):
        result = typed(environment, "publish", "--dry-run")
        assert "welcome: at most 1 part of SMS a person, 0.055 EUR" in result.stdout
        assert result.exit_code == 0, result.output
        assert "welcome: version 1" in result.output.splitlines()


def test_what_was_published_reads_as_json(environment: dict[str, str]) -> None:
    result = typed(environment, "publish", "--format", "json")
    found = json.loads(result.output)
    assert ["welcome", 1] in found["versions"]
    assert found["world_changed"] is True


def test_a_project_with_a_mistake_is_not_published(environment: dict[str, str], tmp_path: Path) -> None:
    (tmp_path / "scenarios").mkdir()
    (tmp_path / "scenarios" / "catalog.yaml").write_text("brand: [", "utf-8")
    result = typed(environment | {"RELANCE_PROJECT": str(tmp_path)}, "publish")
    assert result.exit_code == 1
    assert "catalog.yaml:" in result.stderr


def test_a_channel_is_paused_once_and_resumed_once(environment: dict[str, str]) -> None:
    assert typed(environment, "pause", "sms", "--reason", "incident").output == "sms is paused\n"
    assert typed(environment, "pause", "sms").output == "sms was paused already\n"
    assert typed(environment, "resume", "sms").output.startswith("sms goes on")
    assert typed(environment, "resume", "sms").output == "sms was not paused\n"


def test_a_scenario_that_does_not_exist_cannot_be_paused(environment: dict[str, str]) -> None:
    result = typed(environment, "pause", "welcom")
    assert result.exit_code == 2
    assert "there is no scenario `welcom`" in result.stderr
    assert "Traceback" not in result.output


def test_a_resume_says_how_the_pace_comes_back(environment: dict[str, str]) -> None:
    typed(environment, "pause", "all")
    told = typed(environment, "resume", "everything", "--ramp", "30m", "--from", "20").output
    assert told.splitlines()[1] == "from 20% of the pace to all of it in 30 min"


def test_a_second_pause_does_not_cut_the_ramp_short(environment: dict[str, str]) -> None:
    """Or what the first one held would leave in the few seconds that the second lasted."""
    typed(environment, "pause", "sms")
    typed(environment, "resume", "sms", "--ramp", "1h")
    typed(environment, "pause", "sms")
    result = typed(environment, "resume", "sms")
    assert result.stdout.splitlines()[-1] == "from 10% of the pace to all of it in 1 h"
    typed(environment, "pause", "sms")
    assert "all of it" not in typed(environment, "resume", "sms", "--ramp", "0").stdout


@pytest.mark.parametrize("percent", ["nan", "0", "101"])
def test_a_share_that_is_none_is_wrong_usage(percent: str, environment: dict[str, str]) -> None:
    typed(environment, "pause", "sms")
    assert typed(environment, "resume", "sms", "--from", percent).exit_code == 2


def test_a_length_that_is_none_is_told_with_what_to_write(environment: dict[str, str]) -> None:
    result = typed(environment, "resume", "sms", "--ramp", "soon")
    assert result.exit_code == 2
    assert "write it like 90s, 30m or 2h" in result.output
