"""`relance sources`: what would come of a request, shown without doing it."""

import json
from pathlib import Path

import pytest

PROJECT = str(Path(__file__).parents[2])
ORDER = {
    "id": 1,
    "name": "#1",
    "financial_status": "paid",
    "processed_at": "2026-11-20T09:30:00+01:00",
    "total_price": "85.00",
    "customer": {"id": 7},
}


@pytest.fixture
def tried(typed, tmp_path):
    """Types `relance sources test` over a request."""

    def run(content, *words):
        path = tmp_path / "request.json"
        path.write_text(json.dumps(content))
        return typed("sources", "test", "shop", str(path), "--project", PROJECT, *words)

    return run


def test_what_would_come_of_a_request_is_shown_without_a_database(tried):
    """Nothing in the environment is needed."""
    (item,) = json.loads(tried(ORDER, "--format", "json").stdout)
    assert (item["status"], item["id"], item["event"]["name"]) == ("accepted", "order/1", "order.placed")
    assert item["event"]["with"]["total"] == 85.0
    assert item["contact"] == [{"by": "shop", "value": "7", "identity": True}]


def test_an_item_that_is_refused_is_told_with_its_place_and_status_1(tried):
    """Beside the others."""
    shown = tried([ORDER, {**ORDER, "total_price": "free"}, {"id": 3}])
    assert shown.exit_code == 1
    assert "item 1: refused\n  /1/total_price: expected an amount" in shown.stdout
    assert "item 2: ignored\n  /2: fits no mapping" in shown.stdout


def test_a_source_that_there_is_not_is_told_with_those_there_are(typed, tmp_path):
    """Status 2."""
    (tmp_path / "request.json").write_text("{}")
    shown = typed("sources", "test", "shopp", str(tmp_path / "request.json"), "--project", PROJECT)
    assert (shown.exit_code, shown.stderr) == (2, "relance: there is no source `shopp`; there are shop\n")


def test_a_file_that_is_no_json_is_told(typed, tmp_path):
    """Status 2."""
    (tmp_path / "request.json").write_text("{")
    shown = typed("sources", "test", "shop", str(tmp_path / "request.json"), "--project", PROJECT)
    assert shown.exit_code == 2
    assert "the body is not JSON" in shown.stderr


def test_a_file_without_end_is_read_no_further_than_a_request_may_go(typed):
    shown = typed("sources", "test", "shop", "/dev/zero", "--project", PROJECT)
    assert shown.exit_code == 2
    assert "/dev/zero: a request is at most 4,194,304 bytes" in shown.stderr


def test_sources_are_listed_with_where_they_call(typed):
    """And whether their secret is set here."""
    (shop,) = json.loads(typed("sources", "list", "--project", PROJECT, "--format", "json").stdout)
    assert (shop["address"], shop["secret_set"]) == ("/webhooks/in/shop", False)
