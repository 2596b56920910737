"""`relance contacts import`, as it is typed, over files as people have them."""

import codecs
import csv
import json
import secrets
import unicodedata
from datetime import timedelta

import psycopg
import pytest

from tests import databases
from tests.commands.small_brand import WELCOME, Brand
from tests.engine.conftest import NOON

HEADER = "id;email;phone;tier;points;birthdate;country\n"
MAPPING = """
source: old till
dates: day/month/year
decimal: ","
columns:
  Mail: email
  Mobile: phone
  Statut: { attribute: tier, values: { OR: gold, ARGENT: silver } }
  Solde: points
  Naissance: birthdate
  Pays: country
  Carte: { identity: loyalty_card }
  News: { consent: newsletter.email, granted: [O], withdrawn: [N], at: Quand, text: optin_v3 }
  Commentaire: null
id: Client
"""
MAPPED = "Client;Mail;Mobile;Statut;Solde;Naissance;Pays;Carte;News;Quand;Commentaire\n"


@pytest.fixture(scope="module")
def published(postgres, tmp_path_factory):
    """The name of a database of a brand that has published, with nobody in its base."""
    name = databases.create(postgres)
    brand = Brand(postgres.url(name), tmp_path_factory.mktemp("brand") / "project")
    brand.clock_at(NOON + timedelta(hours=1))
    brand.lives(lambda shop: shop.publish(welcome=WELCOME))
    return name


@pytest.fixture
def database_url(postgres, published):
    """A copy of it, of this test's own."""
    with databases.database(postgres, published) as url:
        yield url


@pytest.fixture
def env(configured):
    """The environment of the brand."""
    return configured


@pytest.fixture
def imported(typed, env, tmp_path):
    """Types the import of a text or of bytes; the command's result, and its JSON where it has one."""

    def run(content, *options, name="people.csv", mapping=None):
        file = tmp_path / name
        file.write_bytes(content if isinstance(content, bytes) else content.encode())
        words = ["contacts", "import", str(file), *options]
        if mapping is not None:
            (tmp_path / "mapping.yaml").write_text(mapping)
            words += ["--mapping", str(tmp_path / "mapping.yaml")]
        return typed(*words, env=env)

    return run


def rows(env, statement):
    with psycopg.connect(env["DATABASE_URL"]) as connection:
        return connection.execute(statement).fetchall()


def said(result):
    """The reason of the first refused row, as JSON tells it."""
    assert result.exit_code == 1, result.output
    return json.loads(result.stdout)["rejects"][0]


def test_people_are_created_with_typed_and_normalised_values(imported, env):
    told = imported(HEADER + "c1;Ada@Example.COM;06 39 98 00 01;gold;12;1984-02-29;FR\n", "--source", "till")
    assert told.exit_code == 0, told.output
    assert told.stdout == "1 row accepted: 1 person created, 0 changed\n"
    ((email, phone, kept),) = rows(env, "select email, phone, attributes from contacts")
    assert (email, phone) == ("Ada@example.com", "+33639980001")
    assert kept == {"tier": "gold", "points": 12, "birthdate": "1984-02-29", "country": "FR"}
    history = rows(env, "select attribute, value, source from attribute_history order by 1")
    assert ("points", 12, "till") in history
    assert len(history) == 6
    assert rows(env, "select name from events") == [("contact.created",)]


def test_the_same_file_again_changes_nothing_and_another_value_is_told(imported, env):
    imported(HEADER + "c1;a@example.com;;gold;;;FR\n")
    again = imported(HEADER + "c1;a@example.com;;gold;;;FR\n")
    assert again.stdout == "1 row accepted: 0 people created, 0 changed\n"
    other = imported(HEADER + "c1;a@example.com;;silver;;;FR\n")
    assert other.stdout == "1 row accepted: 0 people created, 1 changed\n"
    ((changed,),) = rows(env, "select properties from events where name = 'contact.changed'")
    assert changed == {"attribute": "tier", "before": "gold", "after": "silver", "source": "people.csv"}


def test_an_empty_cell_keeps_the_value_unless_the_mapping_clears_it(imported, env):
    imported(HEADER + "c1;a@example.com;;gold;;;FR\n")
    imported(HEADER + "c1;;;;;;\n")
    assert rows(env, "select email, attributes ->> 'tier' from contacts") == [("a@example.com", "gold")]
    imported(HEADER + "c1;b@example.com;;;;;\n", mapping="empty: clear\n")
    assert rows(env, "select email, attributes from contacts") == [("b@example.com", {})]


