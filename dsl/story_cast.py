"""The scenarios that a story file plays, as far as its lines may name what is in them."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import field
from functools import cached_property

from dsl import scenario as s
from dsl.catalog import Catalog
from dsl.frozen import dataclass

ENDS = ("if_past", "error", "cap", "lost_consent", "restarted", "merged", "erased", "stopped", "end")
"""Reasons of an end that every scenario may have."""


@dataclass(frozen=True)
class Known:
    """The project that stories are checked against.

    `scenarios` are those that could be read; `names` are all that are written, and `complete` is false where
    a file could not even be asked for its scenario's name.
    """

    catalog: Catalog
    channels: tuple[str, ...]
    scenarios: Mapping[str, s.Scenario]
    names: frozenset[str]
    complete: bool
    files: frozenset[str] = frozenset()
    """Paths of the scenario files, for `publishes`."""
    editions: Mapping[str, s.Scenario] = field(default_factory=dict)
    """What stories put in force, by the path of the file, as far as it could be read."""


@dataclass(frozen=True)
class Cast:
    """The scenarios of one story file; not `sure` where one of them could not be read."""

    scenarios: tuple[s.Scenario, ...]
    sure: bool

    @cached_property
    def _steps(self) -> tuple[s.Step, ...]:
        return tuple(step for scenario in self.scenarios for step in scenario.every_step)

    @cached_property
    def _forms(self) -> tuple[s.MessageForm, ...]:
        return tuple(f for step in self._steps if isinstance(step, s.MessageStep) for f in step.forms)

    @cached_property
    def message_steps(self) -> frozenset[str]:
        """Ids of the steps that send."""
        return frozenset(step.frame.id for step in self._steps if isinstance(step, s.MessageStep))

    @cached_property
    def channels_of(self) -> dict[str, tuple[str, ...]]:
        """Message to the channels that it is sent by."""
        found: dict[str, list[str]] = {}
        for form in self._forms:
            found.setdefault(form.message.value, []).append(form.channel.value)
        return {message: tuple(dict.fromkeys(channels)) for message, channels in found.items()}

    @cached_property
    def webhooks(self) -> frozenset[str]:
        """Webhooks that are called."""
        return frozenset(step.webhook.value for step in self._steps if isinstance(step, s.CallStep))

    @cached_property
    def tasks(self) -> frozenset[str]:
        """Tasks that are opened, by their text."""
        return frozenset(step.task for step in self._steps if isinstance(step, s.TaskStep))

    @cached_property
    def emitted(self) -> frozenset[str]:
        """Events that are raised."""
        return frozenset(step.event.value for step in self._steps if isinstance(step, s.EmitStep))

    @cached_property
    def arms(self) -> dict[str, tuple[str, ...]]:
        """Split to its arms."""
        splits = (step for step in self._steps if isinstance(step, s.SplitStep))
        return {step.frame.id: tuple(arm.name.value for arm in step.arms) for step in splits}

    @cached_property
    def holds_out(self) -> bool:
        """Whether a scenario holds people out."""
        return any(scenario.holdout for scenario in self.scenarios)

    @cached_property
    def reasons(self) -> frozenset[str]:
        """Every reason for which a run may end."""
        return frozenset((*ENDS, *self._reasons()))

    def _reasons(self) -> Iterator[str]:
        for scenario in self.scenarios:
            if scenario.goal:
                yield "goal"
            yield from (_reason(end) for end in scenario.exits)
        yield from (step.reason for step in self._steps if isinstance(step, s.ExitStep))

    @cached_property
    def called(self) -> dict[str, s.ApiTrigger]:
        """Scenario to its API trigger."""
        return {
            scenario.name.value: trigger
            for scenario in self.scenarios
            for trigger in scenario.triggers
            if isinstance(trigger, s.ApiTrigger)
        }


def _reason(end: s.Exit) -> str:
    return end.reason or (end.pattern.event.value if end.pattern else "condition")


def cast_of(names: Iterable[str], published: Iterable[str], known: Known) -> Cast:
    """The scenarios of these names, and the versions at these paths that the stories put in force."""
    found = [known.scenarios.get(name) for name in names]
    found += [known.editions.get(path) for path in published if path in known.files]
    return Cast(tuple(each for each in found if each), sure=all(found))
