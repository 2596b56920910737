"""The text of a cell as the JSON value that its attribute is declared to hold."""

import json
import re
from datetime import date
from decimal import Decimal
from typing import Any

from dsl.types import ChoiceOf, ListOf, Number, Record, Simple, Type
from engine.imports.mapping import DateOrder, Mapping

YES = frozenset(("true", "yes", "oui", "vrai", "1"))
NO = frozenset(("false", "no", "non", "faux", "0"))
LIST_SEPARATOR = "|"

_ORDERS: dict[DateOrder, tuple[int, int, int]] = {"day/month/year": (2, 1, 0), "month/day/year": (2, 0, 1)}
_EXAMPLES: dict[DateOrder, str] = {
    "iso": "2026-12-25 (or say in the mapping `dates: day/month/year`)",
    "day/month/year": "25/12/2026",
    "month/day/year": "12/25/2026",
}
_DATE = re.compile(r"(\d{1,2})[/.\-](\d{1,2})[/.\-](\d{4})")
_FORMULA = re.compile(r"[=@\t\r]|[+\-](?![\d.,\s]+$)")
"""How a cell begins that a spreadsheet would run (CWE-1236); a sign before a number is none."""
_NUMBER: dict[str, re.Pattern[str]] = {
    ".": re.compile(r"[+\-]?\d+(\.\d+)?"),
    ",": re.compile(r"[+\-]?(\d+|\d{1,3}(\.\d{3})+)(,\d+)?"),
}
"""Points between thousands are seen to stand there, so that 12.50 is not taken for 1250."""
_AMOUNT = re.compile(r"\s*(?P<number>[^A-Z€$£]*?)\s*(?P<currency>[A-Z]{3}|€)?\s*")


class BadCell(ValueError):
    """The cell does not hold what is declared; the message says what is expected."""


def read_cell(mapping: Mapping, of: Type, text: str) -> Any:
    """The JSON value of a cell that is not empty. Raises BadCell.

    What remains to be asked of a value (ranges, the form of an address) is asked by `read_attributes`.
    """
    match of:
        case Number():
            return _number(mapping, text)
        case Simple(name="boolean"):
            return _boolean(text)
        case Simple(name="date"):
            return _date(mapping.dates, text)
        case Simple(name="money"):
            return _money(mapping, text)
        case Simple(name="text"):
            return _text(text)
        case ChoiceOf():
            return text.strip()
        case ListOf(item=item):
            return [read_cell(mapping, item, each.strip()) for each in text.split(LIST_SEPARATOR)]
        case Record():
            return _json(text)
    return text.strip()


def _text(text: str) -> str:
    if _FORMULA.match(text):
        raise BadCell("begins like the formula of a spreadsheet; remove the first character")
    return text


def _number(mapping: Mapping, text: str) -> Decimal:
    plain = re.sub(r"[\s\u00a0\u202f']", "", text)
    if not _NUMBER[mapping.decimal].fullmatch(plain):
        example = "1234,5" if mapping.decimal == "," else '1234.5 (or say in the mapping `decimal: ","`)'
        raise BadCell(f"expected a number like {example}, got {_shown(text)}")
    return Decimal(plain.replace(".", "").replace(",", ".") if mapping.decimal == "," else plain)


def _money(mapping: Mapping, text: str) -> Any:
    match = _AMOUNT.fullmatch(text)
    if match is None:
        raise BadCell(f"expected an amount like 12.50 or 12.50 EUR, got {_shown(text)}")
    amount = _number(mapping, match["number"])
    currency = "EUR" if match["currency"] == "€" else match["currency"]
    return {"amount": amount, "currency": currency} if currency else amount


def _boolean(text: str) -> bool:
    word = text.strip().lower()
    if word in YES or word in NO:
        return word in YES
    raise BadCell(f"expected yes or no (oui, non, true, false, 1, 0), got {_shown(text)}")


def _date(order: DateOrder, text: str) -> str:
    plain = text.strip()
    try:
        if order == "iso":
            return date.fromisoformat(plain).isoformat()
        match = _DATE.fullmatch(plain)
        if match:
            year, month, day = (int(match.groups()[place]) for place in _ORDERS[order])
            return date(year, month, day).isoformat()
    except ValueError:
        pass
    raise BadCell(f"expected a date like {_EXAMPLES[order]}, got {_shown(text)}")


def _json(text: str) -> Any:
    try:
        return json.loads(text)
    except (json.JSONDecodeError, RecursionError):
        raise BadCell("expected a JSON object") from None


def _shown(text: str) -> str:
    return repr(text if len(text) <= 40 else text[:37] + "...")  # noqa: PLR2004 - of a line
