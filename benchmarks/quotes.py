"""Quotes in other words: how many are found, and how many unchanged ones are taken for such.

Quotes of at least 6 words of real news stories are given one of six treatments: some are changed by a synonym spinner,
a few of these cut short too (those are to be found), the others left alone, cut short, shortened with an ellipsis, or
punctuated otherwise (those are not). Two conditions: the quote stands in a copy of the story, the rest of which is spun
too or left as it is; or it stands in another story about the same event or one like it, with other words round it, now
and then with the speaker put in between. A change that is reported where nothing was planted counts as a mistake too,
though in the second condition some are none: reporters do hear things differently.

The baselines know where quotes are, and match each with the most similar one of the other text: `other text` reports
every one that is not there word for word, `difflib` those that are at least 60 % alike. Trained on the stories of
November and the vocabulary `tune`; measured on those of December and `heldout`.
"""

from __future__ import annotations

import gzip
import re
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from math import log
from random import Random

import orjson

from benchmarks import thesaurus
from benchmarks.report import Table
from benchmarks.settings import Figures, Options, note
from benchmarks.spinner import Vocabulary, spin
from dedup.facts.mentions import Facts, facts
from dedup.facts.quotations import mutated_quotes
from dedup.text.tokens import tokenise

NEEDS = (thesaurus.NEWS,)
SIZES: tuple[int, ...] = ()
QUICK_SIZES: tuple[int, ...] = ()
PLANTED, QUICK_PLANTED = 500, 20
MONTH, VOCABULARY = "2016-12", "heldout"
LEAST_WORDS, LEAST_QUOTES = 6, 2
LIKE = 0.6
SHARES = (1.0, 0.5, 0.25, 0.0)
"""Of the words outside the quotes of a copy that may be spun."""
CHANGED, CHANGED_CUT = "changed", "changed and cut short"
TREATMENTS = (CHANGED, CHANGED, CHANGED, CHANGED_CUT, "unchanged", "cut short", "ellipsis", "punctuation")
UNCHANGED = TREATMENTS[-4:]
_QUOTE = re.compile(r'“([^“”\n]+)”|"([^"\n]+)"')
_NAME = re.compile(r"\b[A-Z][a-z]{3,}\b")
_LEADS = (
    "In a statement carried by several stations, this was said: {}.", "{}, listeners were told.",
    "The words were noted by those present: {}.", "{}, read the transcript handed out later.",
)  # fmt: skip
Span4 = tuple[int, int, int, int]
Finder = Callable[[str, str, "Facts", "Facts"], list[Span4]]
SEED = 29


@dataclass(frozen=True, slots=True)
class Plant:
    """A quote of a story and where it stands in the other text."""

    treatment: str
    a: tuple[int, int]
    b: tuple[int, int]


@dataclass(frozen=True, slots=True)
class Trial:
    """A story, the other text, and the quotes planted in it."""

    a: str
    b: str
    plants: tuple[Plant, ...]


def _quotes(text: str) -> list[tuple[int, int]]:
    """Insides of all quotes, short ones too."""
    return [match.span(1) if match[1] else match.span(2) for match in _QUOTE.finditer(text)]


def _cut(words: list[str], rng: Random) -> list[str]:
    keep = max(4, round(len(words) * rng.uniform(0.4, 0.8)))
    return words[:keep] if rng.random() < 0.6 else words[-keep:]


def _ellipsis(words: list[str], rng: Random) -> list[str]:
    size = rng.randint(1, min(6, len(words) - 4))
    at = rng.randint(2, len(words) - size - 2)
    return [*words[:at], rng.choice(("…", "...", ". . .")), *words[at + size :]]


def _punctuation(text: str, rng: Random) -> str:
    ways: tuple[Callable[[str], str], ...] = (
        lambda text: text.replace(",", ""), lambda text: text.replace(", ", " – "),
        lambda text: text[0].swapcase() + text[1:], lambda text: text.rstrip(".,") + "!",
        lambda text: text.replace("’", "'").replace(" - ", "—"),
    )  # fmt: skip
    for way in rng.sample(ways, 2):
        text = way(text)
    return text


