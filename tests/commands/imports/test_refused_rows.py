"""`relance contacts import`: rows that are left out whole, each with its line, column and reason."""

import csv
import json
import secrets

import psycopg
import pytest

from tests.commands.imports.customers import HEADER, MAPPED, MAPPING, rows, said


@pytest.mark.parametrize(
    ("cells", "column", "reason"),
    [
        ("c1;nobody;;;;;", "email", "not an email address"),
        ("c1;;12;;;;FR", "phone", "not a phone number"),
        ("c1;;;platinum;;;", "tier", "one of bronze, silver, gold"),
        ("c1;;;;many;;", "points", "expected a number"),
        ("c1;;;;-1;;", "points", "at least 0"),
        ("c1;;;;;2026-02-31;", "birthdate", "expected a date"),
        (";a@example.com;;;;;", "id", "1 to 200 characters"),
        (f"{'c' * 201};;;;;;", "id", "1 to 200 characters"),
        ("c1;a@example.com", "", "has 2 cells where the header has 7"),
        ("c1;;;g\0ld;;;", "", "NUL"),
    ],
)
def test_a_row_with_a_mistake_names_line_column_and_reason(imported, env, cells, column, reason):
    told = imported(HEADER + "c0;ok@example.com;;;;;\n" + cells + "\n", "--format", "json")
    reject = said(told)
    assert (reject["line"], reject["column"]) == (3, column)
    assert reason in reject["reason"]
    assert rows(env, "select id from contacts") == [("c0",)]


def test_a_cell_that_a_spreadsheet_would_run_is_refused(imported, env):
    told = imported(
        "id,source\nc1,=cmd|' /C calc'!A0\n", "--format", "json", mapping="columns: { source: locale }"
    )
    assert "formula" in said(told)["reason"]


def test_the_rejects_can_be_corrected_and_imported_in_their_turn(imported, env, tmp_path):
    imported(HEADER + "c1;a@example.com;;;x;;\nc2;b@example.com;;;2;;\n")
    written = tmp_path / "people.rejects.csv"
    with written.open() as file:
        (reject,) = csv.DictReader(file, delimiter=";")
    assert (reject["_line"], reject["_column"], reject["id"]) == ("2", "points", "c1")
    told = imported(written.read_text().replace(";x;", ";1;"), name="again.csv")
    assert told.stdout == "1 row accepted: 1 person created, 0 changed\n"


def test_rejects_go_back_in_by_the_same_command_as_the_file_itself(imported, env, tmp_path):
    """The encoding and the delimiter that the mapping says are those of its rejects, too."""
    line = "7;bea@example.com;0639980002;OR;x;25/12/1990;FR;L-77;O;01/03/2026;été\n"
    assert imported((MAPPED + line).encode("cp1252"), "--encoding", "cp1252", mapping=MAPPING).exit_code == 1
    written = (tmp_path / "people.rejects.csv").read_bytes()
    again = imported(written.replace(b";x;", b";1,5;"), "--encoding", "cp1252", mapping=MAPPING)
    assert again.stdout == "1 row accepted: 1 person created, 0 changed\n", again.output


def test_a_row_with_a_cell_too_many_is_refused_again_until_it_is_corrected(imported, env, tmp_path):
    imported("id;email;tier\nc1;a@example.com;gold;gold\n")
    written = (tmp_path / "people.rejects.csv").read_text()
    assert "has 7 cells where the header has 6" in imported(written, name="again.csv").stdout
    assert rows(env, "select id from contacts") == []


def test_rejected_json_lines_can_be_corrected_and_imported_in_their_turn(imported, env, tmp_path):
    imported('{"id": "c1", "attributes": {"points": "x"}}\n{"id"\n', name="people.jsonl")
    written = (tmp_path / "people.rejects.jsonl").read_text()
    first, second = map(json.loads, written.splitlines())
    assert (first["_line"], first["_column"], first["id"]) == (1, "points", "c1")
    assert second["_text"] == '{"id"'
    told = imported(written.splitlines()[0].replace('"x"', "1"), name="again.jsonl")
    assert told.stdout == "1 row accepted: 1 person created, 0 changed\n", told.output


def test_the_file_itself_is_not_written_over_by_its_rejects(imported, env, tmp_path):
    told = imported("id;email\nc1;x\n", "--rejects", str(tmp_path / "people.csv"))
    assert told.exit_code == 2
    assert "is the file that is imported" in told.stderr
    assert (tmp_path / "people.csv").read_text() == "id;email\nc1;x\n"


