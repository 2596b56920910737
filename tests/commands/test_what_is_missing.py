"""What is missing outside, a setting or a server, is one clear line with its remedy and status 2."""

import pytest

VERBS = [
    ("db", "migrate"),
    ("event", "order.placed", "--contact", "c_1"),
    ("keys", "list"),
    ("pause", "sms"),
    ("publish", "--dry-run"),
    ("resume", "sms"),
    ("users", "list"),
    ("web",),
    ("worker",),
]
AWAY = {"DATABASE_URL": "postgresql://nobody:hush@127.0.0.1:1/relance", "RELANCE_SECRET_KEYS": "k" * 40}


def said(result):
    """What stands on the terminal of somebody whose command could not be carried out."""
    assert result.exit_code == 2, result.output
    assert isinstance(result.exception, SystemExit), "an exception came through"
    return result.stderr


@pytest.mark.parametrize("verb", VERBS, ids=" ".join)
def test_settings_that_are_missing_are_named_all_at_once(typed, verb):
    told = said(typed(*verb)).splitlines()
    assert told[0].startswith("relance: DATABASE_URL is missing: it should be postgresql://")
    assert told[1].startswith(
        "RELANCE_SECRET_KEYS is missing: it should be secrets of at least 32 characters"
    )


def test_whoever_forgets_the_settings_beside_a_running_dev_is_told_the_line_that_sets_them(
    typed, tmp_path, monkeypatch
):
    (tmp_path / ".relance").mkdir()
    (tmp_path / ".relance/env").touch()
    monkeypatch.chdir(tmp_path)
    assert "type `. .relance/env` first" in said(typed("keys", "list"))


@pytest.mark.parametrize(
    ("name", "value", "shape"),
    [
        ("DATABASE_URL", "mysql://user:hush@db/relance", "postgresql://"),
        ("DATABASE_URL", "hush", "postgresql://"),
        ("RELANCE_SECRET_KEYS", "hush", "at least 32 characters"),
        ("RELANCE_PUBLIC_URL", "crm.example.com", "like https://crm.example.com"),
        ("RELANCE_EMAIL", "carrier pigeon", "sendgrid"),
        ("RELANCE_SMS", "carrier pigeon", "twilio"),
        ("OIDC_ISSUER", "http://hush.example.com", "like https://login.example.com"),
        ("OIDC_ISSUER", "hush", "like https://login.example.com"),
        ("OIDC_ROLES", "admins=king", "like crm-admins=privacy"),
    ],
)
def test_a_wrong_setting_says_what_it_should_look_like_and_not_what_it_is(typed, name, value, shape):
    """A secret that was put in the wrong place must not end in a log."""
    told = said(typed("worker", env=AWAY | {name: value}))
    assert told.startswith(f"relance: {name} is not valid")
    assert shape in told
    assert "hush" not in told


def test_a_provider_needs_to_know_us_by_something(typed, configured):
    """Whoever sets one variable of a set is told the other."""
    told = said(typed("web", env=configured | {"OIDC_ISSUER": "https://login.example.com"}))
    assert told == "relance: OIDC_ISSUER needs OIDC_CLIENT_ID: what your OpenID provider knows us by\n"


@pytest.mark.parametrize("chosen", [{"RELANCE_EMAIL": "sendgrid"}, {"RELANCE_SMS": "twilio"}])
def test_real_messages_need_an_address_to_which_their_links_can_lead(typed, chosen):
    """The default address is this machine's: an unsubscribe link to it would be none."""
    told = said(typed("worker", env=AWAY | chosen))
    assert told.startswith("relance: RELANCE_PUBLIC_URL must begin with https:// for RELANCE_")


@pytest.mark.parametrize("verb", VERBS, ids=" ".join)
def test_a_database_that_is_away_is_one_message_with_the_remedy(typed, verb):
    told = said(typed(*verb, env=AWAY))
    assert told.startswith("relance: the database does not answer: ")
    assert "DATABASE_URL" in told
    assert "hush" not in told


@pytest.mark.parametrize("verb", [("keys", "list"), ("publish",), ("pause", "sms"), ("web",), ("worker",)])
def test_a_database_without_tables_names_the_verb_that_makes_them(typed, verb, empty_url, temporal_address):
    env = AWAY | {"DATABASE_URL": empty_url, "TEMPORAL_ADDRESS": temporal_address}
    assert "relance db migrate" in said(typed(*verb, env=env))


