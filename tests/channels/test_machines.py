"""Who fetches without anybody looking is told by what it calls itself."""

import pytest

from channels.machines import is_machine

SAFARI = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605 Mobile Safari/604"


@pytest.mark.parametrize(
    "agent",
    [
        "Mozilla/5.0 (Windows NT 5.1; rv:11.0) Gecko Firefox/11.0 (via ggpht.com GoogleImageProxy)",
        "YahooMailProxy; https://help.yahoo.com/kb/yahoo-mail-proxy-SLN28749.html",
        "Mozilla/5.0 (Windows NT 6.1) AppleWebKit/534 BingPreview/1.0b",
        "BarracudaCentral crawler",
        "facebookexternalhit/1.1 Facebot Twitterbot/1.0",
        "WhatsApp/2.23.20.0",
        "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 HeadlessChrome/126.0 Safari/537.36",
        "python-requests/2.32",
        "curl/8.5.0",
        "",
        " ",
        None,
    ],
)
def test_these_are_machines(agent):
    assert is_machine(agent)


@pytest.mark.parametrize(
    "agent",
    [
        SAFARI,
        "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/142.0 Safari/537.36 Edg/142.0",
        "Mozilla/5.0 (Linux; Android 15) AppleWebKit/537.36 Chrome/142.0 Mobile Safari/537.36 [FB_IAB/FB4A]",
    ],
)
def test_these_are_browsers_of_people(agent):
    assert not is_machine(agent)
