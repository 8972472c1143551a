"""What went wrong with a feed, in a person's words, with what to do about it."""

from __future__ import annotations

import re
from typing import NamedTuple
from urllib.parse import urlsplit

AGAIN = "wait: it is tried again by itself"
_ADVICE: tuple[tuple[str, str, str], ...] = (
    (
        r"not a public address|port \d+ is not|of a local network",
        "its address is not a public one", "if it is yours: dedup feeds run --allow-private {host}",
    ),
    (r"\b(?:404|not found)\b", "nothing is there any more", "look for its new address on {site}, then add that one"),
    (r"\b410\b|\bgone\b", "the site says that it is gone for good", "dedup feeds remove {url}"),
    (r"\b401\b|\b407\b|user name or password", "it wants a login, which is not sent", "use an address that needs none"),
    (r"\b403\b|\b451\b", "the site does not let programs in", "give an address with --agent, or ask the site"),
    (r"\b429\b", "the site was asked too often", "set a longer --interval; it is tried again by itself"),
    (r"\b5\d\d\b", "the site has trouble", AGAIN),
    (
        r"certificate|tls|ssl",
        "its certificate is not valid", "open {site} in a browser; where it is your own, set SSL_CERT_FILE",
    ),
    (r"name server|resolve|no address|name or service", "there is no such host", "look for a typing error in {url}"),
    (r"timeout|timed out|did not answer|does not answer", "it did not answer in time", AGAIN),
    (r"html", "a web page, not a feed", "open it in a browser and look for the address of its feed"),
    (r"bytes|too large|limit", "it is larger than what is fetched", "allow more with --max-body"),
    (
        r"redirect", "it leads in a circle, or to where it must not",
        "open {url} in a browser, and add what it ends at",
    ),
    (r"connect|refused|reset|broke off", "no connection to the site", AGAIN),
)  # fmt: skip
"""What an error says, what that means, and what to do; the first that fits."""


class Advice(NamedTuple):
    """Of one error."""

    problem: str
    """What it means."""
    step: str
    """What to do next."""


def advice(error: str, url: str) -> Advice | None:
    """What an error of a feed means; None where nothing is known of it. `url` as it may be shown."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return None
    host = parts.hostname or url
    host = f"{host}:{port}" if port else host
    for form, problem, step in _ADVICE:
        if re.search(form, error, re.IGNORECASE):
            return Advice(problem, step.format(host=host, url=url, site=f"{parts.scheme}://{parts.netloc}/"))
    return None
