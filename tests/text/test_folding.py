"""Look-alikes, invisible characters, marks and case of other alphabets: what is one word, and what is another."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dedup import compare
from dedup.text import unicode_table
from dedup.text.spelling import same_words
from dedup.text.tokens import folded_words

TEXT = (
    "The harbour authority will close its oldest pier for eleven months while divers replace the timber piles. "
    "Engineers found last autumn that shipworm had hollowed out a third of the supports, and that two of the outer "
    "rows could no longer carry a loaded lorry. The ferry will sail from the coal quay instead, which means a longer "
    "walk for passengers and delays of up to twenty minutes on windy days."
)
TWINS = str.maketrans("aceopxyisjBEHKMOPT", "асеорхуіѕјВЕНКМОРТ")


@pytest.mark.parametrize(
    ("one", "two"),
    [
        ("Тhe hаrbоur аuthоrity", "the harbour authority"),
        ("ѕсоре αnd ρrice", "scope and price"),
        ("smaII hiII shieId PIan aII", "small hill shield plan all"),
        ("h0use b00k ca11 sch00l 0range", "house book call school orange"),
        ("Мocква вoдa", "москва вода"),
        ("ᴛʜᴇ ⓗⓐⓡⓑⓞⓤⓡ 𝐩𝐢𝐞𝐫 🅲🅻🅾🆂🅴🆂", "the harbour pier cl\U0001f17eses"),
        ("İSTANBUL ILIK ışık", "istanbul ilik ișik"),
        ("ΑΘΗΝΑ Αθήνα ὁ λόγος", "αθηνα αθηνα ο λογος"),
        ("orașului oraşului ţară țară", "orașului orașului țară țară"),
        ("STRASSE Straße Œuvre", "strasse strasse oeuvre"),
        ("كِتَابٌ كـــتاب ﷲ", "كتاب كتاب الله"),
        ("שָׁלוֹם", "שלום"),
        ("کتاب فارسی", "كتاب فارسي"),
        ("Го́родской сове́т ещё", "городской совет ещё"),
        ("пʼять п’ять п'ять", "п ять п ять п ять"),
        ("s̶t̶r̶i̶k̶e̶ h̷e̷l̷l̷o̷", "strike hello"),
        ("١٢٣ ۱۲۳", "123 123"),
    ],
)  # fmt: skip
def test_written_otherwise_but_the_same_words(one, two):
    assert folded_words(one) == folded_words(two)
    assert folded_words(folded_words(one)) == folded_words(one)


@pytest.mark.parametrize(
    ("one", "two"),
    [
        ("été ete", "ete ete"), ("año", "ano"), ("schön", "schon"), ("все", "всё"), ("сор", "сора"), ("على", "علي"),
        ("ماء", "مأ"), ("1st", "lst"), ("10", "lo"), ("H2O", "h2o0"), ("McIntosh", "mclntosh"), ("LinkedIn", "linkedln"),  # noqa: E501
        ("漢", "汉"), ("их", "ux"), ("вода", "boda"), ("нет", "het"), ("кот", "kot"), ("pH7", "phl"), ("A1", "al"),
        ("ирис", "upuc"),
    ],
)  # fmt: skip
def test_words_that_stay_apart(one, two):
    assert folded_words(one) != folded_words(two)


@pytest.mark.parametrize(
    "word", ["Привет", "Ελλάδα", "Straße", "мама", "ОСА", "Роса", "ΝΑΙ", "İzmir", "ÉTÉ", "їжак", "Нос"]
)
def test_case_is_folded_in_every_alphabet(word):
    assert folded_words(word) == folded_words(word.lower()) == folded_words(word.upper())


@given(st.text(alphabet="aoсоеТI01lеНвкbαονΟşßıİé\u200b\u0301 -'2", max_size=30))
def test_folding_twice_is_folding_once(text):
    once = folded_words(text)
    assert folded_words(once) == once


@pytest.mark.parametrize("seed", range(6))
def test_invisible_characters_hide_no_exact_copy(seed):
    rng = random.Random(seed)
    hidden = sorted(unicode_table.INVISIBLES)
    copy = "".join(c + rng.choice(hidden) * (rng.random() < 0.3) for c in TEXT)
    assert compare(TEXT, copy).relation == "exact"


@pytest.mark.parametrize("share", [0.05, 0.3, 1])
def test_look_alike_letters_hide_no_copy(share):
    rng = random.Random(1)
    copy = "".join(c.translate(TWINS) if rng.random() < share else c for c in TEXT)
    assert copy != TEXT
    assert compare(TEXT, copy).relation in ("exact", "near-duplicate")
    assert compare(TEXT, TEXT.replace("o", "0")).relation in ("exact", "near-duplicate")
    assert compare(TEXT, TEXT.replace("l", "I")).relation in ("exact", "near-duplicate")


GERMAN = (
    "Über die Brücke im Hafen von Grünau führen künftig größere Züge, wie die Behörde am Mittwoch erklärte. Die Prüfung "  # noqa: E501
    "der Träger hätte früher beginnen müssen, räumte der Bürgermeister ein, doch fehlten Geld und Fachkräfte. Für "
    "Fußgänger bleibt die Straße bis März gesperrt, während Busse die alte Strecke am Fluss entlang fahren. Das Land "
    "will ein Drittel der Kosten von fünf Millionen tragen, den Rest soll die Stadt aus dem Haushalt des kommenden Jahres "  # noqa: E501
    "bezahlen. Ein Sprecher sagte am Abend, dass die Arbeiten im April beginnen und bis zum Herbst dauern werden."
)
FRENCH = (
    "Le maire a annoncé que l'école élémentaire serait fermée dès le début de l'été, après la découverte de fissures "
    "très préoccupantes. Les élèves seront transférés à l'autre bout du quartier, où des bâtiments préfabriqués ont "
    "été installés. Des parents ont manifesté devant la mairie et demandent une rencontre avec le maire. Le conseil "
    "municipal doit voter le budget des travaux au mois de juin, pour un montant de quatre millions, dont une bonne "
    "partie sera prise en charge par la région. Les cours doivent reprendre normalement en septembre."
)
CZECH = (
    "Město uzavře od ledna nejstarší přístavní molo, aby potápěči vyměnili dřevěné piloty, které je drží od roku "
    "devatenáct set jedenáct. Inženýři loni na podzim zjistili, že téměř třetinu podpěr vyžral červ."
)
VIETNAMESE = (
    "Thành phố sẽ đóng cửa cây cầu cũ từ tháng sau để thay các cọc gỗ đã mục, theo thông báo của chính quyền địa phương. "  # noqa: E501
    "Những người bán cá được bố trí chỗ tạm trong chợ lớn với nửa giá thuê."
)
CHINESE = (
    "市政府宣佈，老橋將於下個月關閉，工程師發現橋墩出現裂縫，修復費用約為四百萬元。當地商戶對此表示擔憂，認為顧客不會跟隨他們搬到新的市場。",
    "市政府宣布，老桥将于下个月关闭，工程师发现桥墩出现裂缝，修复费用约为四百万元。当地商户对此表示担忧，认为顾客不会跟随他们搬到新的市场。",
)
ARABIC = "أعلنت بلدية المدينة أن الجسر القديم سيغلق أمام المارة حتى نهاية الشهر القادم بعد أن وجد المهندسون تشققات في الأعمدة إلى اليوم"  # noqa: E501


def bare(text: str) -> str:
    import unicodedata

    plain = "".join(c for c in unicodedata.normalize("NFD", text) if not unicodedata.combining(c))
    return plain.replace("đ", "d").replace("ß", "ss")


def written_out(text: str) -> str:
    for letter, two in zip("äöüÄÖÜß", ("ae", "oe", "ue", "Ae", "Oe", "Ue", "ss"), strict=True):
        text = text.replace(letter, two)
    return text


@pytest.mark.parametrize(
    ("one", "two"),
    [
        (FRENCH, bare(FRENCH)), (CZECH, bare(CZECH)), (VIETNAMESE, bare(VIETNAMESE)), (GERMAN, bare(GERMAN)),
        (GERMAN, written_out(GERMAN)), (FRENCH, FRENCH.encode().decode("cp1252", "replace")), CHINESE,
        (ARABIC, ARABIC.translate(str.maketrans("أإ", "اا"))),
    ],
    ids=["french", "czech", "vietnamese", "german", "german-ae", "mojibake", "chinese", "alef"],
)  # fmt: skip
def test_a_text_typed_without_accents_is_a_near_duplicate(one, two):
    assert compare(one, two).relation == "near-duplicate"


def test_spellings_of_one_phrase():
    assert same_words("über die Straße", "ueber die Strasse")
    assert same_words("l'été dernier", "l'ete dernier")
    assert not same_words("schöne Tage", "schlechte Tage")
