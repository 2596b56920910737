"""Links to the brand's own site, which say by which message somebody came.

What is added depends on the message and not on the person, and so each link is worked out once.
"""

from collections.abc import Mapping
from functools import lru_cache
from urllib.parse import urlsplit

from engine.links import with_utm

Campaign = tuple[tuple[str, str], ...]
"""The `utm_*` parameters of a message, without their prefix."""


def campaign_of(
    patterns: Mapping[str, str], *, channel: str, scenario: str, step: str, message: str, topic: str
) -> Campaign:
    """The policy's parameters, with the message's own names in place of `{scenario}` and the like."""
    names = (
        ("{channel}", channel),
        ("{scenario}", scenario),
        ("{step}", step),
        ("{message}", message),
        ("{topic}", topic),
    )
    return _filled(tuple(patterns.items()), names)


@lru_cache(maxsize=1024)
def _filled(patterns: Campaign, names: tuple[tuple[str, str], ...]) -> Campaign:
    filled = []
    for key, pattern in patterns:
        value = pattern
        for placeholder, name in names:
            value = value.replace(placeholder, name)
        filled.append((key, value))
    return tuple(filled)


@lru_cache(maxsize=4096)
def in_campaign(url: str, site: str, campaign: Campaign) -> str:
    """A link with the campaign's parameters where it leads to the brand's site, else as it is."""
    return with_utm(url, dict(campaign)) if _is_of(url, site) else url


def _is_of(url: str, site: str) -> bool:
    host, home = urlsplit(url).hostname or "", urlsplit(site).hostname or ""
    return bool(home) and (host == home or host.endswith("." + home))
