"""The spinner of the benchmarks: what it replaced is where it says, and it keeps the rules of real spinners."""

import json
from dataclasses import asdict
from random import Random

import pytest

from benchmarks import spun_corpus, thesaurus
from benchmarks.phrases import PHRASES
from benchmarks.settings import BenchmarkError
from benchmarks.spinner import MARKS, Noise, Vocabulary, headline, publish, spin

WORDS = Vocabulary.of(
    "inline",
    {
        "aid": ("help", "support", "backing"),
        "military aid": ("army help",),
        "air force": ("air drive",),
        "said": ("stated", "claimed", "told"),
        "the united states": ("america",),
        "in addition to": ("along with",),
        "president": ("chairman", "head of state"),
        "talks": ("negotiations", "dialog"),
        "talk": ("speak",),
    },
)
TEXT = (
    "The president said military aid to the United States was late.\n"
    "PRESIDENT Smith of the Air Force said aid, in addition to talks, “is aid”; the president's talk isn't aid.\n"
    "By noon nobody said more.\n"
    "The end."
)
QUIET = Noise(headline=0, byline=0, tail=0, merge=0)


def entries_used(source, spun):
    return [(source[a:b], spun.text[c:d]) for a, b, c, d in spun.substitutions]


def assert_right(source, spun, allowed=WORDS):
    """Each recorded span is a head in the source and one of its replacements in the copy; in order, not overlapping."""
    last = (0, 0)
    for a, b, c, d in spun.substitutions:
        assert last[0] <= a < b and last[1] <= c < d
        last = (b, d)
        replacements = allowed.entries[" ".join(source[a:b].lower().split())]
        assert spun.text[c:d].lower() in [replacement.lower() for replacement in replacements]


def test_the_record_rebuilds_the_spun_text():
    spun = spin(TEXT, WORDS, seed=4)
    assert_right(TEXT, spun)
    at, parts = 0, []
    for a, b, c, d in spun.substitutions:
        parts += [TEXT[at:a], spun.text[c:d]]
        at = b
    assert "".join([*parts, TEXT[at:]]) == spun.text
    assert len(spun.substitutions) == 15


def test_longest_phrase_first():
    used = entries_used(TEXT, spin(TEXT, WORDS))
    assert ("military aid", "army help") in used
    assert ("in addition to", "along with") in used
    # "aid" stands four times, once within "military aid"
    assert sum(source == "aid" for source, _ in used) == 3


def test_capitals_follow_the_entry():
    used = dict(entries_used(TEXT, spin(TEXT, WORDS)))
    assert used["Air Force"] == "Air Drive"
    assert used["PRESIDENT"] in {"CHAIRMAN", "HEAD OF STATE"}
    assert used["the United States"] == "america"
    assert spin("Talks failed.", WORDS).text in {"Negotiations failed.", "Dialog failed."}


@pytest.mark.parametrize("seed", range(20))
def test_one_choice_for_an_entry_and_never_the_original(seed):
    choices = {}
    for source, copy in entries_used(TEXT, spin(TEXT, WORDS, seed=seed)):
        choices.setdefault(source.lower(), set()).add(copy.lower())
        assert source.lower() != copy.lower()
    assert all(len(found) == 1 for found in choices.values())


def test_another_article_has_another_choice():
    assert len({spin(TEXT, WORDS, seed=seed).text for seed in range(20)}) > 5


def test_a_replacement_that_is_the_head_is_left_out():
    vocabulary = Vocabulary.of("inline", {"aid": ("Aid",), "talk": ("talk", "speak")})
    assert vocabulary.entries == {"talk": ("speak",)}


def test_the_same_seed_gives_the_same_copy():
    assert spin(TEXT, WORDS, 0.5, 7) == spin(TEXT, WORDS, 0.5, 7)
    assert publish(spin(TEXT, WORDS), 7, "News") == publish(spin(TEXT, WORDS), 7, "News")