def test_a_mapping_reads_the_file_of_another_system(imported, env):
    line = "7;bea@example.com;0639980002;OR;1 234,5;25/12/1990;FR;L-77;O;01/03/2026;=boo\n"
    told = imported((MAPPED + line).encode("cp1252"), "--encoding", "cp1252", mapping=MAPPING)
    assert told.exit_code == 0, told.output
    ((kept,),) = rows(env, "select attributes from contacts")
    assert kept == {"tier": "gold", "points": 1234.5, "birthdate": "1990-12-25", "country": "FR"}
    assert rows(env, "select kind, value from identities") == [("loyalty_card", "L-77")]
    ((state, text, at),) = rows(env, "select state, text_version, at::text from consents")
    assert (state, text, at[:10]) == ("granted", "optin_v3", "2026-03-01")


def test_an_old_consent_brings_nothing_back_after_a_withdrawal(imported, env):
    mapping = "columns: { news: { consent: newsletter.email, at: since } }\n"
    imported("id,news,since\nc1,no,2026-05-01\n", mapping=mapping)
    imported("id,news,since\nc1,yes,2026-04-01\n", mapping=mapping)
    assert rows(env, "select state from consents") == [("withdrawn",)]
    undated = imported("id,news,since\nc1,yes,\n", "--format", "json", mapping=mapping)
    assert "withdrawn on 2026-05-01" in said(undated)["reason"]


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


def test_lines_may_end_as_on_an_old_mac_and_headers_span_lines(imported, env):
    assert imported("id;email\rc1;a@example.com\rc2;b@example.com\r").exit_code == 0
    mapping = 'columns: { "E-mail\\n(home)": email }\n'
    assert imported('id;"E-mail\n(home)"\nc3;c@example.com\n', mapping=mapping).exit_code == 0
    assert rows(env, "select count(email) from contacts") == [(3,)]


def test_an_accent_may_be_written_either_way(imported, env):
    """Macs write the letter and its accent as two characters, and what people type has one."""
    mapping = "columns: { Fidélité: { attribute: tier, values: { élevée: gold } } }\n"
    text = unicodedata.normalize("NFD", "id;Fidélité\nc1;élevée\n")
    told = imported(text, mapping=unicodedata.normalize("NFC", mapping))
    assert told.exit_code == 0, told.output
    assert rows(env, "select attributes ->> 'tier' from contacts") == [("gold",)]


def test_words_of_a_mapping_are_what_stands_there(imported, env):
    mapping = (
        "columns:\n  t: { attribute: tier, values: { 01: gold, NO: silver } }\n"
        "  n: { consent: newsletter.email, granted: [yes], withdrawn: [no, 0] }\n"
    )
    told = imported("id;t;n\nc1;01;yes\nc2;NO;0\n", mapping=mapping)
    assert told.exit_code == 0, told.output
    assert rows(env, "select attributes ->> 'tier' from contacts order by id") == [("gold",), ("silver",)]
    assert rows(env, "select state from consents order by contact_id") == [("granted",), ("withdrawn",)]


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


def test_a_silent_import_tells_of_no_consent_either(imported, env):
    """A first base does not get a welcome, and its consents are in the ledger all the same."""
    mapping = "columns: { news: { consent: newsletter.email } }\n"
    imported("id,news\nc1,yes\nc2,no\n", "--silent", mapping=mapping)
    assert rows(env, "select state from consents order by contact_id") == [("granted",), ("withdrawn",)]
    assert rows(env, "select count(*) from events") == [(0,)]


def test_a_row_refused_for_two_reasons_is_one_row(imported, env):
    mapping = (
        "columns:\n  news: { consent: newsletter.email, basis: soft_opt_in }\n  card: { identity: card }\n"
    )
    imported("id,card\nc0,77\n", mapping="columns: { card: { identity: card } }\n")
    text = "id,news,card\nc1,yes,77\nc2,,\n"
    for options in (["--dry-run"], []):
        told = json.loads(imported(text, *options, "--format", "json", mapping=mapping).stdout)
        assert (told["accepted"], len(told["rejects"])) == (1, 1)


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ("", "there is no header"),
        ("\n", "there is no header"),
        ("id,email,email\n", "two columns are named `email`"),
        ("id,,email\n", "column 2 has no name"),
        ("email\na@example.com\n", "no column of the contacts' ids `id`"),
        ("id,emial\nc1,a@example.com\n", "did you mean `email`?"),
        ("id,engagement_x\nc1,a\n", "declare it in catalog.yaml"),
        ('id,email\nc1,"a@example.com\nc2,b@example.com\n', "a quotation mark is opened and never closed"),
        ('id,email\nc1,"a"b\n', "text follows a closed quotation mark"),
        ("id,email\nc1,é\n".encode("cp1252"), "--encoding cp1252"),
        (",".join(f"c{n}" for n in range(3_000)) + "\n", "the header is too long"),
        (b"x," * 3_000_000, "the header is too long"),
        (b"id,email\n" + b"c1,a@example.com\n" * 50_000 + b"c2,\xe9\n", "byte 0xe9"),
        ("id,email\nc1,a@example.com\n".encode("utf-16-le"), "line 1: holds NUL characters"),
        (b"PK\x03\x04\x14\x00\x06\x00\x08\x00", "save it as CSV first"),
    ],
)
def test_a_broken_file_changes_nothing_and_says_where(imported, env, content, reason):
    told = imported(content)
    assert told.exit_code == 2, told.output
    assert reason in told.stderr
    assert "Traceback" not in told.stderr
    assert rows(env, "select count(*) from contacts") == [(0,)]


