"""News of an invented town for tests: a report, what happens to reports, and forms that come back each week."""

from __future__ import annotations

import re

REPORT = """\
The town council of Harrow Vale voted on Tuesday to buy the old tram depot on Mill Street for 2.4 million crowns, \
ending a dispute that has divided residents for almost three years.

Mayor Ilse Brandt said the building would house a library, a small theatre and offices for local charities. "We could \
not allow the last large hall in the centre to become another car park," she told reporters after the meeting.

Opposition members criticised the price. Councillor Tomas Weir, who leads the Homeowners' List, said an independent \
survey had put the cost of repairs alone at 900,000 crowns. "Nobody has explained where this money will come from," \
he said. He wants the auditor to examine the contract before it is signed.

The depot was built in 1911 and served the trams until the line to Easter Lock was closed in 1968. A haulage firm \
used it as a warehouse for many years. In 2019 a developer applied to demolish it, but heritage officials refused \
permission because of its iron roof.

Supporters of the purchase had collected more than 6,000 signatures, about a quarter of the adult population. Anneke \
Roth, a retired teacher who started the campaign, called the vote a victory for ordinary people. "They listened at \
last," she said, as dozens of supporters cheered outside the town hall.

Work is expected to begin in the autumn. The council hopes that regional funds will pay for half of the repairs, and \
says that the library could open in the spring of next year.
"""
SYNONYMS = {
    "town": "city", "voted": "determined", "buy": "purchase", "old": "outdated", "ending": "finishing",
    "dispute": "quarrel", "divided": "split", "residents": "inhabitants", "almost": "practically",
    "building": "constructing", "house": "accommodate", "small": "little", "theatre": "playhouse",
    "offices": "workplaces", "local": "native", "charities": "foundations", "allow": "permit", "large": "massive",
    "hall": "corridor", "centre": "middle", "become": "turn into", "told": "instructed", "meeting": "assembly",
    "criticised": "slammed", "price": "value", "leads": "heads", "independent": "unbiased", "survey": "poll",
    "cost": "expense", "repairs": "fixes", "alone": "by itself", "explained": "defined", "money": "cash",
    "wants": "desires", "examine": "look into", "contract": "agreement", "signed": "inked", "built": "constructed",
    "served": "attended", "closed": "shut", "firm": "agency", "used": "utilised", "warehouse": "storehouse",
    "applied": "utilized", "demolish": "tear down", "officials": "bureaucrats", "refused": "declined",
    "permission": "consent", "roof": "top", "supporters": "backers", "purchase": "buy", "collected": "amassed",
    "signatures": "autographs", "quarter": "fourth", "adult": "grownup", "teacher": "instructor",
    "started": "commenced", "campaign": "crusade", "called": "referred to as", "victory": "triumph",
    "ordinary": "peculiar", "people": "folks", "listened": "paid attention", "dozens": "scores", "cheered": "applauded",
    "outside": "exterior", "work": "labor", "expected": "anticipated", "begin": "start", "hopes": "wishes",
    "funds": "finances", "pay": "compensate", "half": "fifty percent", "says": "states", "open": "unlock",
}  # fmt: skip
BRITISH = {
    "theatre": "theater", "centre": "center", "criticised": "criticized", "Councillor": "Councilor",
    "programme": "program", "neighbours": "neighbors", "labour": "labor", "defence": "defense", "licence": "license",
    "apologised": "apologized", "harbour": "harbor", "modernise": "modernize", "recognised": "recognized",
    "organise": "organize", "grey": "gray", "colour": "color", "odour": "odor", "tyres": "tires",
    "ploughed": "plowed", "travelled": "traveled", "catalogue": "catalog", "rumours": "rumors",
    "cancelled": "canceled",
}  # fmt: skip
INDEPENDENT = """\
HARROW VALE - A landmark tram shed will be saved from the wrecking ball after councillors backed a takeover by eleven \
votes to eight at a stormy late-night sitting.

Ms Roth's petitioners packed the gallery and sang when the result was read out. The 69-year-old, who taught at Canal \
Road primary until 2016, had been campaigning since bulldozers were first mooted.

Under the plan, books, a stage and advice bureaux move in under the famous Victorian-style ironwork. The municipality \
is offering 2.4m crowns; refurbishing comes on top and critics fear it could nearly double the bill.

"It's a blank cheque," fumed Mr Weir, demanding that accountants go through the paperwork. Mrs Brandt, in office \
since the last election, retorted that doing nothing would cost the place its soul.

Trams last rattled out of the gates 50-odd years ago. Lorries parked there later and pigeons took over when the \
hauliers moved to the ring road. Builders could arrive after the summer if the province agrees to share expenses.
"""
WEATHER = """\
Weather for {place} and the valley on {day}. The night will be {night} with temperatures falling to {low} degrees. By \
morning winds from the {wind} reach {speed} kilometres an hour in the hills. The highest temperature of the day will \
be {high} degrees in the town and {hills} on the Ridge. The chance of rain is {chance} per cent, with up to {rain} \
millimetres by evening. The sun rises at {rise} and sets at {set}. The river gauge at Mill Bridge stood at {gauge} \
centimetres at noon, and the pollen count was {pollen}. The next forecast will be published at six in the evening.
"""
DAYS = (
    {
        "place": "Harrow Vale",
        "day": "Monday",
        "night": "clear",
        "low": 4,
        "wind": "west",
        "speed": 35,
        "high": 17,
        "hills": 12,
        "chance": 20,
        "rain": 1,
        "rise": "5.41",
        "set": "20.12",
        "gauge": 141,
        "pollen": 38,
    },
    {
        "place": "Harrow Vale",
        "day": "Friday",
        "night": "cloudy",
        "low": 9,
        "wind": "south",
        "speed": 15,
        "high": 23,
        "hills": 19,
        "chance": 70,
        "rain": 14,
        "rise": "5.33",
        "set": "20.20",
        "gauge": 187,
        "pollen": 52,
    },
)
LOTTERY = """\
The numbers drawn in the state lottery on {day} were {n[0]}, {n[1]}, {n[2]}, {n[3]}, {n[4]} and {n[5]}. The bonus \
ball was {n[6]}. There were {n[7]} winners of the second prize, who each receive {n[8]} crowns, and {n[9]} winners of \
the third prize, who each receive {n[10]} crowns. No ticket had all six numbers, so that the jackpot for the next \
draw will be {n[11]} million crowns. Prizes must be claimed within ninety days at any sales point. Players must be \
over eighteen.
"""
DRAWS = (
    {"day": "Wednesday", "n": (3, 11, 19, 24, 33, 41, 7, 12, 48210, 311, 1120, 9)},
    {"day": "Saturday", "n": (5, 8, 22, 27, 38, 44, 16, 7, 61775, 284, 1304, 11)},
)
MARKET = """\
The Vale index closed {a} per cent {way} at {b} points on {day}. Turnover was {c} million crowns, against {d} million \
on the day before. Eastern Steel {move} {e} per cent to {f} crowns, and Lock Brewery {move2} {g} per cent to {h} \
crowns. A barrel of oil cost {i} dollars in late trade. One crown bought {j} dollars and {k} euros. Ten-year state \
bonds yielded {l} per cent. In the region the Port index ended at {m} and the Hill index at {n}. Markets are closed \
on public holidays.
"""
MARKET_DAYS = (
    {
        "a": "0.4",
        "way": "higher",
        "b": "4,211.6",
        "day": "Monday",
        "c": 312,
        "d": 287,
        "move": "rose",
        "e": "1.2",
        "f": "88.10",
        "move2": "fell",
        "g": "0.7",
        "h": "41.35",
        "i": "71.22",
        "j": "0.2931",
        "k": "0.2715",
        "l": "3.18",
        "m": "1,902.4",
        "n": "977.1",
    },
    {
        "a": "1.1",
        "way": "lower",
        "b": "4,165.3",
        "day": "Tuesday",
        "c": 401,
        "d": 312,
        "move": "fell",
        "e": "2.3",
        "f": "86.05",
        "move2": "rose",
        "g": "0.2",
        "h": "41.45",
        "i": "69.80",
        "j": "0.2911",
        "k": "0.2702",
        "l": "3.25",
        "m": "1,880.7",
        "n": "981.6",
    },
)


def swapped(text: str, table: dict[str, str]) -> str:
    """Every word of the table replaced, its capital kept."""

    def instead(match: re.Match[str]) -> str:
        word = match.group()
        other = table.get(word) or table.get(word.lower(), word)
        return other[0].upper() + other[1:] if word[0].isupper() and other != word else other

    return re.sub(r"[^\W\d_]+", instead, text)


def spun(text: str) -> str:
    """The text with all its synonyms put in."""
    return swapped(text, SYNONYMS)
