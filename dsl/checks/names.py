"""Names that stand for something of the catalog or of the scenario itself, and are not in expressions."""

from collections.abc import Iterable, Iterator
from itertools import chain

from dsl import scenario as s
from dsl.catalog_parser import channels_of
from dsl.checks.draft import Draft
from dsl.diagnostics import Diagnostic, Related, did_you_mean, error
from dsl.nodes import CanReceive
from dsl.source import SourceFile
from dsl.traversal import walk


def check(draft: Draft) -> Iterator[Diagnostic]:
    """Unknown topics, channels, segments, webhooks, texts and senders; steps and scenarios named twice."""
    yield from _twice(draft)
    for scenario in draft.scenarios:
        yield from _Names(draft, scenario).check()


def _twice(draft: Draft) -> Iterator[Diagnostic]:
    first: dict[str, s.Scenario] = {}
    for scenario in draft.scenarios:
        name = scenario.name
        other = first.setdefault(name.value, scenario)
        if other is not scenario:
            yield Diagnostic(
                "E201",
                "error",
                f"two scenarios are called `{name.value}`",
                scenario.file,
                name.span,
                label="this is the second",
                help="give it a name of its own",
                related=(Related(other.file, other.name.span, "the first"),),
            )


class _Names:
    """Looks at the names of one scenario."""

    def __init__(self, draft: Draft, scenario: s.Scenario) -> None:
        self.catalog = draft.catalog
        self.segments = draft.segment_names
        self.scenario = scenario
        self.file: SourceFile = scenario.file
        self.meanings = draft.meanings[scenario.file.path]
        self.steps = scenario.every_step

    def check(self) -> Iterator[Diagnostic]:
        if self.scenario.topic:
            yield from self._known(self.scenario.topic, self.catalog.topics, "topic", "E215")
        for trigger in self.scenario.triggers:
            if isinstance(trigger, s.SegmentTrigger):
                yield from self._known(trigger.segment, self.segments, "segment", "E216", "segments.yaml")
        yield from self._ids()
        yield from self._without_topic()
        yield from self._without_sender()
        yield from chain.from_iterable(self._step(step) for step in self.steps)

    def _known(
        self, name: s.Given[str], among: Iterable[str], what: str, code: str, where: str = "catalog.yaml"
    ) -> Iterator[Diagnostic]:
        among = tuple(among)
        if name.value in among:
            return
        listed = f"there are: {', '.join(sorted(among))}" if among else f"declare it in {where}"
        yield Diagnostic(
            code,
            "error",
            f"unknown {what} `{name.value}`",
            self.file,
            name.span,
            label=f"not in {where}",
            help=did_you_mean(name.value, among) or listed,
        )

    def _ids(self) -> Iterator[Diagnostic]:
        """Ids are unique in a file, those of `wait_for` branches included."""
        first: dict[str, s.Given[str]] = {}
        for given in self._given_ids():
            other = first.setdefault(given.value, given)
            if other is not given:
                yield Diagnostic(
                    "E202",
                    "error",
                    f"the id `{given.value}` stands twice",
                    self.file,
                    given.span,
                    label="this is the second",
                    help="give it an id of its own",
                    related=(Related(self.file, other.span, "the first"),),
                )

    def _given_ids(self) -> Iterator[s.Given[str]]:
        for step in self.steps:
            if step.frame.given_id:
                yield step.frame.given_id
            if isinstance(step, s.WaitForStep) and len(step.branches) > 1:
                yield from (branch.id for branch in step.branches if branch.id)

    def _step(self, step: s.Step) -> Iterator[Diagnostic]:
        catalog = self.catalog
        match step:
            case s.MessageStep(forms=forms):
                for form in forms:
                    yield from self._message(form)
            case s.WaitForStep(reply=reply) if reply is not None:
                yield from self._reply(reply)
            case s.GrantStep(topic=topic, channel=channel, text=text):
                yield from self._topic_and_channel(topic, channel)
                yield from self._known(text, catalog.texts, "consent text", "E217")
            case s.SuppressStep(topic=topic, channel=channel):
                yield from self._topic_and_channel(topic, channel)
            case s.CallStep(webhook=webhook):
                yield from self._known(webhook, catalog.webhooks, "webhook", "E218")

    def _without_topic(self) -> Iterator[Diagnostic]:
        """Once for a scenario: its head is where the topic is missing."""
        forms = (form for step in self.steps if isinstance(step, s.MessageStep) for form in step.forms)
        first = next((form for form in forms if form.topic is None), None)
        if self.scenario.topic is not None:
            return
        if first is None:
            yield from self._asked_of_no_topic()
        else:
            yield Diagnostic(
                "E219",
                "error",
                "a message without a topic",
                self.file,
                first.channel.span,
                help="say `topic:` at the head of the scenario",
                note="the topic says who agreed to get it, and what an unsubscribe ends",
            )

    def _asked_of_no_topic(self) -> Iterator[Diagnostic]:
        """`can_receive(email)` asks about the scenario's topic, and would never be true without one."""
        nodes = chain.from_iterable(walk(each.expression) for each in self.meanings.of.values())
        for node in nodes:
            if isinstance(node, CanReceive) and node.topic is None:
                yield error(
                    self.file,
                    "E219",
                    "a question about consent without a topic",
                    node.span,
                    "consent to what?",
                    f"say `topic:` at the head of the scenario, or `can_receive({node.channel}, TOPIC)`",
                )

    def _without_sender(self) -> Iterator[Diagnostic]:
        """Once a channel; a topic that names the channel was reported in the catalog already."""
        named = {channel for topic in self.catalog.topics.values() for channel in topic.channels}
        seen = {*self.catalog.senders, *named}
        for step in self.steps:
            for form in step.forms if isinstance(step, s.MessageStep) else ():
                channel = form.channel.value
                if channel not in seen and form.sender is None:
                    seen.add(channel)
                    yield Diagnostic(
                        "E220",
                        "error",
                        f"nobody sends `{channel}`",
                        self.file,
                        form.channel.span,
                        label="no such sender in catalog.yaml",
                        help=f"declare `senders: {{ {channel}: ... }}`",
                    )

    def _topic_and_channel(self, topic: s.Given[str], channel: s.Given[str]) -> Iterator[Diagnostic]:
        yield from self._known(topic, self.catalog.topics, "topic", "E215")
        yield from self._known(channel, channels_of(self.catalog), "channel", "E214")

    def _message(self, form: s.MessageForm) -> Iterator[Diagnostic]:
        if form.topic:
            yield from self._known(form.topic, self.catalog.topics, "topic", "E215")
        if form.sender:
            yield from self._known(form.sender, self.catalog.senders, "sender", "E220")

    def _reply(self, reply: s.Given[str]) -> Iterator[Diagnostic]:
        messages = [step.frame.id for step in self.steps if isinstance(step, s.MessageStep)]
        yield from self._known(reply, messages, "message step", "E203", "the scenario")