def test_a_temporal_server_that_is_away_says_where_it_was_looked_for(typed, configured):
    told = said(typed("worker", env=configured | {"TEMPORAL_ADDRESS": "127.0.0.1:1"}))
    assert "the Temporal server at 127.0.0.1:1 does not answer: start it, or set TEMPORAL_ADDRESS (" in told
    assert "Connection refused" in told
    assert "{" not in told


def test_a_temporal_profile_that_there_is_not_is_named(typed, configured):
    told = said(typed("worker", env=configured | {"TEMPORAL_PROFILE": "production"}))
    assert "TEMPORAL_*" in told
    assert "'production' not found" in told


@pytest.mark.parametrize(
    ("chosen", "missing"),
    [
        ({"RELANCE_EMAIL": "sendgrid"}, "SENDGRID_API_KEY"),
        ({"RELANCE_EMAIL": "outbox", "RELANCE_SMS": "twilio"}, "TWILIO_ACCOUNT_SID and TWILIO_AUTH_TOKEN"),
        ({}, "RELANCE_EMAIL is not set"),
        ({"RELANCE_EMAIL": "outbox"}, "RELANCE_SMS is not set"),
    ],
)
def test_a_channel_without_its_credentials_says_which(typed, configured, temporal_address, chosen, missing):
    env = (
        configured
        | {"TEMPORAL_ADDRESS": temporal_address, "RELANCE_PUBLIC_URL": "https://crm.example"}
        | chosen
    )
    assert missing in said(typed("worker", env=env))


def test_a_namespace_that_there_is_not_is_named_with_how_to_make_it(typed, configured, temporal_address):
    env = configured | {"TEMPORAL_ADDRESS": temporal_address, "TEMPORAL_NAMESPACE": "crm"}
    told = said(typed("worker", env=env))
    assert "namespace crm" in told
    assert "temporal operator namespace create -n crm" in told


def test_a_port_that_is_taken_is_answered_with_another(typed, configured, taken):
    told = said(typed("web", "--port", str(taken), env=configured))
    assert f"port {taken} is taken" in told
    assert f"--port {taken + 1}" in told


def test_an_address_that_is_not_this_machines_is_named(typed, configured):
    told = said(typed("web", "--host", "192.0.2.1", env=configured))
    assert "nobody can listen on 192.0.2.1" in told


@pytest.mark.parametrize(
    ("verb", "name", "value", "told"),
    [
        ("web", "SENDGRID_WEBHOOK_PUBLIC_KEY", "foo", "is not the verification key"),
        ("web", "RELANCE_PROJECT", "/nope", "should be a folder that exists, with scenarios/"),
        ("worker", "RELANCE_PROJECT", "/nope", "should be a folder that exists, with scenarios/"),
        ("worker", "RELANCE_PROJECT", "/", "there is no folder `scenarios` in /"),
        ("worker", "TEMPORAL_CONFIG_FILE", "/nope", "there is no such file"),
        ("worker", "RELANCE_OUTBOX", "/dev/null/x", "cannot be written"),
        ("check", "RELANCE_PROJECT", "/nope", "there is no folder `scenarios` in /nope"),
        ("plan", "RELANCE_PROJECT", "/nope", "'/nope' does not exist"),
    ],
)
def test_a_setting_that_leads_nowhere_is_told_at_the_start(
    typed, configured, temporal_address, verb, name, value, told
):
    """What would show only with the first message, or the provider's first report, is looked at before."""
    servers = configured | {"TEMPORAL_ADDRESS": temporal_address}
    chosen = {"RELANCE_EMAIL": "outbox", "RELANCE_SMS": "outbox"}
    words = said(typed(verb, env=servers | chosen | {name: value}))
    assert name in words
    assert told in words


@pytest.mark.parametrize("verb", ["dev", "demo"])
def test_what_is_started_here_is_the_project_that_the_environment_names(typed, tmp_path, verb):
    told = said(typed(verb, env={"RELANCE_PROJECT": str(tmp_path)}))
    assert f"there is no folder `scenarios` in {tmp_path}" in told