def test_the_share_is_one_of_entries_and_smaller_shares_are_nested():
    vocabulary = Vocabulary.of("inline", {f"word{number}": (f"term{number}",) for number in range(400)})
    text = " ".join(f"word{number % 400}" for number in range(1200))
    used = {share: set(entries_used(text, spin(text, vocabulary, share, 3))) for share in (1, 0.5, 0.25, 0)}
    assert len(used[1]) == 400 and not used[0]
    assert 160 < len(used[0.5]) < 240 and 70 < len(used[0.25]) < 130
    assert used[0.25] < used[0.5] < used[1]
    # an entry is used for all its occurrences or for none
    assert len(spin(text, vocabulary, 0.5, 3).substitutions) == 3 * len(used[0.5])


def test_parts_of_words_are_no_heads():
    for text in ("raid", "aids", "aid_1", "talk't", "co2aid"):
        assert spin(text, WORDS).text == text
    assert spin("the talk’s end", WORDS).text == "the speak’s end"


def test_a_head_goes_over_a_hard_wrapped_line_but_not_a_paragraph():
    assert spin("military\naid", WORDS).text == "army help"
    assert "army" not in spin("military\n\naid", WORDS).text
    assert "drive" not in spin("air\nForce", WORDS).text.lower()
    assert "army" not in spin("military, aid", WORDS).text


def test_nothing_to_spin():
    assert spin("", WORDS).substitutions == ()
    assert publish(spin("", WORDS), 1, "") == publish(spin("", WORDS), 1, "")


@pytest.mark.parametrize("seed", range(40))
def test_noise_keeps_the_record_right(seed):
    always = Noise(headline=0.7, byline=0.7, tail=1, merge=0.7, marks=0.5)
    source = "By Ann Example\n" + TEXT
    spun = spin(source, WORDS, seed=seed)
    copy = publish(spun, seed, "A spun headline", always)
    assert_right(source, copy)
    whole = entries_used(source, spun)
    assert entries_used(source, copy) == whole[: len(copy.substitutions)]
    assert copy.substitutions


def test_each_noise_does_what_it_says():
    spun = spin("By Ann Example\n" + TEXT, WORDS)
    assert publish(spun, 1, "Head", QUIET) == spun
    assert publish(spun, 1, "Head", Noise(1, 0, 0, 0)).text == "Head\n" + spun.text
    swapped = publish(spun, 1, "", Noise(0, 1, 0, 0)).text
    assert swapped.startswith("By ") and "Ann Example" not in swapped and swapped.endswith("The end.")
    merged = publish(spun, 1, "", Noise(0, 0, 0, 1))
    assert merged.text.split() == spun.text.split() and merged.substitutions == spun.substitutions
    marked = publish(spun, 1, "", Noise(0, 0, 0, 0, 1)).text
    assert marked == MARKS[0] + spun.text + MARKS[1]
    lengths = {publish(spun, seed, "", Noise(0, 0, 1, 0)).text.count("\n") for seed in range(40)}
    assert lengths == {3, 4}


def test_a_headline_is_spun_or_cut():
    titles = {headline("President said: aid talks of the Air Force fail at once", WORDS, Random(s)) for s in range(20)}
    assert len(titles) > 2 and all(titles)
    assert "President said: aid talks of the Air Force fail at once" not in titles


def story(number):
    return {
        "id": f"s{number}",
        "title": f"Number {number}",
        "day": "2016-11-30" if number % 2 else "2016-12-01",
        "site": "a.example",
        "text": "\n".join(f"{number} {line} {TEXT}" for line in range(4)),
    }


STORIES = [story(number) for number in range(30)] + [{**story(30), "text": "The president said no."}]


def test_a_corpus_has_all_stories_and_the_copies():
    corpus = spun_corpus.make(STORIES, WORDS, 1, 5, 10)
    by_id = {record["id"]: record["text"] for record in corpus.records}
    assert len(by_id) == len(corpus.records) == 41 and len(corpus.copies) == 10
    assert all(record.keys() == {"id", "text"} for record in corpus.records)
    sources = {item["id"]: item["text"] for item in STORIES}
    assert all(by_id[identity] == text for identity, text in sources.items())
    for copy in corpus.copies:
        text = by_id[copy.id]
        assert copy.source != "s30" and copy.substitutions
        for a, b, c, d in copy.substitutions:
            assert text[c:d].lower() in WORDS.entries[sources[copy.source][a:b].lower()]


