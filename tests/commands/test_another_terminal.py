"""What `relance dev` writes for other terminals: a shell that reads it has what the verbs need."""

import stat
import subprocess

from commands.local.shell import write_environment

VARIABLES = {
    "DATABASE_URL": "postgresql:///relance?host=/tmp/a folder/it's&user=relance",
    "RELANCE_SECRET_KEYS": '$HOME `id` \\ "quoted"',
}


def test_a_shell_that_reads_the_file_has_every_value_as_it_is(tmp_path):
    path = write_environment(tmp_path, VARIABLES)
    for name, value in VARIABLES.items():
        typed = ["sh", "-c", f'. "$0" && printenv {name}', str(path)]
        assert subprocess.run(typed, capture_output=True, text=True, check=True).stdout == f"{value}\n"


def test_nobody_but_its_owner_reads_the_secrets(tmp_path):
    assert stat.S_IMODE(write_environment(tmp_path, VARIABLES).stat().st_mode) == 0o600
