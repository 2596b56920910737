"""Who fetches a link or a picture without any person looking: mail providers' proxies, scanners, previews."""

AGENTS = (
    "googleimageproxy",
    "ggpht.com",
    "yahoomailproxy",
    "yahoocachesystem",
    "bingpreview",
    "skypeuripreview",
    "barracuda",
    "proofpoint",
    "mimecast",
    "existence discovery",
    "facebookexternalhit",
    "twitterbot",
    "slackbot",
    "linkedinbot",
    "telegrambot",
    "whatsapp/",
    "discordbot",
    "headlesschrome",
    "python-",
    "go-http-client",
    "curl/",
    "wget/",
)
"""Parts of what they call themselves, in lower case. A phone's own preview of an SMS calls itself Facebook's
and Twitter's."""

PREFETCH_HEADERS = ("sec-purpose", "purpose", "x-purpose", "x-moz")


def is_machine(user_agent: str | None) -> bool:
    """Whether whoever calls itself so is no person; a browser that says nothing of itself is none either."""
    said = (user_agent or "").lower()
    return not said.strip() or any(each in said for each in AGENTS)
