"""Plans made by hand for the tests of diagrams: a short one, and one with every kind of branch."""

from datetime import time
from decimal import Decimal

from dsl.nodes import Constant
from dsl.plan import (
    AfterDuration,
    Assignment,
    CallStep,
    Candidate,
    ChooseStep,
    EmitStep,
    EventTrigger,
    ExitStep,
    Goal,
    GrantStep,
    MessageStep,
    Pattern,
    Plan,
    RepeatStep,
    ScanTrigger,
    SetStep,
    SplitStep,
    Step,
    TaskStep,
    UntilInstant,
    UntilTime,
    WaitBranch,
    WaitForStep,
    WaitStep,
)
from dsl.policy import Formula
from dsl.values import Duration

LONG_TITLE = "Un grand merci, et à très bientôt dans nos boutiques parisiennes du Marais et de Saint-Germain"


def formula(text):
    return Formula(text, Constant(True))


def candidate(channel, message):
    return Candidate(channel, message, "newsletter", "marketing")


def message(step, channel, name, after, **options):
    return MessageStep(step, (candidate(channel, name),), after, **options)


def welcome() -> Plan:
    first_order = WaitBranch(Pattern("order.placed"), None)
    steps: tuple[Step, ...] = (
        message("hello", "email", "welcome_hello", "2"),
        WaitStep("2", AfterDuration(Duration(days=3), time(10)), "3"),
        ChooseStep("3", ((formula("clicked(hello)"), "3.then.1"),), "3.else.1"),
        message("3.then.1", "email", "welcome_best_sellers", "4"),
        MessageStep("3.else.1", (candidate("sms", "reminder"), candidate("email", "reminder")), "4"),
        WaitForStep("4", "4.timeout.1", (first_order,), up_to=AfterDuration(Duration(days=7))),
        message("4.timeout.1", "email", "welcome_code", None),
    )
    return Plan(
        "welcome",
        "Bienvenue à un nouvel abonné",
        "onboarding",
        "newsletter",
        "marketing",
        (EventTrigger(Pattern("contact.subscribed", formula('list == "newsletter"'))),),
        steps,
        "hello",
        audience=formula("contact.country in [FR, BE, CH]"),
        goal=Goal(Pattern("order.placed"), Duration(days=30)),
    )


def spring() -> Plan:
    return Plan(
        "spring",
        "Campagne de printemps : la nouvelle collection",
        "loyalty",
        "newsletter",
        "marketing",
        (ScanTrigger("week", time(9), 0),),
        (*_offer(), *_ideas(), *_renewal()),
        "a",
    )


def _offer() -> tuple[Step, ...]:
    cases = (
        (formula("contact.tier == gold"), "c1"),
        (formula("contact.points > 500"), "c2"),
        (formula("contact.country == CH"), "d"),
    )
    arms = (("a", Decimal("0.5"), "d1"), ("b", Decimal("0.3"), "d2"), ("c", Decimal("0.2"), "e"))
    clicked = WaitBranch(Pattern("message.clicked", formula('link == "rdv"')), "c1c")
    ordered = WaitBranch(Pattern("order.placed"), "d")
    return (
        message("a", "email", "annonce_de_la_collection", "b"),
        WaitStep("b", AfterDuration(Duration(days=2), time(9)), "c"),
        ChooseStep("c", cases, "c4"),
        message("c1", "email", "invitation_privee", "c1b"),
        WaitForStep("c1b", "c1d", (clicked, ordered), up_to=AfterDuration(Duration(days=5))),
        TaskStep("c1c", "Rappeler la cliente", "store_75011", "d", Duration(days=2)),
        message("c1d", "sms", "relance_invitation", "d", only_if=formula("can_receive(sms)")),
        message("c2", "email", "points", "c2b"),
        SetStep("c2b", (Assignment(("contact", "stage"), formula("active")),), "d"),
        message("c4", "email", "decouverte", "c4b"),
        ExitStep("c4b", "not_interested"),
        SplitStep("d", arms, experiment=True),
        message("d1", "email", "livraison", "d1b"),
        WaitStep("d1b", AfterDuration(Duration(seconds=72 * 3600)), "e"),
        message("d2", "sms", "livraison", "e"),
    )


def _ideas() -> tuple[Step, ...]:
    return (
        RepeatStep("e", Duration(days=14), 5, "e1", "g", formula("did(order.placed, since entry)")),
        message("e1", "email", "idee_du_jour", "e2"),
        ChooseStep("e2", ((formula("clicked(e1)"), "e3"),), "e"),
        EmitStep("e3", "interest.shown", "e"),
    )


def _renewal() -> tuple[Step, ...]:
    until = UntilInstant(formula("contact.renewal_date - 7 days"), time(10))
    return (
        WaitStep("g", until, "i", inner="g1", if_past="skip"),
        message("g1", "email", "renouvellement", "g2"),
        CallStep("g2", "open_case", "i"),
        ChooseStep("i", ((formula("replied(g1)"), "i1"),), "i2"),
        ExitStep("i1", "answered"),
        ChooseStep("i2", ((formula("opened(g1)"), "i3"),), "i4"),
        ExitStep("i3", "opened"),
        ChooseStep("i4", ((formula("contact.is_professional"), "i5"),), "j"),
        message("i5", "email", "offre_professionnels", "j"),
        GrantStep("j", "newsletter", "email", "optin_v3", "k"),
        WaitStep("k", UntilTime(time(9), 0), "l"),
        message("l", "email", "merci", None, title=LONG_TITLE),
    )