def _treated(text: str, treatment: str, vocabulary: Vocabulary, rng: Random) -> str | None:
    """The quote as it is to stand in the other text; None where it cannot be treated so."""
    words = text.split()
    if treatment == CHANGED:
        seed = rng.random().hex()
        for share in (rng.choice(SHARES[:3]), 1.0):
            other = spin(text, vocabulary, share, seed).text
            if other.lower() != text.lower():
                return other
        return None
    if treatment == CHANGED_CUT:
        left = " ".join(_cut(words, rng))
        return _treated(left, CHANGED, vocabulary, rng) if len(left.split()) >= LEAST_WORDS else None
    if treatment == "cut short":
        return " ".join(_cut(words, rng))
    if treatment == "ellipsis":
        return " ".join(_ellipsis(words, rng))
    return _punctuation(text, rng) if treatment == "punctuation" else text


def _copy(text: str, vocabulary: Vocabulary, rng: Random) -> Trial | None:
    """A copy of the story with its quotes treated; the rest is spun, quotes that are not planted stay."""
    share, seed, style = rng.choice(SHARES), rng.random().hex(), rng.choice(("“”", '""'))
    parts: list[str] = []
    plants: list[Plant] = []
    at = length = 0
    for start, end in _quotes(text):
        outside = spin(text[at : start - 1], vocabulary, share, seed).text if share else text[at : start - 1]
        quote = text[start:end]
        treatment = rng.choice(TREATMENTS)
        long_enough = len(quote.split()) >= LEAST_WORDS and text.count(quote) == 1
        treated = _treated(quote, treatment, vocabulary, rng) if long_enough else None
        parts += [outside, style[0], treated or quote, style[1]]
        length += len(outside) + 1
        if treated:
            plants.append(Plant(treatment, (start, end), (length, length + len(treated))))
        length += len(treated or quote) + 1
        at = end + 1
    parts.append(spin(text[at:], vocabulary, share, seed).text if share else text[at:])
    return Trial(text, "".join(parts), tuple(plants)) if plants else None


def _embedded(text: str, host: str, vocabulary: Vocabulary, rng: Random) -> Trial | None:
    """Some quotes of the story, treated, each as a paragraph of another text."""
    paragraphs = host.split("\n")
    found = [span for span in _quotes(text) if len(text[slice(*span)].split()) >= LEAST_WORDS]
    found = [span for span in found if text.count(text[slice(*span)]) == 1 and not _reported(text[slice(*span)], host)]
    chosen = []
    for start, end in rng.sample(found, min(4, len(found))):
        treatment = rng.choice(TREATMENTS)
        treated = _treated(text[start:end], treatment, vocabulary, rng)
        if treated:
            chosen.append((rng.randint(1, len(paragraphs)), (start, end), treatment, treated))
    chosen.sort()
    parts: list[str] = []
    plants: list[Plant] = []
    length = 0
    for number, paragraph in enumerate([*paragraphs, None]):
        for _, span, treatment, treated in (plant for plant in chosen if plant[0] == number):
            line = rng.choice(_LEADS).format(f"“{_interrupted(treated, rng)}”")
            begin = length + line.index("“") + 1
            plants.append(Plant(treatment, span, (begin, length + line.rindex("”"))))
            parts.append(line)
            length += len(line) + 1
        if paragraph is not None:
            parts.append(paragraph)
            length += len(paragraph) + 1
    return Trial(text, "\n".join(parts), tuple(plants)) if plants else None


def _reported(quote: str, host: str) -> bool:
    """Whether the other text has some of the quote already, four words in a row."""
    words, theirs = _words(quote).split(), f" {_words(host)} "
    return any(f" {' '.join(words[at : at + 4])} " in theirs for at in range(len(words) - 3))


