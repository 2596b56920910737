"""What the public pages and the answers to an SMS say, in each language that they speak.

Another language is another entry of `WORDS`; a person whose language is not here gets the brand's first
one, or English.
"""

import re
from collections.abc import Mapping, Sequence

Words = Mapping[str, str]

_WEIGHT = re.compile(r"[01](\.[0-9]{0,3})?")

WORDS: Mapping[str, Words] = {
    "fr": {
        "lang": "fr",
        "unsubscribe_title": "Se désinscrire",
        "unsubscribe_question": "Ne plus recevoir « {topic} » de {brand} par {channel} ?",
        "unsubscribe_hint": "Un clic suffit : pas de compte, pas de question.",
        "unsubscribe_button": "Me désinscrire",
        "unsubscribe_done": "C’est fait : vous ne recevrez plus « {topic} » par {channel}.",
        "unsubscribe_sorry": "Un message déjà parti peut encore arriver dans les minutes qui viennent.",
        "preferences_title": "Vos préférences",
        "preferences_intro": "Choisissez ce que {brand} peut vous envoyer, et comment.",
        "preferences_link": "Choisir plutôt ce que je reçois",
        "preferences_save": "Enregistrer",
        "preferences_saved": "Vos choix sont enregistrés.",
        "preferences_blocked": "Vos choix sont enregistrés, mais un envoi reste bloqué. Si vous nous avez "
        "répondu STOP par SMS, répondez OUI pour en recevoir de nouveau.",
        "preferences_stop_all": "Tout arrêter",
        "preferences_stopped": "C’est fait : vous ne recevrez plus aucun message commercial de notre part.",
        "preferences_still": "Vous continuerez de recevoir ce qui concerne vos commandes et votre compte.",
        "often_title": "À quel rythme",
        "often_usual": "Comme d’habitude",
        "often_7": "Un message par semaine au plus",
        "often_30": "Un message par mois au plus",
        "pause_title": "Faire une pause",
        "pause_none": "Pas de pause",
        "pause_keep": "En pause jusqu’au {date}",
        "pause_30": "Ne rien recevoir pendant 30 jours",
        "pause_90": "Ne rien recevoir pendant 90 jours",
        "pause_hint": "Vos choix restent, et tout reprend de soi-même.",
        "tracking": "Mesure de la lecture",
        "tracking_hint": "Pour vous écrire moins et mieux. Sans effet sur ce que vous recevez.",
        "opens": "Savoir si j’ouvre les emails",
        "clicks": "Savoir sur quels liens je clique",
        "confirm_title": "Confirmer votre inscription",
        "confirm_question": "Recevoir « {topic} » de {brand} ?",
        "confirm_button": "Oui, je confirme",
        "confirm_done": "Merci : votre inscription à « {topic} » est confirmée.",
        "bad_title": "Ce lien n’est pas complet",
        "bad_text": "Il a peut-être été coupé en chemin. Ouvrez-le de nouveau depuis le message d’origine, "
        "ou répondez à ce message : nous ferons le nécessaire.",
        "email": "email",
        "sms": "SMS",
        "sms_stopped": "{brand} : c'est note, vous ne recevrez plus de SMS. OUI pour revenir.",
        "sms_started": "{brand} : c'est note, vous recevrez de nouveau nos SMS. STOP pour arreter.",
        "sms_help": "{brand}, {legal_sender}. Repondez STOP pour ne plus recevoir de SMS. {site}",
    },
    "en": {
        "lang": "en",
        "unsubscribe_title": "Unsubscribe",
        "unsubscribe_question": "Stop receiving “{topic}” from {brand} by {channel}?",
        "unsubscribe_hint": "One click is enough: no account, no questions.",
        "unsubscribe_button": "Unsubscribe me",
        "unsubscribe_done": "Done: you will not receive “{topic}” by {channel} any more.",
        "unsubscribe_sorry": "A message that has already left may still arrive in the next minutes.",
        "preferences_title": "Your preferences",
        "preferences_intro": "Choose what {brand} may send you, and how.",
        "preferences_link": "Choose what I receive instead",
        "preferences_save": "Save",
        "preferences_saved": "Your choices are saved.",
        "preferences_blocked": "Your choices are saved, but something stays blocked. If you replied STOP to "
        "an SMS, reply START to receive them again.",
        "preferences_stop_all": "Stop everything",
        "preferences_stopped": "Done: you will receive no more marketing messages from us.",
        "preferences_still": "You will still receive what concerns your orders and your account.",
        "often_title": "How often",
        "often_usual": "As usual",
        "often_7": "At most one message a week",
        "often_30": "At most one message a month",
        "pause_title": "Take a break",
        "pause_none": "No break",
        "pause_keep": "Paused until {date}",
        "pause_30": "Receive nothing for 30 days",
        "pause_90": "Receive nothing for 90 days",
        "pause_hint": "Your choices stay, and everything resumes by itself.",
        "tracking": "Reading measurement",
        "tracking_hint": "So that we write less and better. It does not change what you receive.",
        "opens": "Know whether I open emails",
        "clicks": "Know which links I click",
        "confirm_title": "Confirm your subscription",
        "confirm_question": "Receive “{topic}” from {brand}?",
        "confirm_button": "Yes, I confirm",
        "confirm_done": "Thank you: your subscription to “{topic}” is confirmed.",
        "bad_title": "This link is not complete",
        "bad_text": "It may have been cut on its way. Open it again from the original message, "
        "or reply to that message and we will see to it.",
        "email": "email",
        "sms": "SMS",
        "sms_stopped": "{brand}: noted, you will get no more SMS. Reply START to come back.",
        "sms_started": "{brand}: noted, you will get our SMS again. Reply STOP to end.",
        "sms_help": "{brand}, {legal_sender}. Reply STOP to end SMS. {site}",
    },
}


def words_for(locale: str | None, fallbacks: Sequence[str] = ()) -> Words:
    """The words for a locale like `fr-CH`: its language, else the brand's first one here, else English."""
    wanted = [each for each in (locale, *fallbacks) if each]
    languages = [each.replace("_", "-").split("-")[0].lower() for each in wanted]
    return next((WORDS[each] for each in languages if each in WORDS), WORDS["en"])


def accepted(header: str | None) -> list[str]:
    """The languages of an Accept-Language header in their order of preference (RFC 9110, 12.5.4)."""
    weighted = []
    for part in (header or "").split(",")[:20]:
        tag, _, weight = part.strip().partition(";q=")
        quality = float(weight) if _WEIGHT.fullmatch(weight) else 1.0
        weighted.append((-quality, tag.strip()))
    return [tag for _, tag in sorted(weighted) if tag]
