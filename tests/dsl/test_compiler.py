"""Projects as a whole: the documented examples, plans, ids, and files that cannot be read."""

import shutil
from pathlib import Path

import pytest

from dsl import plan as p
from dsl.codec import decode, encode
from dsl.compiler import Project, compile_project
from dsl.values import Duration

REPOSITORY = Path(__file__).parents[2]
BASE = Path(__file__).with_name("golden") / "project"

EVERY_FORM = (Path(__file__).with_name("every_form.yaml")).read_text()


def project(folder: Path, **files: str) -> Project:
    """The golden project with these scenarios, by name, compiled."""
    shutil.copytree(BASE, folder, dirs_exist_ok=True)
    program = folder / "scenarios" / "program"
    program.mkdir()
    for name, text in files.items():
        (program / f"{name}.yaml").write_text(text)
    return compile_project(folder)


def scenario(steps: str, head: str = "") -> str:
    return (
        "scenario: case\ntopic: newsletter\ntrigger: { event: contact.subscribed }\nentry: once\n"
        f"{head}steps:\n{steps}"
    )


def plan_of(folder: Path, steps: str, head: str = "") -> p.Plan:
    compiled = project(folder, case=scenario(steps, head))
    assert compiled.errors == ()
    return compiled.scenarios["case"].plan


def test_the_shipped_project_has_no_errors() -> None:
    """Catalog, policy, scenarios and templates of the repository hold."""
    compiled = compile_project(REPOSITORY)
    assert compiled.diagnostics == ()
    assert set(compiled.scenarios) >= {"welcome", "reactivation", "birthday"}
    assert compiled.scenarios["welcome"].path == "scenarios/onboarding/welcome.yaml"
    assert compiled.scenarios["welcome"].program == "onboarding"
    assert compiled.world.catalog.brand.currency == "EUR"


def test_a_scenario_without_a_name_is_told_all_else_that_is_wrong(tmp_path: Path) -> None:
    nameless = scenario("- email: hello\n", "goal: 12\n").replace("scenario: case\n", "")
    assert [each.code for each in project(tmp_path, case=nameless).errors] == ["E122", "E125"]


def test_a_stored_plan_is_the_plan(tmp_path: Path) -> None:
    """Every form of trigger, entry and step survives the store."""
    compiled = project(tmp_path, every_form=EVERY_FORM)
    assert [each.message for each in compiled.errors] == []
    plan = compiled.scenarios["every_form"].plan
    assert decode(p.Plan, encode(plan)) == plan
    assert decode(p.World, encode(compiled.world)) == compiled.world


def test_every_form_of_the_language_is_lowered(tmp_path: Path) -> None:
    """No kind of trigger or step of the plan is beyond what can be written."""
    plan = project(tmp_path, every_form=EVERY_FORM).scenarios["every_form"].plan
    assert {trigger.kind for trigger in plan.triggers} == {
        "event", "reach", "date", "scan", "segment", "change", "campaign", "api",
    }  # fmt: skip
    assert {step.kind for step in plan.steps} == {
        "message", "wait", "wait_for", "choose", "split", "set", "grant", "suppress", "emit", "call",
        "task", "repeat", "exit",
    }  # fmt: skip


def test_steps_without_id_are_named_by_their_place(tmp_path: Path) -> None:
    """`3.then.1` is the first step of `then` of the third, whatever stands elsewhere."""
    steps = (
        "  - email: hello\n    id: hi\n  - wait: 1 day\n  - if: sent(hi)\n    then:\n      - email: offer\n"
        "  - wait_for: order.placed\n    up_to: 2 days\n    timeout: [{ email: offer }, { exit: gone }]\n"
    )
    plan = plan_of(tmp_path, steps)
    assert [step.id for step in plan.steps] == ["hi", "2", "3", "3.then.1", "4", "4.timeout.1", "4.timeout.2"]
    assert plan.start == "hi"
    choose, wait_for = plan.by_id["3"], plan.by_id["4"]
    assert isinstance(choose, p.ChooseStep)
    assert (choose.cases[0][1], choose.otherwise, choose.next) == ("3.then.1", "4", "4")
    assert isinstance(wait_for, p.WaitForStep)
    assert (wait_for.branches[0].then, wait_for.timeout) == (None, "4.timeout.1")


def test_the_body_of_a_repeat_leads_back(tmp_path: Path) -> None:
    """And what follows the repeat is its `next`."""
    steps = (
        "  - repeat: { every: 14 days, at_most: 3 }\n    id: again\n    steps:\n      - email: hello\n"
        "  - email: offer\n    id: last\n"
    )
    plan = plan_of(tmp_path, steps)
    repeat = plan.by_id["again"]
    assert isinstance(repeat, p.RepeatStep)
    assert (repeat.body, repeat.next, repeat.every) == ("again.steps.1", "last", Duration(days=14))
    body = plan.by_id["again.steps.1"]
    assert isinstance(body, p.MessageStep)
    assert body.next == "again"
    assert plan.max_messages == 4


