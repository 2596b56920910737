"""Files of customers as people have them, and what is asked of the base after their import."""

import json

import psycopg

HEADER = "id;email;phone;tier;points;birthdate;country\n"
MAPPING = """
source: old till
dates: day/month/year
decimal: ","
columns:
  Mail: email
  Mobile: phone
  Statut: { attribute: tier, values: { OR: gold, ARGENT: silver } }
  Solde: points
  Naissance: birthdate
  Pays: country
  Carte: { identity: loyalty_card }
  News: { consent: newsletter.email, granted: [O], withdrawn: [N], at: Quand, text: optin_v3 }
  Commentaire: null
id: Client
"""
MAPPED = "Client;Mail;Mobile;Statut;Solde;Naissance;Pays;Carte;News;Quand;Commentaire\n"


def rows(env, statement):
    with psycopg.connect(env["DATABASE_URL"]) as connection:
        return connection.execute(statement).fetchall()


def said(result):
    """The reason of the first refused row, as JSON tells it."""
    assert result.exit_code == 1, result.output
    return json.loads(result.stdout)["rejects"][0]
