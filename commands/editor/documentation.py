"""What every key of the language does, in a sentence: shown beside completions and on hover."""

from collections.abc import Mapping

STEPS: Mapping[str, str] = {
    "email": (
        "Sends an email, once consent, hours and limits allow it; the next step begins when it left or "
        "was given up."
    ),
    "sms": (
        "Sends an SMS, once consent, hours and limits allow it; the next step begins when it left or was"
        " given up."
    ),
    "first_of": "Sends the first of these messages whose channel can reach the person.",
    "wait": (
        "Waits: `3 days` (same local time), `3 days at 10:00`, `72 hours`, `until 18:00`, `until next "
        "mon at 09:00`, `until contact.renewal_date - 7 days`."
    ),
    "wait_for": (
        "Waits for an event, one of several (`any`), a reply or a condition: `then` when it comes, "
        "`timeout` after `up_to`."
    ),
    "if": "Goes on with `then` where the condition is true, else with `else`; what is unknown is not true.",
    "choose": "Takes the first case whose `when` holds, else `otherwise`.",
    "split": "Gives each person an arm by a stable draw; `experiment: true` reports the arms on the goal.",
    "set": "Sets attributes (`contact.x`) or variables of the run (`run.x`); `unknown` clears.",
    "add": "Adds to numbers and money; what is unknown counts as 0.",
    "grant": "Records consent, with the version of the text that the person agreed to and its proof.",
    "suppress": "Stops a topic on a channel, without pretending that the person asked for it.",
    "emit": "Raises an event; this is how scenarios start one another.",
    "call": "Calls a webhook of the catalog, with an idempotency key; `save` keeps what it returns.",
    "task": "Gives people something to do: a call, a parcel, a letter.",
    "repeat": "Does `steps` again and again, `every` so long, `at_most` so often, `until` something holds.",
    "exit": "Ends the run, for the reason given.",
}
"""By the verb of the step."""

_OF_STEPS: Mapping[str, str] = {
    "id": "The name by which conditions, stories and reports speak of this step.",
    "title": "What people read in the studio, in diagrams and in reports.",
    "only_if": "The step is left out where this is not true.",
    "with": "Values for the templates, the event or the call: plain is an expression, quoted is text.",
    "hours": "Local hours and days in which the message may leave; they may only narrow the policy's.",
    "on_cap": "What to do where a limit leaves no place: `delay up to 3 days`, `drop`, `next`, `exit`.",
    "expires": "How long after the step was reached the message still makes sense.",
    "sender": "Who writes, where it is not the usual sender of the channel.",
    "if_past": "What to do where the instant has already passed: it is never left to chance.",
    "steps": "Steps, one after another.",
    "up_to": "How long to wait at most.",
    "then": "Steps that follow when it happens.",
    "else": "Steps that follow when it does not.",
    "timeout": "Steps that follow when it did not happen in time.",
    "any": "Several events, each with its own `id` and `then`; the first that comes decides.",
    "reply": "The message step whose answer is waited for.",
    "condition": "Looked at when something that it names changes.",
    "branches": "The steps of each arm.",
    "experiment": "Whether reports compare the arms on the goal.",
    "save": "The variable that keeps what the webhook returns.",
    "on_error": "Whether the run goes on or ends when the call fails for good.",
    "team": "Who does the task.",
    "due": "By when the task is to be done.",
    "at_most": "The bound: how often at most.",
    "until": "Asked before each pass; the loop ends where it is true.",
    "when": "The condition under which this case is taken, or this limit is asked for.",
    "otherwise": "Steps for everybody whom no case takes; it stands last.",
    "proof": "How it is known that the person agreed.",
    "text": "The version of the consent text, from `texts` of the catalog.",
    "reason": "Why, in a word.",
}