@pytest.mark.parametrize(
    ("mapping", "reason"),
    [
        ("columns: { a: email, b: email }\n", "columns `a` and `b` are both `email`"),
        (
            "columns: { a: { consent: newsletter.email }, b: { consent: newsletter.email } }\n",
            "columns `a` and `b` are both `newsletter.email`",
        ),
        ("columns: { a: email, a: phone, b: tier }\n", "`a` twice"),
    ],
)
def test_two_columns_for_one_thing_are_refused(imported, env, mapping, reason):
    told = imported("id,a,b\nc1,a@example.com,b@example.com\n", mapping=mapping)
    assert told.exit_code == 2, told.output
    assert reason in told.stderr


@pytest.mark.parametrize("cell", ["12.50", "1.2.3", "NaN", "1_000", "Infinity", "1,2,3"])
def test_a_number_is_never_guessed(imported, env, cell):
    """With a decimal comma, 12.50 is not 1250."""
    told = imported(f"id;points\nc1;{cell}\n", "--format", "json", mapping='decimal: ","\n')
    assert "expected a number like 1234,5" in said(told)["reason"]


def test_an_id_elsewhere_is_as_long_as_the_api_takes_it(imported, env):
    mapping = "columns: { card: { identity: card } }\n"
    text = f"id;card\nc1;{secrets.token_hex(3_000)}\n"
    assert said(imported(text, "--format", "json", mapping=mapping))["column"] == "card"


def test_a_row_refused_for_two_reasons_is_one_row(imported, env):
    mapping = (
        "columns:\n  news: { consent: newsletter.email, basis: soft_opt_in }\n  card: { identity: card }\n"
    )
    imported("id,card\nc0,77\n", mapping="columns: { card: { identity: card } }\n")
    text = "id,news,card\nc1,yes,77\nc2,,\n"
    for options in (["--dry-run"], []):
        told = json.loads(imported(text, *options, "--format", "json", mapping=mapping).stdout)
        assert (told["accepted"], len(told["rejects"])) == (1, 1)


def test_a_day_that_no_month_has_names_the_row_in_the_order_of_the_file(imported, env):
    """31/02 is a mistake in every order, and is never moved to a day that there is."""
    told = imported("id,birthdate\nc1,31/02/1987\nc2,28/02/1987\n", mapping="dates: day/month/year\n")
    assert "line 2: birthdate: expected a date like 25/12/2026, got '31/02/1987'" in told.stdout
    assert rows(env, "select id, attributes ->> 'birthdate' from contacts") == [("c2", "1987-02-28")]


def test_a_row_of_millions_of_cells_is_one_row_that_is_refused(imported, env):
    told = imported(b"id,email\nc1" + b"," * 3_000_000 + b"\nc2,b@example.com\n", "--format", "json")
    assert said(told)["reason"] == "has 3000001 cells where the header has 2"
    assert rows(env, "select id from contacts") == [("c2",)]


def test_an_id_elsewhere_that_belongs_to_somebody_else_is_refused(imported, env):
    mapping = "columns: { card: { identity: card } }\n"
    imported("id,card\nc1,77\n", mapping=mapping)
    told = imported("id,card\nc2,77\n", "--format", "json", mapping=mapping)
    assert said(told)["reason"] == "this id belongs to the contact c1"
    assert rows(env, "select id from contacts") == [("c1",)]


def test_somebody_who_was_erased_does_not_come_back(imported, env):
    imported(HEADER + "c1;a@example.com;;;;;\n")
    with psycopg.connect(env["DATABASE_URL"]) as connection:
        connection.execute("update contacts set erased_at = now(), email = null")
    told = imported(HEADER + "c1;a@example.com;;;;;\n", "--format", "json")
    assert "erased" in said(told)["reason"]
    assert rows(env, "select email from contacts") == [(None,)]


def test_a_line_of_json_that_python_alone_would_take_is_refused_as_it_stands(imported, env, tmp_path):
    """NaN is no JSON, and the file of rejects is some."""
    told = imported('{"id": "c1", "attributes": {"points": NaN}}\n[1]\n', name="people.jsonl")
    assert told.exit_code == 1
    rejects = [json.loads(line) for line in (tmp_path / "people.rejects.jsonl").read_text().splitlines()]
    assert [each["_reason"] for each in rejects] == [
        "not readable as JSON: NaN is no number of JSON",
        'expected an object, like {"id": "c_42"}',
    ]
    assert rejects[0]["_text"] == '{"id": "c1", "attributes": {"points": NaN}}'


def test_a_number_of_thousands_of_digits_is_one_row_that_is_refused(imported, env):
    told = imported(f"id;points\nc1;{'9' * 5_000}\nc2;7\n", "--format", "json")
    assert "at most 15 digits" in said(told)["reason"]
    assert rows(env, "select id from contacts") == [("c2",)]
