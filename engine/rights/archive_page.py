"""An archive as a page in the person's language, which needs nothing but a browser."""

import json
from collections.abc import Iterator, Sequence
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from babel import Locale, UnknownLocaleError
from babel.dates import format_datetime
from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template

from dsl.values import Duration
from engine.consent import EVERYTHING
from engine.rights.archive_words import words_for
from store.database import Row

if TYPE_CHECKING:
    from engine.rights.archive import Archive

UNITS = {
    "fr": {"years": "{} an{s}", "months": "{} mois", "days": "{} jour{s}"},
    "en": {"years": "{} year{s}", "months": "{} month{s}", "days": "{} day{s}"},
}
MONTHS_A_YEAR = 12


def page(found: "Archive") -> str:
    """The page, whole: styles are in it, and nothing is loaded from elsewhere."""
    catalog = found.world.catalog
    words = words_for(found.locale, catalog.locales[0])
    sender = catalog.senders.get("email")
    write_to = (sender.reply_to or sender.address) if sender else catalog.brand.site
    view = _View(found, words["lang"])
    return _template().render(
        w=words,
        title=words["title"].format(brand=catalog.brand.name),
        intro=words["intro"].format(controller=catalog.brand.legal_sender, date=view.when(found.made_at)),
        known=[
            (each.name, view.said(each.value), view.when(each.since), each.source, each.purpose)
            for each in found.known
        ],
        derived=[(name, _text(value)) for name, value in found.derived.items()],
        segments=found.segments,
        consents=view.consents(words),
        timeline=view.timeline(words),
        messages=view.messages(),
        events=view.events(),
        runs=view.runs(),
        recipients=words["recipients_text"].format(recipients=view.recipients() or words["nobody"]),
        kept=list(view.kept(words)) or [words["kept_open"]],
        rights=words["rights_text"].format(contact=write_to),
    )


@cache
def _template() -> Template:
    folder = FileSystemLoader(Path(__file__).parent)
    environment = Environment(loader=folder, autoescape=True, undefined=StrictUndefined)
    return environment.get_template("archive.html")


class _View:
    """The rows of the tables of the page."""

    def __init__(self, found: "Archive", language: str) -> None:
        self._found, self._language = found, language
        self._zone = ZoneInfo(found.zone)

    def when(self, at: datetime | None) -> str | None:
        """An instant on the person's clock, as their language writes it."""
        if at is None:
            return None
        return format_datetime(at.astimezone(self._zone), "medium", locale=_locale(self._language))

    def said(self, value: Any) -> str | None:
        """A value as a person reads it."""
        return self.when(value) if isinstance(value, datetime) else _text(value)

    def consents(self, words: Any) -> list[tuple[Any, ...]]:
        """Each line of the ledger, oldest first."""
        texts, topics = self._found.world.catalog.texts, self._found.world.catalog.topics
        titles = {name: each.title_in(self._language) for name, each in topics.items()}
        titles[EVERYTHING] = words["everything"]
        return [
            (
                titles.get(row["topic"], row["topic"]),
                row["channel"],
                words[row["state"]],
                row["basis"],
                texts.get(row["text_version"], row["text_version"]),
                row["source"],
                self.when(row["at"]),
            )
            for row in self._rows("consents", "at")
        ]

    def timeline(self, words: Any) -> list[tuple[Any, ...]]:
        """What both have done, oldest first."""
        return [
            (
                self.when(each.at),
                words[each.direction] if each.direction else None,
                each.medium,
                each.text if each.kind == "run" and each.text else each.name,
                each.where,
                words[each.outcome] if each.kind == "consent" and each.outcome else each.outcome,
            )
            for each in self._found.timeline
        ]

    def messages(self) -> list[tuple[Any, ...]]:
        """Each message with what became of it."""
        return [
            (row["message"], row["channel"], row["scenario"], row["state"], self.when(row["sent_at"]))
            for row in self._rows("messages", "planned_at")
        ]

    def events(self) -> list[tuple[Any, ...]]:
        """Each event with what it holds."""
        return [
            (row["name"], _text(row["properties"] or None), row["source"], self.when(row["at"]))
            for row in self._rows("events", "at")
        ]

    def runs(self) -> list[tuple[Any, ...]]:
        """Each scenario entered."""
        return [
            (row["scenario"], self.when(row["entered_at"]), self.when(row["ended_at"]))
            for row in self._rows("runs", "entered_at")
        ]

    def recipients(self) -> str:
        """The providers that got a message of theirs."""
        providers = {row["provider"] for row in self._found.records.get("messages", ()) if row["provider"]}
        return ", ".join(sorted(providers))

    def kept(self, words: Any) -> Iterator[str]:
        """How long what is kept stays, as the policy says."""
        for name, span in self._found.world.policy.retention.items():
            yield words[f"kept_{name}"].format(span=_span(span, self._language))

    def _rows(self, table: str, by: str) -> Sequence[Row]:
        return sorted(self._found.records.get(table, ()), key=lambda row: row[by])


def _text(value: Any) -> str | None:
    if isinstance(value, dict) and set(value) == {"amount", "currency"}:
        return f"{value['amount']} {value['currency']}"
    return (
        value
        if value is None or isinstance(value, str)
        else json.dumps(value, ensure_ascii=False, default=str)
    )


def _span(span: Duration, language: str) -> str:
    years, months = divmod(span.months, MONTHS_A_YEAR)
    amounts = {"years": years, "months": months, "days": span.days + span.seconds // 86_400}
    told = [
        UNITS[language][unit].format(amount, s="s" if amount > 1 else "")
        for unit, amount in amounts.items()
        if amount
    ]
    return " ".join(told)


def _locale(language: str) -> Locale:
    try:
        return Locale.parse(language)
    except (UnknownLocaleError, ValueError):
        return Locale("en")
