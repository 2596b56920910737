"""Links to the brand's own site, which say by which message somebody came.

What is added depends on the message and not on the person, and so each link is worked out once.
"""

from collections.abc import Mapping
from functools import lru_cache
from urllib.parse import urlsplit

from engine.links import with_utm

KEPT = 1000
"""Links of a message that are remembered: more come only from data."""


class Campaign:
    """What the links of a message carry to the brand's site: `utm_*` parameters, without their prefix."""

    def __init__(self, site: str, parameters: Mapping[str, str]) -> None:
        self._home = urlsplit(site).hostname or ""
        self._parameters = parameters
        self._links: dict[str, str] = {}

    def link(self, url: str) -> str:
        """A link with the parameters where it leads to the brand's site, else as it is."""
        known = self._links.get(url)
        if known is None:
            if len(self._links) >= KEPT:
                self._links.clear()
            known = self._links[url] = with_utm(url, self._parameters) if self._is_home(url) else url
        return known

    def _is_home(self, url: str) -> bool:
        host = urlsplit(url).hostname or ""
        return bool(self._home) and (host == self._home or host.endswith("." + self._home))


def campaign_of(
    site: str,
    patterns: Mapping[str, str],
    *,
    channel: str,
    scenario: str,
    step: str,
    message: str,
    topic: str,
) -> Campaign:
    """The policy's parameters, with the message's own names in place of `{scenario}` and the like."""
    names = (
        ("{channel}", channel),
        ("{scenario}", scenario),
        ("{step}", step),
        ("{message}", message),
        ("{topic}", topic),
    )
    return _campaign(site, tuple(patterns.items()), names)


@lru_cache(maxsize=1024)
def _campaign(
    site: str, patterns: tuple[tuple[str, str], ...], names: tuple[tuple[str, str], ...]
) -> Campaign:
    parameters = {}
    for key, pattern in patterns:
        value = pattern
        for placeholder, name in names:
            value = value.replace(placeholder, name)
        parameters[key] = value
    return Campaign(site, parameters)