def _interrupted(quote: str, rng: Random) -> str:
    """The quote, in one case of four with the speaker put in at a comma."""
    first, comma, rest = quote.partition(", ")
    if comma and rng.random() < 0.25:
        return f"{first},” said the speaker, “{rest}"
    return quote


def _hosts(texts: Sequence[str], chosen: Sequence[int]) -> dict[int, int]:
    """For each story chosen, the one with which it shares most rare names (same event, or one like it)."""
    names = [Counter(_NAME.findall(text)) for text in texts]
    rows: dict[str, list[int]] = defaultdict(list)
    for row, found in enumerate(names):
        for name in found:
            rows[name].append(row)
    hosts = {}
    for row in chosen:
        score: Counter[int] = Counter()
        for name in names[row]:
            if 1 < len(rows[name]) <= len(texts) // 10:
                for other in rows[name]:
                    score[other] += log(len(texts) / len(rows[name]))  # type: ignore[assignment]
        del score[row]
        # neither copies of the story, nor very short ones
        own = set(zip(*(texts[row].split()[n:] for n in range(3)), strict=False))
        for other, _ in score.most_common(12):
            theirs = set(zip(*(texts[other].split()[n:] for n in range(3)), strict=False))
            if len(own & theirs) < 0.1 * min(len(own), len(theirs)):
                hosts[row] = other
                break
    return hosts


def _trials(texts: Sequence[str], vocabulary: Vocabulary, planted: int) -> dict[str, list[Trial]]:
    """Trials of both conditions, as many as it takes to plant so many changed quotes in each."""
    rng = Random(SEED)
    rows = [row for row, text in enumerate(texts) if len(_quotes(text)) >= LEAST_QUOTES]
    rng.shuffle(rows)
    hosts = _hosts(texts, rows[: planted * 2])
    conditions: dict[str, list[Trial]] = {"in a copy": [], "in another story": []}
    for name, trials in conditions.items():
        done = 0
        for row in rows:
            trial = None
            if name == "in a copy":
                trial = _copy(texts[row], vocabulary, rng)
            elif row in hosts:
                trial = _embedded(texts[row], texts[hosts[row]], vocabulary, rng)
            if trial and done < planted:
                done += sum(plant.treatment == CHANGED for plant in trial.plants)
                trials.append(trial)
    return conditions


def _ours(a: str, b: str, facts_a: Facts, facts_b: Facts) -> list[Span4]:
    found = mutated_quotes(facts_a, facts_b)
    return [(change.a_start, change.a_end, change.b_start, change.b_end) for change in found]


def _words(text: str) -> str:
    return " ".join(re.findall(r"\w+", text.lower()))


def _other_text(a: str, b: str, facts_a: Facts, facts_b: Facts) -> list[Span4]:
    return _nearest(a, b, 0.0)


def _difflib(a: str, b: str, facts_a: Facts, facts_b: Facts) -> list[Span4]:
    return _nearest(a, b, LIKE)


def _nearest(a: str, b: str, least: float) -> list[Span4]:
    """Each quote of A that B has not, with the most similar of B's that A has not."""
    ours, theirs = ({_words(text[slice(*span)]): span for span in _quotes(text)} for text in (a, b))
    found = []
    for words in ours.keys() - theirs.keys():
        if len(words.split()) < LEAST_WORDS:
            continue
        ratios = [(SequenceMatcher(None, words, other, autojunk=False), other) for other in theirs.keys() - ours.keys()]
        scored = [(ratio.ratio(), other) for ratio, other in ratios if ratio.quick_ratio() >= least]
        best = max(scored, default=(0.0, ""))
        if best[1] and best[0] >= least:
            found.append((*ours[words], *theirs[best[1]]))
    return found


def _meets(one: tuple[int, int], start: int, end: int) -> bool:
    return one[0] < end and start < one[1]


