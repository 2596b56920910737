"""What nobody means, typed all the same: one line that names it and the remedy, status 2, nothing done."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


def refused(result):
    assert result.exit_code == 2, result.output
    assert isinstance(result.exception, SystemExit), "an exception came through"
    return " ".join(result.stderr.split())


@pytest.mark.parametrize(
    "verb",
    [
        ("diagram", "welcome", "-o"),
        ("plan", "-o"),
        ("schema", "--out"),
        ("privacy", "register", "-o"),
        ("dev", "--data"),
    ],
    ids=" ".join,
)
def test_a_place_that_cannot_be_written_is_named(typed, tmp_path, verb):
    """It lies below a file here, so that no account may write it."""
    (tmp_path / "file").touch()
    place = str(tmp_path / "file" / "out")
    assert f"{place} cannot be written" in refused(typed(*verb, place))


@pytest.mark.parametrize("day", ["9999-12-31", "0001-01-01"])
def test_a_year_that_nobody_means_is_refused(typed, day):
    """In some zone it would be outside of the calendar."""
    assert "is not between the years 1900 and 2200" in refused(typed("simulate", "--from", day))


def test_the_years_are_bounded_wherever_an_instant_is_typed(typed, shop):
    for verb in (
        ("why", "c_1", "--at", "9999-12-31"),
        ("contacts", "timeline", "c_1", "--from", "0001-01-01"),
        ("export", "events", "--since", "9999-12-31"),
    ):
        assert "between the years" in refused(typed(*verb, env=shop))


@pytest.mark.parametrize("verb", [("runs", "show"), ("runs", "stop", "--yes"), ("replay",)], ids=" ".join)
def test_a_number_that_no_run_can_have_is_refused(typed, shop, verb):
    assert "99999999999999999999" in refused(typed(*verb, "99999999999999999999", env=shop))


def test_a_name_that_is_too_long_for_a_file_is_that_of_nothing(typed):
    assert "there is nothing called" in refused(
        typed("diff", "x/" * 3_000, "welcome", "--project", str(ROOT))
    )


def test_an_argument_that_is_no_text_is_refused():
    """A terminal in Latin-1 sends such bytes; which letter they are, nobody knows."""
    typed = [sys.executable, "-m", "cli", "why", b"Ren\xe9"]
    ended = subprocess.run(typed, cwd=ROOT, capture_output=True, text=True, check=False)
    assert ended.returncode == 2
    assert ended.stderr == "relance: `Ren\\xe9` is not UTF-8: set the terminal to UTF-8\n"


# event


@pytest.mark.parametrize(
    ("words", "remedy"),
    [
        (("--with", "total=NaN"), "a number that is not finite"),
        (("--with", "total=1e999"), "a number that is not finite"),
        (("--with", r'channel="\ud83d"'), "half of a surrogate pair"),
        (("--with", f"items={'[' * 100_000}"), "nested too deep"),
        (("--with", "total=1", "--with", "total=2"), "--with gives `total` twice"),
        (("--with", "order_id=1001"), "a text is put in quotes: --with 'order_id=\"1001\"'"),
    ],
    ids=str,
)
def test_a_property_that_cannot_be_kept_is_refused_with_its_remedy(typed, shop, words, remedy):
    """Nothing is put in its place: `null` would be another fact."""
    assert remedy in refused(typed("event", "order.placed", "--contact", "c_1", *words, env=shop))


def test_the_remedy_for_a_text_that_looks_like_a_number_is_one(typed, shop):
    words = ("event", "order.placed", "--contact", "c_1", "--id", "o-1")
    told = typed(*words, "--with", 'order_id="1001"', "--format", "json", env=shop)
    assert json.loads(told.output) == {"id": "o-1", "accepted": 1, "duplicate": False}
    told = typed(*words, "--format", "json", env=shop)
    assert json.loads(told.output) == {"id": "o-1", "accepted": 0, "duplicate": True}


# keys


@pytest.mark.parametrize("name", ["", " shop", "a\nb", "x" * 101])
def test_a_key_has_a_name_that_can_be_read_in_the_audit(typed, configured, name):
    assert "a key is named by" in refused(typed("keys", "create", name, env=configured))


def test_a_program_is_told_the_key_that_it_made_and_what_it_may(typed, configured):
    made = typed("keys", "create", "shop", *["--scope", "events"] * 2, "--format", "json", env=configured)
    told = json.loads(made.stdout)
    assert (told["name"], told["scopes"]) == ("shop", ["events"])
    again = typed("keys", "rotate", "shop", "--format", "json", env=configured)
    assert json.loads(again.stdout)["scopes"] == ["events"]
    assert json.loads(again.stdout)["key"] != told["key"]


def test_a_program_is_told_the_story_of_a_code(typed):
    told = json.loads(typed("explain", "E402", "--format", "json").output)
    assert (told["code"], told["title"]) == ("E402", "what happens when the time is past")
    assert told["text"].startswith("# E402: ")
