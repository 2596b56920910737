"""What stands for itself: constants, names, segments. A name that nothing has filled is unknown."""

from collections.abc import Callable, Mapping

from dsl import nodes
from dsl.local_time import local_day
from dsl.scope import Scope
from dsl.semantics.closures import Build, Closure
from dsl.values import Value

Contents = Mapping[str, Value]


def constant(node: nodes.Constant | nodes.Choice, _build: Build) -> Closure:
    """A value as written."""
    value = node.value
    return lambda _scope, _seen: value


def unknown(_node: nodes.Unknown, _build: Build) -> Closure:
    """The word `unknown`."""
    return lambda _scope, _seen: None


def list_(node: nodes.ListNode, build: Build) -> Closure:
    """`[FR, BE]`."""
    items = tuple(build(each) for each in node.items)
    return lambda scope, seen: tuple(item(scope, seen) for item in items)


def walked(value: Value, path: tuple[str, ...]) -> Value:
    """The value at a path: into records by name, over lists one field of each element."""
    for position, name in enumerate(path):
        if value is None:
            return None
        if isinstance(value, tuple | list):
            rest = path[position:]
            return tuple(walked(each, rest) for each in value)
        if not isinstance(value, Mapping):
            return None
        value = value.get(name)
    return value


def field(node: nodes.Field, build: Build) -> Closure:
    """A name whose meaning is known."""
    path = node.path
    if node.root == "contact":
        return _attribute(path, build)
    if node.root == "clock":
        return CLOCK[path[0]]
    if node.root == "property":
        if len(path) == 1:
            name = path[0]
            return lambda _scope, seen: seen.get(name)
        return lambda _scope, seen: walked(seen, path)
    contents = CONTENTS[node.root]
    return lambda scope, _seen: walked(contents(scope), path)


CONTENTS: dict[nodes.Root, Callable[[Scope], Contents]] = {
    "event": lambda scope: scope.event,
    "item": lambda scope: scope.item,
    "run": lambda scope: scope.run,
    "bound": lambda scope: scope.bound,
    "message": lambda scope: scope.message,
    "changed": lambda scope: scope.changed,
}

CLOCK: dict[str, Closure] = {
    "now": lambda scope, _seen: scope.now,
    "today": lambda scope, _seen: local_day(scope.now, scope.zone),
    "entry": lambda scope, _seen: None if scope.entry is None else scope.entry.at,
}


def _attribute(path: tuple[str, ...], build: Build) -> Closure:
    """A computed attribute is the one that today's catalog defines."""
    name, rest = path[0], path[1:]

    def closure(scope: Scope, _seen: Contents) -> Value:
        declared = scope.world.catalog.attributes.get(name)
        if declared is None or declared.computed is None:
            value = scope.attributes.get(name)
        else:
            value = build(declared.computed)(scope, {})
        return walked(value, rest) if rest else value

    return closure


def in_segment(node: nodes.InSegment, build: Build) -> Closure:
    """Membership by today's definition; unknown where its condition is, as for anything that has a name."""

    def closure(scope: Scope, _seen: Contents) -> Value:
        segment = scope.world.segments.get(node.segment)
        value = None if segment is None else build(segment.root)(scope, {})
        return None if value is None else value is not node.negated

    return closure
