"""A small press for tests of feeds: invented stories, copies of them, and feeds that hold them."""

import random
from email.utils import formatdate
from html import escape

START = 1_750_000_000
"""When the tests begin, seconds since 1970."""

_PLACES = "Harwick Ostmere Pellin Dunsvale Corrigan Ashby Teller Marlow Quince Bexford".split()
_NAMES = "Ines Harrow|Tobias Venn|Carla Mott|Piet Osei|Lena Brandt|Amir Kohl|Rosa Pell|Hugh Tanner".split("|")
_TOPICS = (
    "the new harbour wall", "a flood barrier on the river", "the county bus network", "the closing of the paper mill",
    "a vaccine programme in schools", "the sale of the town forest", "an inquiry into the rail accident",
    "the bridge over the estuary", "a strike at the cannery", "the opening of the science museum",
)
_SENTENCES = (
    "Officials in {place} said on {day} that {topic} would cost {n} million crowns more than planned.",
    "{name}, who leads the council's finance committee, told reporters that nobody had expected the ground to be so soft.",
    "“We were given numbers that could not be true,” {name} said, “and we believed them for {m} months.”",
    "Residents near {topic} have complained since spring about noise, dust and a road that is closed every morning.",
    "A report by the state auditor, seen by this newspaper, counts {n} separate warnings that were not passed on.",
    "The opposition in {place} wants a vote of confidence before the summer recess, and says it has {m} signatures.",
    "Engineers hired from {other} began drilling test holes on {day}, down to {m} metres below the old foundations.",
    "Shopkeepers along the main street reported that takings fell by {m} percent while {topic} was debated.",
    "The minister for regional affairs is expected in {place} next week to explain who will carry the burden.",
    "By evening about {n}00 people had gathered in the square, some with banners, most of them only curious.",
    "A spokesman for the contractor declined to comment on the figures, citing talks that are still under way.",
    "Schools in {other} have offered rooms for the public hearing, which is now planned for the end of the month.",
    "It is the second time in {m} years that {place} has had to borrow for a project of this size.",
    "“Somebody signed this,” said {name}, holding up a copy of the contract, “and I should like to know who.”",
    "Weather permitting, divers will inspect the eastern side again on {day} and publish what they find.",
)  # fmt: skip
_SPIN = {
    "officials": "authorities", "said": "stated", "million": "mln", "planned": "deliberate", "leads": "heads",
    "council's": "council’s", "finance": "funding", "told": "informed", "reporters": "journalists",
    "expected": "anticipated", "ground": "floor", "soft": "tender", "given": "handed", "numbers": "digits",
    "true": "genuine", "believed": "trusted", "months": "moons", "residents": "occupants", "complained": "grumbled",
    "noise": "clamor", "dust": "powder", "road": "street", "closed": "shut", "every": "each", "morning": "daybreak",
    "report": "paper", "seen": "viewed", "newspaper": "gazette", "counts": "tallies", "separate": "distinct",
    "warnings": "cautions", "passed": "handed", "wants": "desires", "vote": "ballot", "confidence": "self-assurance",
    "before": "prior to", "summer": "summertime", "signatures": "autographs", "hired": "employed", "began": "commenced",
    "test": "trial", "holes": "gaps", "below": "underneath", "old": "outdated", "reported": "described",
    "takings": "earnings", "fell": "dropped", "debated": "argued", "minister": "clergyman", "affairs": "matters",
    "explain": "clarify", "carry": "bear", "burden": "load", "evening": "night", "people": "folks",
    "gathered": "collected", "square": "sq", "banners": "flags", "curious": "inquisitive", "declined": "refused",
    "comment": "remark", "figures": "numerals", "citing": "quoting", "talks": "dialog", "offered": "supplied",
    "rooms": "chambers", "public": "common", "hearing": "listening", "end": "finish", "borrow": "lend",
    "project": "undertaking", "size": "measurement", "signed": "autographed", "holding": "keeping",
    "contract": "agreement", "weather": "climate", "inspect": "examine", "side": "facet", "publish": "post",
    "find": "discover", "spokesman": "mouthpiece", "contractor": "builder", "engineers": "technicians",
}  # fmt: skip


def story(seed, sentences=12):
    """Text of an invented story."""
    rng = random.Random(f"story {seed}")
    place, other = rng.sample(_PLACES, 2)
    facts = {"place": place, "other": other, "topic": rng.choice(_TOPICS)}
    chosen = rng.sample(_SENTENCES, sentences)
    return "\n".join(
        one.format(
            **facts, name=rng.choice(_NAMES), n=rng.randrange(11, 99), m=rng.randrange(3, 60),
            day=rng.choice(("Monday", "Tuesday", "Thursday", "Friday")),
        )
        + f" {_filler(rng)}"
        for one in chosen
    )  # fmt: skip


def _filler(rng):
    """A sentence of words that nobody else puts together: stories share templates, and must not be near-duplicates."""
    words = (
        "amber canal ledger orchard piston quarry saddle tunnel velvet walnut beacon cellar dynamo ember ferry gravel "
        "hamlet ivory jetty kiosk lantern meadow nickel opal pebble ribbon sickle timber umbra vessel willow yarn"
    ).split()
    name = f"{rng.choice(_NAMES)} of {rng.choice(_PLACES)}"
    picked = rng.sample(words, 9)
    return f"{name} mentioned the {' and the '.join(picked[:3])} while a {' '.join(picked[3:6])} crossed the {picked[6]} {picked[7]} {picked[8]}."


def spun(text):
    """A story reworded as spinners do it."""
    out = []
    for word in text.split(" "):
        core = word.strip(".,“”\n")
        new = _SPIN.get(core.lower(), core)
        if core[:1].isupper():
            new = new[:1].upper() + new[1:]
        out.append(word.replace(core, new, 1) if core else word)
    return " ".join(out)


def edited(text):
    """The same with light edits."""
    return text.replace("Officials", "Town officials").replace(" next week", " within days") + "\nThis story develops."


def item(link, text, *, title=None, key=None, date=START):
    """An RSS item."""
    guid = f'<guid isPermaLink="false">{escape(key)}</guid>' if key else ""
    body = "".join(f"<p>{escape(line)}</p>" for line in text.split("\n"))
    return (
        f"<item><title>{escape(title or text[:60])}</title><link>{escape(link)}</link>{guid}"
        f"<pubDate>{formatdate(date, usegmt=True)}</pubDate><description><![CDATA[{body}]]></description></item>"
    )


def rss(site, *items, title=None):
    """An RSS feed of a site."""
    return (
        '<?xml version="1.0" encoding="utf-8"?>\n<rss version="2.0"><channel>'
        f"<title>{title or site}</title><link>https://{site}/</link><description>News</description>\n"
        + "\n".join(items)
        + "\n</channel></rss>\n"
    ).encode()
