"""A small project whose templates a test writes, and how what is said of it is shown."""

from pathlib import Path

CATALOG = """\
brand: { name: Maison Verte, legal_sender: MV SAS, site: https://maison-verte.example, currency: EUR }
locales: [fr, en]
contact:
  email: { type: email, personal: true, purpose: contact }
  phone: { type: phone, personal: true, purpose: contact }
  first_name: { type: text, personal: true, purpose: contact }
computed:
  engagement: { type: number, is: "count(contact.subscribed, last 90 days)" }
events:
  contact.subscribed: { list: text }
topics:
  newsletter: { title: News, class: marketing, channels: [email, sms], default: opt_in }
  service: { title: Orders, class: transactional }
senders:
  email: { address: a@maison-verte.example, name: Maison Verte }
  sms: { from: MAISONVERTE, stop_number: "36180" }
"""
SCENARIO = """\
scenario: hello
title: Hello
owner: crm
topic: newsletter
trigger: { event: contact.subscribed }
entry: once
steps:
"""
MAIL = """\
---
subject: Bonjour
---
<mjml><mj-body><mj-section><mj-column>
<mj-text>%s <a href="{{ unsubscribe_url }}">x</a></mj-text>
</mj-column></mj-section></mj-body></mjml>
"""


def write(path, text):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, "utf-8")


def shown(diagnostic, folder):
    line, column = diagnostic.file.position(diagnostic.span.start)
    marked = diagnostic.file.text[diagnostic.span.start : diagnostic.span.end]
    path = Path(diagnostic.file.path).relative_to(folder).as_posix()
    helped = f" ({diagnostic.help})" if diagnostic.help and "did you mean" in diagnostic.help else ""
    return f"{diagnostic.code} {path}:{line}:{column} {marked!r}: {diagnostic.message}{helped}"
