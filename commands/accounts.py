"""Who types a verb, as the audit says it."""

import os
from getpass import getuser


def account() -> str:
    """The name of the account, `uid 1000` of one that has none, as in containers."""
    try:
        return getuser()
    except (KeyError, OSError):
        return f"uid {os.getuid()}"