def _judged(trials: Sequence[Trial], finder: Finder) -> Figures:
    """Counts of one method under one condition."""
    planted: Counter[str] = Counter()
    reported: Counter[str] = Counter()
    elsewhere, seconds = 0, 0.0
    for trial in trials:
        known = facts(tokenise(trial.a)), facts(tokenise(trial.b))
        begin = time.perf_counter()
        changes = finder(trial.a, trial.b, *known)
        seconds += time.perf_counter() - begin
        for plant in trial.plants:
            planted[plant.treatment] += 1
            reported[plant.treatment] += any(_meets(plant.a, a, b) and _meets(plant.b, c, d) for a, b, c, d in changes)
        elsewhere += sum(
            not any(_meets(plant.a, a, b) and _meets(plant.b, c, d) for plant in trial.plants) for a, b, c, d in changes
        )
    wrong = sum(reported[treatment] for treatment in UNCHANGED) + elsewhere
    right = reported[CHANGED] + reported[CHANGED_CUT]
    return {
        "pairs": len(trials), "planted": dict(planted), "reported": dict(reported), "elsewhere": elsewhere,
        "precision": right / max(right + wrong, 1), "recall": reported[CHANGED] / max(planted[CHANGED], 1),
        "recall_cut": reported[CHANGED_CUT] / max(planted[CHANGED_CUT], 1),
        "ms_a_pair": 1000 * seconds / max(len(trials), 1),
    }  # fmt: skip


METHODS: dict[str, Finder] = {"dedup": _ours, "other text": _other_text, "difflib": _difflib}


def stories(options: Options, month: str) -> list[str]:
    """Texts of the month, those with at least 80 words."""
    with gzip.open(options.data / thesaurus.NEWS, "rb") as lines:
        rows = [orjson.loads(line) for line in lines]
    texts = [row["text"] for row in rows if row["date"].startswith(month)]
    return [text for text in texts if len(text.split()) >= 80 and all(map(_balanced, text.split("\n")))]


def _balanced(paragraph: str) -> bool:
    """Whether every quote of it is closed: what stands within quotes must be known for sure."""
    return paragraph.count('"') % 2 == 0 and paragraph.count("“") == paragraph.count("”")


def run(options: Options) -> Figures:
    """Both conditions, all methods."""
    texts = stories(options, MONTH)
    vocabulary = thesaurus.load(VOCABULARY, options.data)
    trials = _trials(texts, vocabulary, QUICK_PLANTED if options.quick else PLANTED)
    conditions = []
    for name, rows in trials.items():
        note(f"quotes {name}")
        conditions.append(
            {"condition": name, "methods": {method: _judged(rows, finder) for method, finder in METHODS.items()}}
        )
    return {"month": MONTH, "vocabulary": VOCABULARY, "conditions": conditions}


def tables(figures: Figures) -> list[Table]:
    """One row a condition and method."""
    rows = []
    for condition in figures["conditions"]:
        for method, found in condition["methods"].items():
            wrong = [f"{found['reported'].get(kind, 0)} / {found['planted'].get(kind, 0)}" for kind in UNCHANGED]
            rows.append((
                condition["condition"], method, f"{found['planted'].get(CHANGED, 0)}", f"{found['recall']:.3f}",
                f"{found['recall_cut']:.3f}", f"{found['precision']:.3f}", *wrong, f"{found['elsewhere']}",
                f"{found['ms_a_pair']:.1f}",
            ))  # fmt: skip
    columns = ("quote", "method", "changed", "recall", "recall if cut short too", "precision", "unchanged",
               "cut short", "ellipsis", "punctuation", "not planted", "ms a pair")  # fmt: skip
    summary = (
        f"Stories of {figures['month']}, vocabulary `{figures['vocabulary']}`. What is reported but not planted counts "
        "as a mistake here; in another story most of it are quotes that two reporters did hear differently."
    )
    return [Table("Quotes in other words (wrongly reported / planted of each other kind)", columns, rows, (summary,))]
