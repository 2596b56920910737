"""What the tests of SMTP share: a key, an id of production's form, and what a refusal must not tell."""

import pytest

from channels.errors import ChannelError

KEYS = ["k" * 32]
UID = "0b6a7f0e-7f0e-4a51-9a3e-6f1d2c3b4a59"


async def failure(channel, email) -> ChannelError:
    with pytest.raises(ChannelError) as caught:
        await channel.send(email)
    assert "@" not in str(caught.value)
    assert caught.value.__context__ is None, "nothing that quotes the address hangs on to it"
    return caught.value