_OF_SCENARIOS: Mapping[str, str] = {
    "scenario": "The name of the scenario, unlike that of any other.",
    "owner": "Who answers for it.",
    "stage": "The stage of the customer journey.",
    "kpi": "What it is measured by.",
    "topic": "Who may be contacted, and what an unsubscribe ends.",
    "class": (
        "`marketing` needs consent, `service` may be objected to, `transactional` is owed; the default "
        "is the topic's."
    ),
    "priority": "0 to 100: who gets the place under a limit.",
    "tags": "Labels that limits and reports speak of.",
    "zone": "A time zone that replaces the person's own for every time in this file.",
    "trigger": "What makes a person enter; one, or a list.",
    "audience": "Who may enter, looked at when the trigger fires.",
    "entry": "How often: `once`, `always`, `once per 90 days`.",
    "key": "What makes one run differ from another of the same person: a cart, an order line.",
    "while_active": (
        "What a new entry does while a run of the same key is active: `ignore`, `restart`, `parallel`."
    ),
    "existing": "Whether people who are in the segment at the first publication enter.",
    "goal": "The conversion; reaching it ends the run unless `exit: false`.",
    "exit_when": "Events and conditions that end the run at once.",
    "handlers": "Events that change variables of the run while it goes on.",
    "holdout": "The share of people who go through it without receiving anything, to measure its effect.",
    "on_edit": "What becomes of people under way when a new version is published.",
    "move": "They go on at the step of the same id; those whose step is gone exit or finish.",
    "as": "The name of this end in reports.",
    "within": "How long after the entry the goal still counts.",
}

_OF_TRIGGERS: Mapping[str, str] = {
    "event": "An event of the catalog, or a built-in one.",
    "where": "A condition on the event; bare names are its properties.",
    "for_each": "One run for each item of a list of the event, `item.x` in it; needs a `key`.",
    "reaches": "Everyone whose own history matches an event that is about an object.",
    "date": "A day relative to a date of the contact.",
    "offset": "So many days before (`-7 days`) or after the date.",
    "every": (
        "Everybody in `audience`, at this local time: `day at 09:00`, `week on mon at 09:00`, `month on "
        "1 at 09:00`."
    ),
    "entered": "A segment that the person comes into.",
    "left": "A segment that the person falls out of.",
    "checked": "When a segment with a window is looked at, where every hour is too often.",
    "changed": "An attribute that changed; `before` and `after` may be compared.",
    "include_imports": "Whether a change by an import counts.",
    "api": "Started by a call of another system.",
    "input": "What the call must give, with types.",
    "spread": "Entries flow evenly over this time.",
    "at": "A local time or instant.",
}

_OF_THE_WORLD: Mapping[str, str] = {
    "brand": "Who writes to people.",
    "locales": "Languages of the templates; the first is the fallback.",
    "contact": "Attributes of contacts.",
    "computed": "Attributes that are derived by an expression.",
    "events": "What may happen, with the types of its properties.",
    "topics": "What a person agrees to and unsubscribes from.",
    "senders": "From whom each channel writes.",
    "webhooks": "Calls that scenarios may make.",
    "codes": "Pools of unique codes.",
    "merge_on": "Attributes of which the same value tells that two contacts are one person.",
    "household": "The attribute of which the same value tells that people live together.",
    "texts": "Consent texts by version.",
    "personal": "Whether it tells of a person, for the register of processing.",
    "purpose": "What it is collected for.",
    "source": "Where it comes from.",
    "keep": "How long it is kept.",
    "is": "The expression that defines it.",
    "about": "The property that names the object; such an event has no contact.",
    "_purpose": "What the event is collected for.",
    "_medium": "Through what it came (web, store, phone ...), or the property (a choice) that says it.",
    "_direction": "`in`: the person turned to the brand; `out`: the brand to the person; `none`.",
    "_where": "The property that says where it happened, for the person's timeline.",
    "_outcome": "The property that says what came of it, for the person's timeline.",
    "ordered": "Whether the choices compare by their order: `contact.tier >= silver`.",
    "time_zone": "The zone of people whose own is unknown.",
    "pressure": "How many messages a person may get.",
    "limits": "At most so many messages in so many days.",
    "of": "Whose messages a limit counts: those of the `person`, or of everybody in the `household`.",
    "exempt": "What is neither counted nor refused.",
    "late_events": "Older events enter history and start nothing.",
    "tracking": "Whether opens and clicks are tracked.",
    "retention": "How long things are kept.",
    "delivery": "What happens where the outcome of a send is unknown: `at_most_once` or `at_least_once`.",
    "utm": "Parameters that links get.",
    "given": "How things stand with the person when the story begins.",
    "expect": "Everything that the scenarios do, in order; what is not written must not happen.",
    "starts": "Day 0.",
    "stories": "Stories that must hold.",
    "because": "Why the message was not sent.",
}

KEYS: Mapping[str, str] = {**_OF_THE_WORLD, **_OF_TRIGGERS, **_OF_SCENARIOS, **_OF_STEPS, **STEPS}
"""By key; where a key stands in several places, what holds in most."""
