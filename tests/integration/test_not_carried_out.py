"""What this release does not carry out is refused at the publication, with scenario, form and remedy."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from engine.publish import PublishRefused, publish
from store.database import Database
from tests.engine.story_projects import scenario, write

MONDAY = datetime(2027, 2, 15, 8, tzinfo=UTC)
HELLO = "- email: hello\n"
REACHES = (
    'event: product.price_changed, reaches: "did(product.viewed where price == event.price, last 60 days)"'
)


async def refusal(database: Database, folder: Path, text: str) -> str:
    """Why a project with this scenario alone is not published; nothing of it is then."""
    project = write(folder, {"case": text}, "  - { name: nothing, when: [], expect: [] }\n")
    with pytest.raises(PublishRefused) as refused:
        await publish(database, project.folder, author="me", now=MONDAY)
    async with database.connection() as connection:
        cursor = await connection.execute("select 1 from worlds union all select 1 from scenarios")
        assert await cursor.fetchall() == []
    return str(refused.value)


@pytest.mark.parametrize(("trigger", "said", "remedy"), [
    (REACHES, "`reaches` of the event `product.price_changed`", "compare a text"),
    ("changed: contact.engagement", "`changed: contact.engagement` never happens", "that is stored"),
    ("changed: contact.created_at", "`changed: contact.created_at` never happens", "that is stored"),
])  # fmt: skip
async def test_a_trigger_that_would_never_start_anything(
    trigger: str, said: str, remedy: str, database: Database, tmp_path: Path
) -> None:
    told = await refusal(database, tmp_path / "project", scenario(HELLO, trigger=trigger))
    assert told.startswith("case: ")
    assert said in told
    assert remedy in told
