"""Links that we signed as a browser follows them, and what holds for the person afterwards."""

import re

from tests.web.conftest import PUBLIC_URL

BOTH = (("newsletter", "email"), ("newsletter", "sms"))


def path(url):
    assert url.startswith(PUBLIC_URL)
    return url.removeprefix(PUBLIC_URL)


async def held(rows, contact="c_zoe"):
    found = await rows(
        "select distinct on (topic, channel) topic, channel, state from consents"
        " where contact_id = %s order by topic, channel, id desc",
        contact,
    )
    return {(row["topic"], row["channel"]): row["state"] for row in found}


def boxes(text):
    found = re.findall(r'value="([^"]+:[^"]+)"( checked)?', text)
    return {name: bool(checked) for name, checked in found}