def test_a_file_that_is_not_of_the_encoding_that_is_said_names_the_line_and_the_remedy(imported, env):
    told = imported(b"id,email\nc1,a@example.com\n", "--encoding", "utf-16")
    assert told.exit_code == 2
    assert "line 1: is not UTF-16" in told.stderr
    assert "leave `--encoding` out" in told.stderr
    assert rows(env, "select count(*) from contacts") == [(0,)]


def test_a_day_that_no_month_has_names_the_row_in_the_order_of_the_file(imported, env):
    """31/02 is a mistake in every order, and is never moved to a day that there is."""
    told = imported("id,birthdate\nc1,31/02/1987\nc2,28/02/1987\n", mapping="dates: day/month/year\n")
    assert "line 2: birthdate: expected a date like 25/12/2026, got '31/02/1987'" in told.stdout
    assert rows(env, "select id, attributes ->> 'birthdate' from contacts") == [("c2", "1987-02-28")]


def test_a_row_of_millions_of_cells_is_one_row_that_is_refused(imported, env):
    told = imported(b"id,email\nc1" + b"," * 3_000_000 + b"\nc2,b@example.com\n", "--format", "json")
    assert said(told)["reason"] == "has 3000001 cells where the header has 2"
    assert rows(env, "select id from contacts") == [("c2",)]


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
def test_a_byte_order_mark_is_no_part_of_the_header(imported, env, encoding):
    told = imported(codecs.encode(HEADER + "c1;zoé@example.com;;;;;\n", encoding))
    assert told.exit_code == 0, told.output
    assert rows(env, "select email from contacts") == [("zoé@example.com",)]


def test_json_lines_are_people_as_the_api_takes_them(imported, env):
    people = [
        {"id": "c1", "attributes": {"tier": "gold"}, "created_at": "2019-01-01T00:00:00Z"},
        {"id": "c2", "consents": [{"topic": "newsletter", "channel": "email", "state": "granted"}]},
        {"id": "c3", "attributes": {"tier": 5}},
        {"id": "c4", "tier": "gold"},
    ]
    text = "\n".join(map(json.dumps, people)) + "\n{broken\n"
    told = imported(text, "--format", "json", name="people.jsonl")
    refused = {each["line"]: each["column"] for each in json.loads(told.stdout)["rejects"]}
    assert refused == {3: "tier", 4: "tier", 5: ""}
    since = rows(env, "select id, created_at::date::text from contacts order by 1")
    assert since[0] == ("c1", "2019-01-01")
    assert rows(env, "select contact_id from consents") == [("c2",)]


def test_of_two_rows_about_a_person_the_later_holds(imported, env):
    imported(HEADER + "c1;;;gold;1;;\nc1;;;silver;;;\n")
    assert rows(env, "select attributes from contacts") == [({"tier": "silver", "points": 1},)]


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


def test_a_dry_run_says_what_would_happen_and_keeps_nothing(imported, env):
    imported(HEADER + "c1;a@example.com;;gold;;;\n")
    told = imported(HEADER + "c1;;;silver;;;\nc2;;;gold;;;\nc3;x;;;;;\n", "--dry-run")
    assert told.stdout.startswith("2 rows accepted: 1 person would be created, 1 would be changed\n")
    assert rows(env, "select id, attributes ->> 'tier' from contacts") == [("c1", "gold")]
    assert rows(env, "select count(*) from import_rows") == [(0,)]


