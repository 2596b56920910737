"""What the page of an archive says, in each language that it speaks."""

from collections.abc import Mapping

WORDS: Mapping[str, Mapping[str, str]] = {
    "fr": {
        "lang": "fr",
        "title": "Vos données chez {brand}",
        "intro": "Voici toutes les données que {controller} conserve à votre sujet, au {date}. Le "
        "fichier data.json contient les mêmes, dans un format lisible par une machine (RGPD, "
        "articles 15 et 20).",
        "known": "Ce que nous savons de vous",
        "what": "Donnée",
        "value": "Valeur",
        "since": "Depuis",
        "source": "Origine",
        "purpose": "Finalité",
        "derived": "Ce que nous en déduisons",
        "derived_hint": "Ces valeurs et ces groupes choisissent les messages que vous recevez. Ils ne "
        "produisent aucun effet juridique.",
        "segments": "Groupes dont vous faites partie",
        "consents": "Vos consentements et oppositions",
        "topic": "Sujet",
        "everything": "Tout",
        "channel": "Canal",
        "state": "État",
        "basis": "Fondement",
        "text": "Texte accepté",
        "timeline": "Ce que nous avons vécu ensemble",
        "way": "Sens",
        "in": "de vous à nous",
        "out": "de nous à vous",
        "through": "Par",
        "where": "Où",
        "outcome": "Résultat",
        "messages": "Les messages que nous vous avons préparés",
        "message": "Message",
        "events": "Ce qui s’est passé",
        "event": "Événement",
        "details": "Détails",
        "when": "Date",
        "runs": "Les scénarios dans lesquels vous êtes entré",
        "scenario": "Scénario",
        "entered": "Entrée",
        "ended": "Fin",
        "nothing": "Rien.",
        "recipients": "Qui les reçoit",
        "recipients_text": "Les prestataires qui acheminent nos messages : {recipients}. Personne d’autre.",
        "nobody": "aucun à ce jour",
        "kept": "Combien de temps",
        "kept_inactive_contacts": "Votre fiche est effacée {span} après votre dernière action.",
        "kept_events": "Les événements sont conservés {span}.",
        "kept_messages": "Les messages sont conservés {span}.",
        "kept_raw": "Le texte de vos réponses et les rapports des prestataires sont conservés {span}.",
        "kept_open": "Aucune durée n’est fixée ; demandez leur effacement quand vous voulez.",
        "rights": "Vos droits",
        "rights_text": "Vous pouvez faire rectifier ou effacer ces données, vous opposer à leur usage, en "
        "limiter le traitement, et retirer un consentement à tout moment, en écrivant à "
        "{contact}. Vous pouvez aussi vous plaindre auprès de la CNIL (www.cnil.fr).",
        "granted": "accordé",
        "withdrawn": "retiré",
    },
    "en": {
        "lang": "en",
        "title": "Your data at {brand}",
        "intro": "This is all the data that {controller} keeps about you, as of {date}. The file "
        "data.json holds the same for machines (GDPR, articles 15 and 20).",
        "known": "What we know of you",
        "what": "Item",
        "value": "Value",
        "since": "Since",
        "source": "From",
        "purpose": "What for",
        "derived": "What we conclude from it",
        "derived_hint": "These values and groups choose the messages that you get, and nothing else.",
        "segments": "Groups that you are in",
        "consents": "Your consents and objections",
        "topic": "Topic",
        "everything": "Everything",
        "channel": "Channel",
        "state": "State",
        "basis": "Basis",
        "text": "Text agreed to",
        "timeline": "What we have done together",
        "way": "Which way",
        "in": "from you to us",
        "out": "from us to you",
        "through": "Through",
        "where": "Where",
        "outcome": "Outcome",
        "messages": "The messages that we prepared for you",
        "message": "Message",
        "events": "What happened",
        "event": "Event",
        "details": "Details",
        "when": "When",
        "runs": "The scenarios that you entered",
        "scenario": "Scenario",
        "entered": "Entered",
        "ended": "Ended",
        "nothing": "Nothing.",
        "recipients": "Who gets it",
        "recipients_text": "Those who carry our messages: {recipients}. Nobody else.",
        "nobody": "none so far",
        "kept": "How long",
        "kept_inactive_contacts": "Your record is erased {span} after the last thing you did.",
        "kept_events": "Events are kept for {span}.",
        "kept_messages": "Messages are kept for {span}.",
        "kept_raw": "The text of your answers and the reports of providers are kept for {span}.",
        "kept_open": "No time is set; ask for erasure whenever you like.",
        "rights": "Your rights",
        "rights_text": "You can have this data corrected or erased, object to its use, have its processing "
        "restricted, and withdraw a consent at any time, by writing to {contact}. You can also"
        " complain to the supervisory authority of your country; in France, the CNIL "
        "(www.cnil.fr).",
        "granted": "granted",
        "withdrawn": "withdrawn",
    },
}


def words_for(locale: str, fallback: str) -> Mapping[str, str]:
    """The words of a locale, or of the brand's first one; English where neither is spoken."""
    for wanted in (locale, fallback):
        found = WORDS.get(wanted.replace("_", "-").partition("-")[0].lower())
        if found:
            return found
    return WORDS["en"]
