"""`relance contacts import`: what rows, mappings and dates say of people, over files as people have them."""

import codecs
import json
import unicodedata

import pytest

from tests.commands.imports.customers import HEADER, MAPPED, MAPPING, rows, said


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
    assert changed == {"attribute": "tier", "before": "gold", "after": "silver", "source": "import"}


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