def test_the_largest_number_of_messages_follows_the_longest_way(tmp_path: Path) -> None:
    """Branches exclude one another, and what exits sends no more."""
    steps = (
        "  - email: hello\n  - choose:\n"
        "      - when: contact.tier == gold\n        steps: [{ email: offer }, { email: offer }]\n"
        "      - when: contact.tier == silver\n        steps: [{ email: offer }, { exit: done }]\n"
        "      - otherwise: []\n  - email: hello\n"
    )
    assert plan_of(tmp_path, steps).max_messages == 4


def test_a_wait_for_any_of_one_event_counts_what_follows_it(tmp_path: Path) -> None:
    """One pattern under `any` has its own steps too."""
    steps = "  - wait_for: { any: [{ event: order.placed, then: [{ email: hello }] }] }\n    up_to: 2 days\n"
    assert plan_of(tmp_path, steps).max_messages == 1


def test_an_event_that_ended_a_wait_has_its_instant(tmp_path: Path) -> None:
    """Beside its properties, as the latest of a history has."""
    steps = (
        "  - wait_for: order.placed\n    id: order\n    up_to: 2 days\n    then:\n"
        "      - wait: until order.at + 3 days at 10:00\n        if_past: now\n      - email: hello\n"
    )
    assert plan_of(tmp_path, steps).max_messages == 1


def test_a_variable_may_add_up_money(tmp_path: Path) -> None:
    """As an attribute may; a text does not add up."""
    head = "handlers: [{ event: order.placed, add: { run.spent: total } }]\n"
    assert plan_of(tmp_path, "  - if: run.spent > 100\n    then: [{ exit: rich }]\n", head).handlers
    wrong = scenario("  - add: { run.who: contact.first_name }\n")
    (tmp_path / "scenarios" / "program" / "case.yaml").write_text(wrong)
    assert [each.code for each in compile_project(tmp_path).errors] == ["E301"]


def test_a_date_trigger_takes_no_computed_date(tmp_path: Path) -> None:
    """A scan looks people up by what is stored of them."""
    head = "scenario: case\nentry: once\n"
    trigger = "trigger: { date: contact.first_order_on, at: 09:00, if_past: skip }\n"
    shutil.copytree(BASE, tmp_path, dirs_exist_ok=True)
    catalog = tmp_path / "scenarios" / "catalog.yaml"
    first = '  first_order_on: { type: date, is: "date(first(order.placed, last 1 year).at)" }\n'
    catalog.write_text(catalog.read_text().replace("computed:\n", f"computed:\n{first}"))
    (tmp_path / "scenarios" / "case.yaml").write_text(f"{head}{trigger}steps:\n  - exit: done\n")
    assert [each.code for each in compile_project(tmp_path).errors] == ["E301"]


def test_an_event_about_an_object_is_found_by_key(tmp_path: Path) -> None:
    """The equality of its `about` property, on whichever side it stands, is what the router looks up."""
    head = (
        "key: event.source\n"
        "exit_when: [{ event: product.price_changed, where: price < 10 and run.key == sku, as: cheaper }]\n"
    )
    plan = plan_of(tmp_path, "  - email: hello\n", head)
    pattern = plan.exits[0].pattern
    assert pattern is not None
    assert pattern.about_key is not None
    assert pattern.about_key.text == "run.key"
    assert plan.exits[0].reason == "cheaper"


def test_a_wait_on_changing_data_is_marked(tmp_path: Path) -> None:
    """What the starting event said stays said; attributes and variables change."""
    head = "trigger: { event: order.placed }\n"
    text = scenario(
        "  - wait: until contact.renewal_date\n    if_past: exit\n    id: changing\n"
        "  - wait: until entry + 3 days\n    if_past: now\n    id: fixed\n"
    ).replace("trigger: { event: contact.subscribed }\n", head)
    plan = project(tmp_path, case=text).scenarios["case"].plan
    waits = {step.id: step.until for step in plan.steps if isinstance(step, p.WaitStep)}
    changing, fixed = waits["changing"], waits["fixed"]
    assert isinstance(changing, p.UntilInstant)
    assert isinstance(fixed, p.UntilInstant)
    assert (changing.names_data, fixed.names_data) == (True, False)


def test_a_plain_value_is_an_expression_and_a_quoted_one_is_text(tmp_path: Path) -> None:
    """In `with`, `set` and `add`."""
    steps = (
        '  - email: hello\n    with: { a: contact.points, b: "contact.points" }\n'
        "  - set: { contact.tier: gold, run.seen: unknown }\n"
    )
    plan = project(tmp_path, case=scenario(steps)).scenarios["case"].plan
    message, change = plan.steps
    assert isinstance(message, p.MessageStep)
    kinds = {name: formula.root.kind for name, formula in message.candidates[0].with_}
    assert kinds == {"a": "field", "b": "constant"}
    assert isinstance(change, p.SetStep)
    assert [line.value is None for line in change.assignments] == [False, True]


def test_the_class_of_a_message_is_the_nearest_that_was_said(tmp_path: Path) -> None:
    """Its own, else its topic's, else the scenario's."""
    steps = (
        "  - email: hello\n  - email: hello\n    topic: service\n  - email: hello\n    topic: service\n"
        "    class: service\n"
    )
    plan = plan_of(tmp_path, steps)
    classes = [step.candidates[0].message_class for step in plan.steps if isinstance(step, p.MessageStep)]
    assert classes == ["marketing", "transactional", "service"]


