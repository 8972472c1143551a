"""Which texts are obfuscated, and which merely have odd characters."""

import pytest

from dedup.text.obfuscation import MOST, obfuscation
from tests.text.test_folding import ARABIC, CHINESE, CZECH, FRENCH, GERMAN, TEXT, VIETNAMESE


@pytest.mark.parametrize(
    "text",
    [
        TEXT.replace("o", "о"),
        TEXT.replace("a", "α"),
        TEXT.replace("he", "h\u2060e"),
        TEXT.replace("ar", "a\u200br"),
        TEXT.replace("ou", "o\u2800u"),
        TEXT.replace("er", "e\u200cr"),
        TEXT.replace("er", "e\ufe0fr"),
        TEXT.replace("l", "I"),
        TEXT.replace("o", "0"),
        "Гoрoдской сoвет oбъявил, что старый пешеходный мoст закрoют на ремoнт",
    ],
)
def test_places_and_clean_words(text):
    found = obfuscation(text)
    assert found is not None
    plain = TEXT.lower().replace("ß", "ss")
    for start, end, clean in found.places:
        assert text[start:end].isprintable() or text[start:end] != clean
        if text[0] == "T":
            assert clean.lower() in plain


@pytest.mark.parametrize(
    "text",
    [
        TEXT,
        GERMAN,
        FRENCH,
        CZECH,
        VIETNAMESE,
        ARABIC,
        *CHINESE,
        "",
        "\ufeff" + TEXT,
        GERMAN.replace("gä", "g\u00adä").replace("er", "e\u00adr"),
        "می\u200cخواهم کتاب\u200cهای فارسی را به خانه\u200cام ببرم و نمی\u200cدانم چه می\u200cشود",
        "क्\u200dष नहीं क्\u200dया श्री\u200cमान हिन्दी में शब्\u200dद लिखते हैं",
        "Family 👨‍👩‍👧‍👦 and flags 🏴󠁧󠁢󠁥󠁮󠁧󠁿 ❤️ 1️⃣ here 👍🏽 there",
        "TNFα, IFNγ and NFκB rose by 5 μm at ΔT of 3 µs; αβ cells, λmax and β2 receptors, Ωm, πr",
        "The iPhone, LinkedIn, YouTube, McIntosh, MacIntyre, WiFi, H1N1, Covid19, B12, F1 and 10th, Win10 and x86, G20",
        "getItem(x) setInterval isInt getValue setName toInt newItem parseInt onLoad addItem getId isEmpty hasIcon inBox",  # noqa: E501
        "See https://example.org/a0b1/c1d0e1 and https://t.co/x0yz1a and user@a0b.example or a0b_c1d",
        "Городской совет объявил, что старый мост закроют. Ее роса, сор, ухо, рука и сова остались.",
        "The Russian words роса and сор mean dew and litter.",
        "one\u200b two\u200b three\u200b four /\u200bfive -\u200bsix",
        TEXT + " Сovid",
    ],
)
def test_honest_texts(text):
    assert obfuscation(text) is None


def test_places_are_bounded():
    found = obfuscation("wоrd " * 1000)
    assert found is not None and found.total == 1000 and len(found.places) == MOST
    assert found.places[0] == (0, 4, "word")


def test_long_runs_of_hidden_characters_take_no_time():
    hidden = "\u200b" * 200_000
    for text in (f"a{hidden}b", hidden, "a\u200b" * 100_000, "“" * 200_000):
        assert obfuscation(text + " and other words") is None  # one word is no finding
    found = obfuscation(f"wo{hidden}rd and p\u200baper")
    assert found is not None and [place.clean for place in found.places] == ["word", "paper"]