def test_a_silent_import_starts_nothing(imported, env):
    imported(HEADER + "c1;a@example.com;;gold;;;\n", "--silent")
    assert rows(env, "select count(*) from events") == [(0,)]
    assert rows(env, "select count(*) from attribute_history") == [(2,)]


def test_two_imports_do_not_run_at_once(imported, env):
    with psycopg.connect(env["DATABASE_URL"]) as connection:
        connection.execute("select pg_advisory_lock(hashtext('relance import'))")
        told = imported(HEADER + "c1;a@example.com;;gold;;;\n")
    assert told.exit_code == 2
    assert "wait until it is done" in told.stderr
    assert rows(env, "select count(*) from contacts") == [(0,)]


def test_an_import_that_was_stopped_goes_on_where_it_was(imported, env):
    """Stopped between two batches: the staged rows and the place are in the database."""
    lines = "".join(f"c{n};;;gold;{n};;\n" for n in range(20_001))
    with psycopg.connect(env["DATABASE_URL"], autocommit=True) as connection:
        connection.execute(
            "create function stop() returns trigger language plpgsql as "
            "$$ begin raise exception 'the lights went out'; end $$"
        )
        connection.execute(
            "create trigger stop before insert on contacts for each row when (new.id = 'c20000') "
            "execute function stop()"
        )
        stopped = imported(HEADER + lines)
        assert stopped.exit_code != 0
        assert connection.execute("select count(*) from contacts").fetchone() == (20_000,)
        connection.execute("drop trigger stop on contacts")
    rehearsed = imported(HEADER + lines, "--dry-run")
    assert rehearsed.stdout == "20001 rows accepted: 1 person would be created, 0 would be changed\n"
    told = imported(HEADER + lines)
    assert told.stdout.splitlines() == [
        "went on with the import of this file that had stopped",
        "20001 rows accepted: 20001 people created, 0 changed",
    ]


def test_a_bad_mapping_names_its_place(imported, env):
    told = imported(HEADER, mapping="columns: { email: { consent: newsletter } }\n")
    assert told.exit_code == 2
    assert (
        "columns.email.consent: Value error, is a topic and a channel, like newsletter.email" in told.stderr
    )
    told = imported(HEADER, mapping="dates: backwards\n")
    assert "dates: Input should be 'iso', 'day/month/year' or 'month/day/year'" in told.stderr


def test_values_enter_at_the_date_of_their_row_and_older_ones_stay_history(imported, env):
    """Of the file itself too; a dry run counts the same and keeps nothing."""
    mapping = "as_of: seen\n"
    imported("id;tier;seen\nc_1;silver;2026-01-10\n", mapping=mapping)
    file = "id;tier;seen\nc_1;gold;2025-06-01\nc_2;gold;2026-02-01\nc_2;bronze;2025-02-01\n"
    tried = json.loads(imported(file, "--dry-run", "--format", "json", mapping=mapping).stdout)
    told = json.loads(imported(file, "--format", "json", mapping=mapping).stdout)
    assert (tried["created"], tried["changed"]) == (told["created"], told["changed"]) == (1, 0)
    assert rows(env, "select id, attributes ->> 'tier' from contacts order by id") == [
        ("c_1", "silver"),
        ("c_2", "gold"),
    ]
    history = (
        "select contact_id, value #>> '{}', at::date::text, in_force from attribute_history order by 1, at"
    )
    assert rows(env, history) == [
        ("c_1", "gold", "2025-06-01", False),
        ("c_1", "silver", "2026-01-10", True),
        ("c_2", "bronze", "2025-02-01", False),
        ("c_2", "gold", "2026-02-01", True),
    ]


def test_a_value_that_a_dated_row_says_again_is_known_since_then(imported, env):
    """As by the API; a row without a date holds from now on."""
    mapping = "as_of: seen\n"
    for day in ("2025-01-01", "2026-01-01"):
        imported(f"id;tier;seen\nc_1;gold;{day}\n", mapping=mapping)
    assert rows(env, "select at::date::text from attribute_history order by at") == [
        ("2025-01-01",),
        ("2026-01-01",),
    ]
    imported("id;tier;seen\nc_1;silver;\n", mapping=mapping)
    assert rows(env, "select attributes ->> 'tier' from contacts") == [("silver",)]


def test_a_line_of_json_has_its_date_as_the_api_takes_it(imported, env):
    person = {"id": "c_1", "attributes": {"tier": "gold"}, "as_of": "2025-01-01T00:00:00Z"}
    imported(json.dumps(person), name="people.jsonl")
    assert rows(env, "select at::date::text from attribute_history") == [("2025-01-01",)]
