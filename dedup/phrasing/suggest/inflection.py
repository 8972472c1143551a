"""English inflection: which word a form is of, and the same form of another word ("assaults", "attack": "attacks").

Irregular words come from two places. The short list below is certain: what it has has no regular form beside it.
Exception lists of a thesaurus are long, but made to find lemmas ("brethren": "brother"), so their forms are given
beside the regular ones. Where spelling is not decided by letters ("targetted", "dominos") several forms are given, too:
what a reference has never seen is dropped there.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

PARTS = {
    "noun": ("", "plural"), "verb": ("", "s", "past", "participle", "ing"), "adj": ("", "er", "est"),
    "adv": ("", "er", "est"), "": ("", "plural", "s", "past", "participle", "ing", "er", "est"),
}  # fmt: skip
"""Parts of speech, "" for an unknown one, and the forms that their words have; "" is the word as it is listed."""

_VERBS = """
arise arose arisen|awake awoke awoken|be was/were been|bear bore borne|beat beat beaten|become became become
begin began begun|bend bent bent|bet bet bet|bid bid bid|bind bound bound|bite bit bitten|bleed bled bled
blow blew blown|break broke broken|breed bred bred|bring brought brought|broadcast broadcast broadcast
build built built|burn burned/burnt burned/burnt|burst burst burst|buy bought bought|cast cast cast
catch caught caught|choose chose chosen|cling clung clung|come came come|cost cost cost|creep crept crept
cut cut cut|deal dealt dealt|dig dug dug|dive dived/dove dived|do did done|draw drew drawn
dream dreamed/dreamt dreamed/dreamt|drink drank drunk|drive drove driven|eat ate eaten|fall fell fallen
feed fed fed|feel felt felt|fight fought fought|find found found|fit fitted/fit fitted/fit|flee fled fled
fling flung flung|fly flew flown|forbid forbade forbidden|forecast forecast forecast|foresee foresaw foreseen
forget forgot forgotten|forgive forgave forgiven|freeze froze frozen|get got got/gotten|give gave given|go went gone
grind ground ground|grow grew grown|hang hung/hanged hung/hanged|have had had|hear heard heard|hide hid hidden
hit hit hit|hold held held|hurt hurt hurt|keep kept kept|kneel knelt knelt|know knew known|lay laid laid|lead led led
lean leaned/leant leaned/leant|leap leaped/leapt leaped/leapt|learn learned/learnt learned/learnt|leave left left
lend lent lent|let let let|lie lay/lied lain/lied|light lit/lighted lit/lighted|lose lost lost|make made made
mean meant meant|meet met met|mislead misled misled|mistake mistook mistaken
misunderstand misunderstood misunderstood|outdo outdid outdone|overcome overcame overcome|override overrode overridden
oversee oversaw overseen|overtake overtook overtaken|overthrow overthrew overthrown|pay paid paid
prove proved proved/proven|put put put|quit quit quit|read read read|rebuild rebuilt rebuilt|rewrite rewrote rewritten
rid rid rid|ride rode ridden|ring rang rung|rise rose risen|run ran run|say said said|see saw seen|seek sought sought
sell sold sold|send sent sent|set set set|sew sewed sewn|shake shook shaken|shed shed shed|shine shone/shined shone
shoot shot shot|show showed shown/showed|shrink shrank shrunk|shut shut shut|sing sang sung|sink sank sunk|sit sat sat
sleep slept slept|slide slid slid|sneak sneaked/snuck sneaked/snuck|speak spoke spoken|speed sped/speeded sped/speeded
spend spent spent|spill spilled/spilt spilled/spilt|spin spun spun|spit spat spat|split split split
spread spread spread|spring sprang sprung|stand stood stood|steal stole stolen|stick stuck stuck|sting stung stung
stink stank stunk|strike struck struck|strive strove/strived striven/strived|swear swore sworn|sweep swept swept
swell swelled swollen/swelled|swim swam swum|swing swung swung|take took taken|teach taught taught|tear tore torn
tell told told|think thought thought|throw threw thrown|thrust thrust thrust|undergo underwent undergone
understand understood understood|undertake undertook undertaken|undo undid undone|uphold upheld upheld
upset upset upset|wake woke woken|wear wore worn|weave wove woven|weep wept wept|win won won|wind wound wound
withdraw withdrew withdrawn|withhold withheld withheld|withstand withstood withstood|write wrote written
"""
_NOUNS = """
aircraft aircraft|alumnus alumni|analysis analyses|axis axes|bacterium bacteria|basis bases|calf calves|child children
crisis crises|criterion criteria|curriculum curricula/curriculums|deer deer|diagnosis diagnoses|elf elves
emphasis emphases|fish fish|foot feet|fungus fungi|goose geese|half halves|headquarters headquarters
hypothesis hypotheses|knife knives|leaf leaves|life lives|loaf loaves|man men|means means|medium media/mediums
memorandum memoranda/memorandums|mouse mice|nucleus nuclei|offspring offspring|ox oxen|paralysis paralyses
parenthesis parentheses|person people/persons|phenomenon phenomena|quiz quizzes|radius radii|salmon salmon
series series|sheep sheep|shelf shelves|spacecraft spacecraft|species species|stimulus stimuli
synthesis syntheses|thesis theses|thief thieves|tooth teeth|wife wives|wolf wolves|woman women
"""
_OTHERS = """
be s is|have s has|do s does|go s goes|good er better|good est best|well er better|well est best|bad er worse
bad est worst|badly er worse|badly est worst|far er farther/further|far est farthest/furthest|little er less
little est least|much er more|much est most|many er more|many est most|be ing being
"""
_MEN = re.compile(r"(?<!hu)(?<!ger)(?<!ro)(?<!sha)(?<!otto)(?<!talis)man$")
_ONE_SYLLABLE = re.compile(r"(?:[^aeiou]*|[^aeiou]*qu)[aeiou][^aeiouwxy]")
_ENDS_CLOSED = re.compile(r".*[^aeiou][aeiou][bdfglmnprtvz]")
_OF = frozenset(("of", "in", "at", "to", "for"))
_SUFFIXES = {"plural": ("s",), "s": ("s",), "past": ("ed",), "participle": ("ed",), "ing": ("ing",), "er": ("er",),
             "est": ("est",)}  # fmt: skip

KEPT = 20_000
"""Words of which is kept what they may be forms of."""
Key = tuple[str, str]
"""Lemma and form."""


def _own() -> dict[Key, tuple[str, ...]]:
    found = {}
    for line in _VERBS.strip().replace("\n", "|").split("|"):
        lemma, past, participle = line.split(" ")
        found[lemma, "past"], found[lemma, "participle"] = tuple(past.split("/")), tuple(participle.split("/"))
    for line in _NOUNS.strip().replace("\n", "|").split("|"):
        lemma, plural = line.split(" ")
        found[lemma, "plural"] = tuple(plural.split("/"))
    for line in _OTHERS.strip().replace("\n", "|").split("|"):
        lemma, form, words = line.split(" ")
        found[lemma, form] = tuple(words.split("/"))
    return found


class Inflection:
    """Forms of words, and the words of forms."""

    def __init__(self, exceptions: Iterable[tuple[str, str, str]] = ()) -> None:
        """With the exception lists of a thesaurus: part of speech, irregular form, lemma."""
        self._certain = _own()
        self._beside: dict[Key, tuple[str, ...]] = {}
        for part, word, lemma in exceptions:
            for form in _forms_of_exception(part, word):
                key = lemma, form
                if key not in self._certain and word not in self._beside.get(key, ()):
                    self._beside[key] = (*self._beside.get(key, ()), word)
        self._read: dict[str, tuple[Key, ...]] = {}
        self._lemmas: dict[str, list[Key]] = {}
        for known in (self._certain, self._beside):
            for key, words in known.items():
                for word in words:
                    self._lemmas.setdefault(word, []).append(key)

    def inflected(self, lemma: str, form: str) -> list[str]:
        """A word or phrase in a form, the likeliest first: of a phrase, the word that has the form is inflected."""
        if not form:
            return [lemma]
        if " " not in lemma:
            return self._word(lemma, form)
        words = lemma.split(" ")
        at = _head(words, form)
        return [" ".join((*words[:at], word, *words[at + 1 :])) for word in self._word(words[at], form)]

    def readings(self, inflected: str) -> Iterator[Key]:
        """What a word or phrase may be a form of; itself first. Many are no words at all."""
        yield inflected, ""
        words = inflected.split(" ")
        for at in {0, len(words) - 1}:
            for lemma, form in self.lemmas(words[at]):
                whole = [*words[:at], lemma, *words[at + 1 :]]
                if _head(whole, form) == at:
                    yield " ".join(whole), form

    def _word(self, lemma: str, form: str) -> list[str]:
        certain = self._certain.get((lemma, form))
        if certain:
            return list(certain)
        if form == "plural" and lemma.endswith("man") and _MEN.search(lemma):
            return [lemma[:-3] + "men"]
        return [*_regular(lemma, form), *self._beside.get((lemma, form), ())]

    def lemmas(self, word: str) -> tuple[Key, ...]:
        """What one word may be a form of but itself; kept, for the phrases of a text have the same words."""
        found = self._read.get(word)
        if found is None:
            if len(self._read) > KEPT:
                self._read = {}
            found = self._read[word] = tuple(self._readings(word))
        return found

    def _readings(self, word: str) -> Iterator[Key]:
        yield from self._lemmas.get(word, ())
        if word.endswith("men"):
            yield word[:-3] + "man", "plural"
        for form, endings in _SUFFIXES.items():
            for ending in endings:
                if word.endswith(ending):
                    for lemma in _stems(word.removesuffix(ending), form):
                        if (lemma, form) not in self._certain and word in _regular(lemma, form):
                            yield lemma, form


def _forms_of_exception(part: str, word: str) -> tuple[str, ...]:
    """The lists do not say which form a word is."""
    if part == "noun":
        return ("plural",)
    if part == "verb":
        if word.endswith("s"):
            return ("s",)
        return ("ing",) if word.endswith("ing") else ("past", "participle")
    return ("er",) if word.endswith("er") else ("est",) if word.endswith("est") else ()


def _head(words: list[str], form: str) -> int:
    """Which word of a phrase is inflected: of a noun the last, or the one before "of"; of others the first."""
    if form == "plural" and not (len(words) > 2 and words[1] in _OF):
        return len(words) - 1
    return 0


def _stems(rest: str, form: str) -> Iterator[str]:
    """What may have stood before a regular ending; `_regular` has to say whether it did."""
    if not rest:
        return
    yield rest
    if form in ("plural", "s"):
        if rest.endswith("ie"):
            yield rest[:-2] + "y"
        elif rest.endswith("e"):
            yield rest[:-1]
        return
    yield rest + "e"
    if rest.endswith("i"):
        yield rest[:-1] + "y"
    if rest.endswith("y"):
        yield rest[:-1] + "ie"
    if rest[-1:] == rest[-2:-1]:
        yield rest[:-1]


def _regular(lemma: str, form: str) -> list[str]:
    """By the rules of spelling."""
    if form in ("plural", "s"):
        return _with_s(lemma)
    ending = _SUFFIXES[form][0]
    if ending == "ing":
        if lemma.endswith("ie"):
            return [lemma[:-2] + "ying"]
        if lemma.endswith("e") and not lemma.endswith(("ee", "oe", "ye")):
            return [lemma[:-1] + "ing"]
    else:
        if lemma.endswith("e"):
            return [lemma + ending[1:]]
        if lemma.endswith("y") and lemma[-2:-1] not in "aeiou":
            return [lemma[:-1] + "i" + ending]
    if _ONE_SYLLABLE.fullmatch(lemma):
        return [lemma + lemma[-1] + ending]
    plain = [lemma + ending]
    return [*plain, lemma + lemma[-1] + ending] if _ENDS_CLOSED.fullmatch(lemma) else plain


def _with_s(lemma: str) -> list[str]:
    if lemma.endswith(("s", "x", "z", "ch", "sh")):
        return [lemma + "es"]
    if lemma.endswith("y") and lemma[-2:-1] not in "aeiou":
        return [lemma[:-1] + "ies"]
    if lemma.endswith("o") and lemma[-2:-1] not in "aeiou":
        return [lemma + "es", lemma + "s"]
    return [lemma + "s"]
