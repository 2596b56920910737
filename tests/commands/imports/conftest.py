"""A brand with nobody in its base, into which files are imported."""

from datetime import timedelta

import pytest

from tests import databases
from tests.commands.small_brand import WELCOME, Brand
from tests.engine.conftest import NOON


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
