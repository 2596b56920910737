"""Questions about a person's events and messages, in words."""

from dsl import nodes
from dsl.wording.constants import duration
from dsl.wording.speech import Speech, channel_name, event_name, quoted, spaced

_FIGURES = {"avg": "average", "min": "smallest", "max": "largest", "sum": "sum of every"}


def did(node: nodes.History, speech: Speech, *, denied: bool) -> str:
    """`did(...)` as a statement."""
    many = "there was no" if denied else "there was at least one"
    return f"{many} {events(node, speech)}"


def value(node: nodes.History, speech: Speech) -> str:
    """`count(...)`, `sum(...)`, `latest(...).x` as a noun."""
    if node.function == "did":
        return f"whether {did(node, speech, denied=False)}"
    if node.function == "count":
        return f"the number of {events(node, speech)}"
    if node.function in ("first", "latest"):
        which = f"the {node.function} {events(node, speech)}"
        return f"the moment of {which}" if node.path == ("at",) else f"the {_path(node)} of {which}"
    return f"the {_FIGURES[node.function]} {quoted(_path(node))} among {events(node, speech)}"


def _path(node: nodes.History) -> str:
    return spaced(".".join(node.path))


def events(node: nodes.History, speech: Speech) -> str:
    """The events that are looked at: their name, their condition, the window."""
    where = f" (where {speech.about(node.event).clause(node.where)})" if node.where else ""
    return f"{event_name(node.event)}{where} {window(node.window, speech)}"


def window(node: nodes.Window, speech: Speech) -> str:
    """How far back a question reaches."""
    match node:
        case nodes.Window(form="last", amount=amount) if amount:
            return f"in the last {duration(amount).removeprefix('1 ')}"
        case nodes.Window(form="since", anchor="entry"):
            return "since the entry into the scenario"
        case nodes.Window(form="since", anchor=anchor):
            return f"since the step {quoted(speech.names.steps.get(anchor or '', anchor or ''))} began"
        case nodes.Window(form="between", low=low, high=high) if low and high:
            return f"from {speech.value(low)} to {speech.value(high)}"
        case nodes.Window(form="today"):
            return "today"
    kept = speech.names.kept
    return f"ever (events are kept for {duration(kept)})" if kept else "ever"


def message_test(node: nodes.MessageTest, speech: Speech, *, denied: bool) -> str:
    """`clicked(hello)` and its kin."""
    message = quoted(speech.names.steps.get(node.step, spaced(node.step)))
    not_ = " not" if denied else ""
    match node.function:
        case "replied":
            return f"the person {'did not reply' if denied else 'replied'} to {message}"
        case "clicked":
            link = f"the link {quoted(node.link)}" if node.link else "no link" if denied else "a link"
            was = "was not" if denied and node.link else "was"
            return f"{link} in {message} {was} clicked"
    return f"{message} was{not_} {node.function}"


def can_receive(node: nodes.CanReceive, speech: Speech, *, denied: bool) -> str:
    """Consent and address, for a channel and a topic."""
    may = "may not" if denied else "may"
    about = ""
    if node.topic:
        topic = speech.names.catalog.topics.get(node.topic)
        about = f" about {quoted(topic.title_in('en') if topic else spaced(node.topic))}"
    return f"the person {may} be contacted by {channel_name(node.channel)}{about}"


def can_track(node: nodes.CanTrack, *, denied: bool) -> str:
    """Consent to tracking."""
    what = "clicks on links" if node.what == "clicks" else "opening of emails"
    return f"the person's {what} {'may not' if denied else 'may'} be tracked"
