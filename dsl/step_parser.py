"""Located tree to steps. `VERBS` is the table of what can be written."""

from dsl import action_parser, branch_parser, message_parser
from dsl.shapes import Shapes
from dsl.step_reader import Steps, Verbs

VERBS: Verbs = {
    "first_of": (message_parser.SHARED_KEYS, message_parser.first_of),
    "wait": (("if_past", "steps"), branch_parser.wait),
    "wait_for": (("up_to", "then", "timeout"), branch_parser.wait_for),
    "if": (("then", "else"), branch_parser.if_),
    "choose": ((), branch_parser.choose),
    "split": (("branches", "experiment"), branch_parser.split),
    "set": ((), action_parser.assign),
    "add": ((), action_parser.assign),
    "grant": ((), action_parser.grant),
    "suppress": ((), action_parser.suppress),
    "emit": (("with",), action_parser.emit),
    "call": (("with", "save", "on_error", "up_to"), action_parser.call),
    "task": (("team", "due"), action_parser.task),
    "repeat": (("steps",), branch_parser.repeat),
    "exit": ((), action_parser.exit_),
}


def steps_reader(shapes: Shapes, channels: tuple[str, ...]) -> Steps:
    """A reader of the steps of one file, in which each channel is a verb too."""
    sending = (message_parser.MESSAGE_KEYS, message_parser.message_step)
    return Steps(shapes, channels, {**dict.fromkeys(channels, sending), **VERBS})
