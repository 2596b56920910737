"""The ledger of consents keeps what was said: nobody rewrites it, and what stands in it can be shown."""

import psycopg
import pytest

from engine.privacy import erase
from engine.statements import Statement
from engine.subscriptions import record


@pytest.fixture
async def kept(shop, noon):
    """Ada, who agreed to the newsletter with a proof."""
    await shop.publish()
    await shop.person("ada", consent=())
    said = Statement("ada", "newsletter", "email", "granted", noon, text="optin_v3", proof={"page": "/join"})
    await record(shop.database, shop.plans, [said], source="form", now=noon)
    return shop


async def changed(shop, statement, deed=""):
    async with shop.database.transaction() as connection:
        await connection.execute("select set_config('relance.ledger', %s, true)", (deed,))
        await connection.execute(statement)


@pytest.mark.parametrize("deed", ["", "erasure", "merge"])
@pytest.mark.parametrize(
    "statement",
    [
        "update consents set state = 'withdrawn'",
        "update consents set at = at - interval '1 year'",
        "update consents set basis = 'legitimate_interest'",
        'update consents set proof = \'{"page": "/other"}\'',
        "update consents set contact_id = 'bob', proof = '{}'",
        "delete from consents",
        "truncate consents",
    ],
)
async def test_no_line_is_changed_or_removed_whoever_asks(kept, statement, deed):
    with pytest.raises(psycopg.errors.RestrictViolation, match="consents is append only"):
        await changed(kept, statement, deed)


async def test_an_erasure_empties_the_proof_and_keeps_that_there_was_a_consent(kept, noon):
    assert await erase(kept.database, kept.plans, "ada", source="api", now=noon)
    (line,) = await kept.rows("select state, text_version, source, at, proof from consents")
    assert line == {"state": "granted", "text_version": "optin_v3", "source": "form", "at": noon, "proof": {}}


async def test_what_erases_or_merges_may_do_no_more_than_that(kept):
    await changed(kept, "update consents set contact_id = 'bob'", "merge")
    await changed(kept, "update consents set proof = '{}'", "erasure")
    (line,) = await kept.rows("select contact_id, state, proof from consents")
    assert line == {"contact_id": "bob", "state": "granted", "proof": {}}