def test_what_first_of_says_holds_for_all_its_messages(tmp_path: Path) -> None:
    """Each may say its own instead; tags add up."""
    steps = (
        "  - first_of: [{ sms: hello }, { email: hello, expires: 2 days, tags: [own] }]\n"
        "    on_cap: next\n    expires: 8 hours\n    tags: [shared]\n    topic: service\n"
    )
    step = plan_of(tmp_path, steps).steps[0]
    assert isinstance(step, p.MessageStep)
    sms, email = step.candidates
    assert (sms.expires, sms.tags, sms.topic) == (Duration(seconds=8 * 3600), ("shared",), "service")
    assert (email.expires, email.tags, email.on_cap) == (Duration(days=2), ("shared", "own"), sms.on_cap)


def test_a_scenario_with_errors_has_no_plan_and_the_others_do(tmp_path: Path) -> None:
    """One broken file does not take the rest with it."""
    broken = scenario("  - emial: hello\n").replace("scenario: case", "scenario: other")
    compiled = project(tmp_path, case=scenario("  - email: hello\n"), other=broken)
    assert set(compiled.scenarios) == {"case"}
    assert [each.code for each in compiled.errors] == ["E126"]


def test_all_mistakes_of_a_project_are_told_at_once(tmp_path: Path) -> None:
    """An expression that cannot be read hides no other mistake, in this file or another."""
    one = scenario(
        "  - if: contact.tier = gold\n    then:\n      - email: helo\n", "audience: contact.teir is known\n"
    )
    two = scenario("  - wait: until today\n").replace("scenario: case", "scenario: other")
    compiled = project(tmp_path, case=one, other=two)
    assert sorted(each.code for each in compiled.errors) == ["E402", "E500", "E511", "E610"]


def test_a_mistake_of_shape_hides_no_unknown_name(tmp_path: Path) -> None:
    """And what a broken step would have given to others is not missed."""
    steps = (
        "  - emial: hello\n    id: lost\n  - if: clicked(lost)\n    then: [{ exit: contact.x }]\n"
        "  - email: hello\n    only_if: contact.teir == gold\n"
    )
    compiled = project(tmp_path, case=scenario(steps, "audience: contact.tier == gould\n"))
    assert sorted(each.code for each in compiled.errors) == ["E125", "E126", "E511", "E514"]


def test_a_broken_catalog_makes_no_error_elsewhere(tmp_path: Path) -> None:
    """Names that it would have declared are not called unknown."""
    shutil.copytree(BASE, tmp_path, dirs_exist_ok=True)
    catalog = tmp_path / "scenarios" / "catalog.yaml"
    catalog.write_text(catalog.read_text().replace("events:", "evnts:"))
    (tmp_path / "scenarios" / "case.yaml").write_text(scenario("  - email: hello\n"))
    compiled = compile_project(tmp_path)
    assert [each.code for each in compiled.errors] == ["E121"]
    with pytest.raises(ValueError, match=r"catalog\.yaml:\d+:1: the catalog has no `evnts`"):
        assert compiled.world


def test_a_folder_without_catalog_says_so(tmp_path: Path) -> None:
    """And nothing else."""
    assert [each.code for each in compile_project(tmp_path).errors] == ["E700"]


def test_bytes_that_are_not_utf_8_are_one_diagnostic(tmp_path: Path) -> None:
    """It names the place and the byte."""
    shutil.copytree(BASE, tmp_path, dirs_exist_ok=True)
    (tmp_path / "scenarios" / "case.yaml").write_bytes(b"scenario: case\ntitle: caf\xe9\n")
    (found,) = compile_project(tmp_path).errors
    assert (found.code, found.label, found.file.position(found.span.start)) == ("E115", "byte 0xe9", (2, 11))


def test_a_huge_file_is_not_read(tmp_path: Path) -> None:
    """Ten megabytes are one diagnostic."""
    shutil.copytree(BASE, tmp_path, dirs_exist_ok=True)
    (tmp_path / "scenarios" / "case.yaml").write_text("# " + "x" * 10_000_000)
    assert [each.code for each in compile_project(tmp_path).errors] == ["E101"]


def test_an_empty_scenario_file_is_told(tmp_path: Path) -> None:
    """A file of comments alone is no scenario."""
    assert [each.code for each in project(tmp_path, case="# to be written\n").errors] == ["E122"]


def test_lines_that_end_as_on_windows_are_the_same_scenario(tmp_path: Path) -> None:
    """Carriage returns and a byte-order mark are not content."""
    shutil.copytree(BASE, tmp_path, dirs_exist_ok=True)
    text = scenario("  - email: hello\n").replace("\n", "\r\n")
    (tmp_path / "scenarios" / "case.yaml").write_bytes(b"\xef\xbb\xbf" + text.encode())
    compiled = compile_project(tmp_path)
    assert compiled.errors == ()
    assert list(compiled.scenarios) == ["case"]
