"""A brand, and a message that is about to be rendered for somebody of it."""

from dsl import types
from dsl.catalog import Attribute, Brand, Catalog, Sender
from dsl.plan import World
from dsl.policy import Policy
from engine.links import Links
from engine.rendering import Draft

LINKS = Links("https://mail.maison-verte.example", ["secret"])
NAMES = ("email", "first_name", "points", "tier", "birthdate")
CATALOG = Catalog(
    brand=Brand("Maison Verte", "Maison Verte SAS, 12 rue des Lilas", "https://maison-verte.example", "EUR"),
    locales=("fr", "en"),
    attributes={name: Attribute(name, types.TEXT) for name in NAMES},
    events={},
    topics={},
    senders={"sms": Sender("sms", "MAISONVERTE", stop_number="36180"), "short": Sender("sms", "36111")},
    webhooks={},
    codes={},
    texts={},
)
WORLD = World(CATALOG, Policy(utm={"source": "relance", "campaign": "{scenario}", "content": "{step}"}), {})
DRAFT = Draft("hello", "c_1", "m_1", "welcome", "first", "newsletter", locale="fr")
