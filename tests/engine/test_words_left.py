"""The search for what is left of a person finds words however the place where they stand writes them."""

import csv
import gzip
import html
import json
from urllib.parse import quote

import pytest
from psycopg.types.json import Jsonb

from engine.privacy import erase
from engine.rights.traces import Words, search, words_of
from tests.engine.conftest import CATALOG
from tests.engine.merged_people import both, join

HARD = {
    "quotes": 'the "Red" house',
    "backslash": r"C:\Users\zenobie",
    "percent": "100%_zenobie",
    "accents": "ÉLODIE Ça",
    "dotted": "İpek",
    "sharp": "Straße",
    "lines": "first line\nsecond line",
    "apostrophe": "O'Malley & Sons",
}
NOTED = CATALOG.replace(
    "  points:", "  note: { type: text, personal: true, source: form, purpose: care }\n  points:"
)


async def places(database, words, *paths):
    async with database.transaction() as connection:
        found = await search(connection, Words(words), paths=paths)
    return {each.place for each in found.found}


@pytest.mark.parametrize("word", HARD.values(), ids=HARD)
async def test_a_word_is_found_in_columns_in_documents_and_in_texts_that_hold_documents(database, word):
    async with database.transaction() as connection:
        await connection.execute("create table plain (said text)")
        await connection.execute("create table documents (said jsonb)")
        await connection.execute("create table raw (said text)")
        await connection.execute("insert into plain values (%s), ('somebody else')", (f"by {word}, once",))
        await connection.execute("insert into documents values (%s)", (Jsonb({"a": [{"b": word}]}),))
        await connection.execute("insert into raw values (%s)", (json.dumps({"b": word}),))
    for typed in (word, word.lower()):
        assert await places(database, {"it": typed}) == {"table plain", "table documents", "table raw"}


@pytest.mark.parametrize("word", [each for each in HARD.values() if "\n" not in each])
async def test_a_word_is_found_in_files_as_they_write_it(database, tmp_path, word):
    with (tmp_path / "a.csv").open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerow(["x,y", f"by {word}, once"])
    (tmp_path / "a.log").write_text(f"GET /find?q={quote(word)}", "utf-8")
    (tmp_path / "a.html").write_text(html.escape(word, quote=False), "utf-8")
    assert len(await places(database, {"it": word}, tmp_path)) == 3


async def test_the_name_of_a_column_is_nobodys_name(database):
    assert await places(database, {"it": "merged_into"}) == set()


async def test_a_word_of_others_is_told_apart_however_it_is_written(shop):
    await shop.publish(catalog=NOTED)
    await shop.person("ada", note='the "Red" house')
    await shop.person("bob", note='THE "red" HOUSE')
    async with shop.database.connection() as connection:
        words = await words_of(connection, (await shop.plans.world(connection)).catalog, "ada")
    assert words.left_out["note"] == "others have it: 1"
    assert words.words["email"] == "ada@example.com"


@pytest.mark.parametrize("asked", ["ada", "bob"])
async def test_who_was_merged_is_looked_for_with_whom_they_were_merged_into(shop, noon, days, asked):
    """By either id: they are one person, who was told under two addresses."""
    await both(shop, noon)
    await join(shop, "ada", "bob", days(1))
    async with shop.database.connection() as connection:
        words = await words_of(connection, (await shop.plans.world(connection)).catalog, asked)
    assert {"ada@example.com", "bob@example.com"} <= set(words.words.values())
    assert "table merges" in await places(shop.database, {"it": "bob@example.com"})
    assert await erase(shop.database, shop.plans, asked, source="tests", now=days(2))
    async with shop.database.transaction() as connection:
        assert (await search(connection, words)).found == []


async def test_a_log_that_was_compressed_is_read_and_a_broken_one_is_named(database, tmp_path):
    log = tmp_path / "relance.log.2.gz"
    log.write_bytes(gzip.compress(b"sent to zoe@example.com\n"))
    assert await places(database, {"it": "zoe@example.com"}, tmp_path) == {f"file {log}"}
    log.write_bytes(log.read_bytes()[:-9])
    with pytest.raises(OSError, match="not a whole gzip file") as told:
        await places(database, {"it": "zoe@example.com"}, tmp_path)
    assert told.value.filename == str(log)