def test_two_spins_and_no_source():
    corpus = spun_corpus.make(STORIES, WORDS, 1, 5, 10, True, True)
    ids = {record["id"] for record in corpus.records}
    assert len(ids) == 31 - 10 + 20 and len(corpus.pairs) == 10
    assert ids.isdisjoint(copy.source for copy in corpus.copies)
    source = {copy.id: copy.source for copy in corpus.copies}
    assert all(one != two and source[one] == source[two] for one, two in corpus.pairs)


def test_a_corpus_is_the_same_again_and_survives_writing(tmp_path):
    made = spun_corpus.make(STORIES, WORDS, 0.5, 5, 10)
    assert made == spun_corpus.make(STORIES, WORDS, 0.5, 5, 10)
    assert made != spun_corpus.make(STORIES, WORDS, 0.5, 6, 10)
    path = tmp_path / "us_tune_0.5.jsonl"
    spun_corpus.write(path, made)
    assert spun_corpus.load(path) == made
    truth = json.loads((tmp_path / "us_tune_0.5.truth.json").read_text())
    assert truth["copies"][0] == json.loads(json.dumps(asdict(made.copies[0])))


def test_dated_copies_are_later_and_elsewhere():
    corpus = spun_corpus.make(STORIES, WORDS, 1, 5, 10, dated=True)
    by_id = {record["id"]: record for record in corpus.records}
    for copy in corpus.copies:
        assert by_id[copy.id]["date"] >= by_id[copy.source]["date"]
        assert by_id[copy.id]["source"] != "a.example"


def test_too_few_stories_are_an_error():
    with pytest.raises(BenchmarkError, match="30 stories"):
        spun_corpus.make(STORIES, WORDS, 1, 5, 31)


def test_months_are_split():
    months = spun_corpus.split_months(STORIES)
    assert sorted(months) == ["2016-11", "2016-12"] and sum(map(len, months.values())) == 31


def test_hand_written_phrases():
    for name, entries in PHRASES.items():
        assert len(entries) >= 60, name
        for head, replacements in entries.items():
            assert head == head.lower() and 2 <= len(head.split()) <= thesaurus.LONGEST
            assert all(replacements) and head not in replacements
    assert not any(set(PHRASES["tune"][head]) & set(PHRASES["heldout"].get(head, ())) for head in PHRASES["tune"])


needs_thesauri = pytest.mark.skipif(
    not (thesaurus.WORDNET.is_dir() and thesaurus.MYTHES.is_file()),
    reason="no thesauri (apt-get install wordnet-base mythes-en-us)",
)


@needs_thesauri
@pytest.mark.parametrize(
    ("lemma", "form", "word"),
    [
        ("say", "past", "said"), ("take", "participle", "taken"), ("sing", "participle", "sung"),
        ("stop", "ing", "stopping"), ("carry out", "past", "carried out"), ("make", "ing", "making"),
        ("agree", "ing", "agreeing"), ("party", "plural", "parties"), ("war crime", "plural", "war crimes"),
        ("proceedings", "plural", "proceedings"), ("man", "plural", "men"), ("watch", "s", "watches"),
        ("speech", "", "speech"), ("put", "past", "put"),
    ],
)  # fmt: skip
def test_inflection(lemma, form, word):
    assert thesaurus.inflected(lemma, form) == word


@needs_thesauri
def test_the_heldout_vocabulary_shares_no_pair_with_the_other(shared):
    tune, heldout = (thesaurus.load(name, shared / "data").entries for name in thesaurus.NAMES)
    assert min(len(tune), len(heldout)) > 3000
    for head, replacements in heldout.items():
        assert not set(replacements) & set(tune.get(head, ()))
    for entries in (tune, heldout):
        assert thesaurus.STOP.isdisjoint(entries)
        assert all(head not in replacements for head, replacements in entries.items())
        assert sum(" " in head for head in entries) > 1000
