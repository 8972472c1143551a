"""Boilerplate: what is marked, what must not be, and that nothing hostile makes it slow."""

import gzip
import json
import os

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dedup.boilerplate.marks import (
    blank,
    boilerplate_marks,
    boilerplate_places,
    byte_places,
    find_marks,
    mask,
    scraper_marks,
    suspects,
)
from dedup.boilerplate.repeated_lines import line_hashes, worth_a_look
from dedup.columns import pack
from dedup.runtime import simd
from dedup.runtime.jit import njit
from dedup.text.arrays import as_arrays
from dedup.text.tokens import tokenise
from tests.cost import costs_at_most
from tests.text import naive

COMPILED = os.environ.get("NUMBA_DISABLE_JIT") != "1"
SCRAPER = """\
[ad_1]
Source link
The post Robbers raise medieval silver from Kestrick museum appeared first on NewsPlover.
The post X first appeared on Y
This article was originally published on The Conversation.
This content was originally published here.
[ad_2]
[caption id="attachment_1" align="aligncenter" width="300"]A man[/caption]
[embed]https://youtube.com/x[/embed]
[gallery ids="1,2"]
Der Beitrag Bahn streikt erschien zuerst auf Nachrichten24.
La entrada El tren se publicó primero en Noticias.
L’article Le train est apparu en premier sur Le Journal.
Read the original article here
Originally published at https://x.com
Original source
Original Article: https://example.com/a
{% ad %}
Republished with permission from The Conversation
""".splitlines()
BOILERPLATE = """\
ALSO READ: Five things we know
ALSO READ | Can the West still force Russia away from Ukraine? Moscow warns
Join our WhatsApp Channel to get the latest news, exclusives and videos on WhatsApp
Join our WhatsApp channel for the latest from the coast and the valley
By Lotte Imrie in Port Sarrow
By Casper Lunnow, transport correspondent
By Jane Doe
By JANE DOE
By Jane Doe and John Smith
by Chuck Todd, Mark Murray and Carrie Dann
By Reuters
By Staff Reporter
Read more: The story of the bridge
Read More
READ MORE: The thing
Sign up for our newsletter
Sign up here to receive our daily newsletter
Subscribe
Subscribe to our YouTube channel
Follow us on Telegram
Follow us on X
Follow us on Facebook, Twitter and Instagram
Join us on Telegram
Join our Telegram group for instant updates
Join our Signal channel
Photo: Reuters
Photo by John Smith/AP
Photo credit: Getty Images
Getty Images
(Photo: AFP)
Image source, Getty Images
Image caption, A man walks
Advertisement
ADVERTISEMENT
- Advertisement -
Read Also
Read Also: Something here
Related: The things
Related Articles
Share this:
Share this article
All rights reserved
© 2024 The News Co. All rights reserved.
Copyright 2016 The Associated Press. This material may not be published, broadcast or redistributed.
We use cookies to improve your experience. By continuing you agree.
This website uses cookies to ensure you get the best experience on our website.
By clicking “Accept”, you agree to the use of all cookies.
Click here to subscribe to our newsletter
Click here to read more
via Reuters
Source: BBC News
Continue reading
Continue reading the main story
Continue reading →
Last updated 12 March 2024
Last Updated Dec 21, 2016 5:39 PM EST
Read the full story
Read the full story at Reuters
[…]
The Associated Press contributed to this report.
This is a breaking news story. Please check back for updates.
With inputs from PTI
(With inputs from agencies)
(Reporting by Jane Doe; Editing by John Smith)
Follow Eli Blumenthal on Twitter @eliblumenthal
For breaking news in California, follow @VeronicaRochaLA on Twitter.
Leave a comment
Like this:
Loading...
Lesen Sie auch: Was wir wissen
Lea también: Lo que sabemos
À lire aussi : ce que nous savons
Lire aussi : ce que nous savons
Folgen Sie uns auf Facebook
Síguenos en Twitter
Suivez-nous sur Facebook
Diese Website verwendet Cookies.
Utilizamos cookies para mejorar
Alle Rechte vorbehalten
Foto: dpa
Von Hans Müller
(This story has not been edited by NDTV staff and is auto-generated from a syndicated feed.)
This article has been published from an agency feed without modifications to the text
Stay tuned for more updates
Don't miss a story
Download our app
Get the latest news delivered to your inbox
Tags: politics, europe
Posted by admin
Published: 12 March 2024
Filed Under: News
Scroll to continue
Click to share on Twitter (Opens in new window)
Most Read
Trending Now
You may also like
Story continues below advertisement
File photo
Watch: Man saves dog
Editor's Picks
Image: Unsplash
Have a tip? Email us at tips@x.com
Add us on Google News
Follow TechCrunch on Telegram
Get our app for the latest news
Subscribe to The Morning Brief newsletter
Never miss an update
Join 10,000 subscribers and get our weekly newsletter
Sign up for free
Sign up to our WhatsApp service
Message us on Signal
Follow the Beacon on Threads and Bluesky
Click here to join our Viber community
Get instant alerts on Telegram. Join now
Open in app
Don't miss: What now
What to read next
Sign up for The Morning Brief
Already a subscriber? Log in
Register for free to continue reading
This article was syndicated from Reuters.
View Source
Photo via Unsplash
March 4, 2024 / 5:00 PM
Posted in News
Tagged: politics
Share on X
Like Loading...
We value your privacy
This site uses Akismet to reduce spam.
Advertise with us
Support independent journalism: donate today
With input from AFP
— With AFP inputs
Powered by WordPress
Watch the video below
Jetzt unseren Newsletter abonnieren
Prior to receiving the course for free, please confirm your email address below.
Disclaimer: The views expressed here are the author's own.
""".splitlines()
PROSE = """\
He said he would join our channel of communication
He said he would join our channel of communication.
Join our channel of communication was the plea.
source links to the bank
The source linked the attack to the bank.
By Monday the storm had passed
By Monday the storm had passed.
By Monday
By Christmas Eve the town was quiet.
By the time police arrived, the men had fled.
By Wednesday, Jane Doe had left the city.
Read my lips: no new taxes.
Reading is good for you.
Follow the money, he said.
Related to the case, two men were held.
Share prices fell by 3 per cent.
Shares in Facebook fell sharply on Monday.
Copyright law is being reformed in Europe.
Photographs of the dead were shown to the jury.
Pictures of the bridge were shared on Twitter.
Images of the attack spread quickly on Facebook.
Sources said the deal was near.
Source of the fire was a cigarette.
The post office appeared first on the list of closures.
The post was first advertised in May.
The novel was originally published in 1925.
Subscribers will pay more from May.
Getty Images sued the company on Monday.
Reuters reported the deal on Monday.
Advertisement revenue fell by a third.
Advertising spending rose.
Sign of the times, he said.
Via dei Fori Imperiali was closed to traffic.
Click beetles are found in the valley.
Continue on this road, he told them.
Last year the firm made a loss.
Updated plans were filed with the council in May.
Join us, he told the crowd, and we will win.
“Join us on Sunday,” he said.
Get out of here, she shouted.
Like many others, she follows the news on Facebook.
Like its rival Twitter, the firm is losing money.
We use the phone every day.
We will defend our waters.
All rights groups condemned the attack.
Read more books, experts tell children.
Watch the skies tonight.
He posted [the message] on Monday [sic].
The [ad] was pulled.
He added: "They [the police] did it [again] in [his] house."
Also on Monday, two men died.
See you in court, he wrote.
Most of the stories were true.
More than 300 people died.
Top officials met on Monday.
Latest figures show a rise.
Recent posts on Facebook show him smiling.
Find out more on Monday, the minister said.
Find work, his mother told him on Facebook.
Email records show that he knew.
Comments by the minister were unwelcome.
Comment was not immediately available.
Image matters, he said.
Follow-up talks are planned for May.
Video shows the man on the roof.
Video footage posted on Twitter shows the man.
Terms of the deal were not disclosed.
Privacy campaigners welcomed the ruling.
Cookies are best eaten warm.
This site uses solar power.
The Associated Press reported from Kyiv.
By Elon Musk’s account, the deal was done.
Share this house with your brother, the judge said.
From Facebook to Twitter, all fell.
Support for Facebook has waned among the young.
Keep calm and carry on.
Be careful what you post on Facebook, police said.
Check your smoke alarms, firefighters said on Twitter.
Visit Facebook in Menlo Park and you will see a wall.
Get ready for more rain, forecasters said on Twitter.
Add to that the cost of Twitter and the debt grows.
To be sure, Facebook has its critics.
For years, Mr Smith has kept his followers on Twitter in suspense.
Story by story, the tower fell.
Text messages show that he knew.
The link to the source of the river was found.
Register to vote by May 3, the council said.
Enter the dragon.
The views expressed were firm.
Tags on the goods were false.
Download speeds rose by a third.
In pictures he is always smiling.
March 4, 2024 was the day she left.
May 1 is a holiday.
Get more news from the front, the general told us on Monday.
Support our troops, the banners said.
What to do next is unclear.
Posted in Iraq, he wrote home daily.
Sign up for the draft was slow.
Register of births and deaths.
The original article was lost in the fire.
Original sources are rare.
Original story: An explosion has ripped through the market.
Powered by two engines, the plane left.
Watch the video of the attack, the judge told the jury.
He was asked to confirm his email.
Download the app and you will see the difference, the minister told parliament, which is why the bill matters.
""".splitlines()


@pytest.mark.parametrize("line", SCRAPER)
def test_a_scrapers_line_is_a_scrapers_mark(line):
    marks = find_marks("It rained all day in the valley.\n" + line + "\nMore rain is to come.")
    assert {mark.kind for mark in marks} == {"scraper"}
    assert min(mark.start for mark in marks) == 33


@pytest.mark.parametrize("line", BOILERPLATE)
def test_boilerplate_is_no_scrapers_mark(line):
    marks = find_marks("It rained all day in the valley.\n" + line + "\nMore rain is to come.")
    assert {mark.kind for mark in marks} == {"boilerplate"}
    assert (marks[0].start, marks[-1].end) == (33, 33 + len(line))


@pytest.mark.parametrize("line", PROSE)
def test_prose_is_not_marked(line):
    assert find_marks(line) == []
    assert find_marks(f"It rained. {line} More rain is to come.\n{line}\nIt rained. {line}") == []


@pytest.mark.parametrize(
    ("text", "marked"),
    [
        ("Peace is near, he said. [ad_2] Source link", ["[ad_2]", "Source link"]),
        ("He left.The post Rain appeared first on Daily News.", ["The post Rain appeared first on Daily News."]),
        ("Hello {{first_name}}, it rained.", ["{{first_name}}"]),
        ("Dear *|FNAME|*, it rained.", ["*|FNAME|*"]),
        ("It rained in the valley on Mon… [+2345 chars]", ["[+2345 chars]"]),
    ],
)  # fmt: skip
def test_scraper_marks_inside_running_text(text, marked):
    assert [text[m.start : m.end].strip() for m in find_marks(text) if m.kind == "scraper"] == marked


def test_of_a_caption_only_the_credit_is_marked():
    text = "A patrol boat leaves harbour on Sunday | Picture: Runa Feld/Examiner"
    assert [text[m.start : m.end] for m in find_marks(text)] == [" | Picture: Runa Feld/Examiner"]


def test_the_last_sentences_of_a_text_without_lines_are_looked_at():
    text = "It rained all day. He went home. Join our WhatsApp channel for more news."
    assert [text[m.start : m.end] for m in find_marks(text)] == ["Join our WhatsApp channel for more news."]


def test_masked_words_are_those_in_the_marks():
    text = "Él llovió — sí.\nALSO READ: Más lluvia\n[ad_1]\nFin del día aquí."
    tokens, marks = tokenise(text), find_marks(text)
    counts = mask(tokens, marks, [(text.index("Fin"), text.index("Fin") + 3)])
    assert [tokens.word(at) for at in np.flatnonzero(counts)] == ["Él", "llovió", "sí", "del", "día", "aquí"]


def test_blanked_bytes_hold_the_words_that_count():
    text = "Él llovió — sí.\nALSO READ: Más lluvia\n[ad_1]\nFin del día aquí."
    left = blank(text.encode(), byte_places(text, find_marks(text))).decode()
    assert left.split() == ["Él", "llovió", "—", "sí.", "Fin", "del", "día", "aquí."]


def words_left(text: str) -> list[str]:
    """Words that `boilerplate_places` leaves, given only the lines that are worth a look."""
    data = text.encode()
    documents, places = worth_a_look(line_hashes(pack(["", text])))
    assert (documents == 1).all()
    return tokenise_words(blank(data, boilerplate_places(data, list(map(tuple, places.tolist())))).decode())


def tokenise_words(text: str) -> list[str]:
    tokens = tokenise(text)
    return [tokens.word(at) for at in range(len(tokens))]


def words_expected(text: str) -> list[str]:
    left = list(text)
    for mark in boilerplate_marks(text):
        left[mark.start : mark.end] = " " * (mark.end - mark.start)
    return tokenise_words("".join(left))


@pytest.mark.parametrize("line", BOILERPLATE)
def test_lines_worth_a_look_hold_all_boilerplate(line):
    for text in (line, f"Él llovió.\n{line}\nIt rained.", f"It rained all day. Él llovió. {line}"):
        assert words_left(text) == words_expected(text)


@given(
    st.lists(st.sampled_from([*BOILERPLATE, *PROSE, *SCRAPER, "", "é — ", "© "]), max_size=6), st.sampled_from("\n  ")
)
def test_lines_worth_a_look_hold_all_boilerplate_of_mixed_texts(lines, joint):
    text = joint.join(lines)
    assert words_left(text) == words_expected(text)


@pytest.mark.skipif(not COMPILED, reason="takes a minute where nothing is compiled")
def test_lines_worth_a_look_hold_all_boilerplate_of_real_news(shared):
    with gzip.open(shared / "data" / "us_news_2016_11_12.jsonl.gz", "rt") as file:
        texts = [json.loads(line)["text"] for line in file][::7]
    for text in texts:
        assert words_left(text) == words_expected(text)


HOSTILE = [
    "[", "ad_", "[a ", "[ad_1", "{{", "*|", "By ", "By Aa ", "appeared first on ", "The post ", "source link ",
    "The post appeared first on ", "originally published on ", "This ", ". ", "x", "\n", "ALSO READ ", "Follow us ",
    "Photo by ", "| ", "(photo ", "we use ", "We use a\n", "By Aa Aa,\n", "Follow a a a a a a a\n", "[…", "… ", "[[a]",
    "[a=", " ", "\u00a0", "by " * 99 + "\n", "a/" * 190 + "\n", "a.a " * 98 + "\n", "to " + "a " * 40 + "\n",
    "get the latest " * 26 + "\n", "Credit: ", "the " * 90 + "\n", "link source ", "go to the source ", "([\"“",
]  # fmt: skip


@pytest.mark.parametrize("piece", HOSTILE)
def test_nothing_hostile_is_slow(piece):
    text = piece * (30_000 // len(piece))
    with costs_at_most(20):
        find_marks(text)


GAPS = [" ", "  ", "\u00a0", "\t", "\u00a0\u00a0\u00a0"]
PIECES = [
    "[ad_1]", "[", "]", "[/x]", "[a b", "=", "_", "[gallery]", "[gallery ids=“1”]", "[caption\u00a0id=x]",
    "{{a}}", "${a}", "*|A|*", "[+12~chars]", "source~link", "Source~Links", "SOURCE~LINK:", "https://a.b",
    "The post", "The", "post", "é", "appeared~first~on", "first~appeared~in", "erschien~zuerst~auf",
    "Der Beitrag", "se publicó~primero~en", "\u2028", "La entrada", "L’article", "est~apparu~en~premier~sur",
    "proviene~da", "apareceu~primeiro~em", "O post", "漢", "\n", "This article was", "originally~published~on",
    "ORIGINALLY~APPEARED~here", "Republished~from", "Original~Source", "{% a %}", " ", ".",
    "a", "on Y.", "read~the~original~article",
    "View~original~web~page", "go to the source", "Go to Source", "auto-aggregated", "auto aggregated",
    "autoaggregated", "adsbygoogle", "ſource~link", "source\u212aink", "X", "\u212a", "\\", "|",
]  # fmt: skip


def assert_none_missed(text: str) -> None:
    if scraper_marks(text):
        assert suspects(pack(["", text, ""])).tolist() == [False, True, False]


@given(st.lists(st.tuples(st.sampled_from(PIECES), st.sampled_from(GAPS), st.booleans()), max_size=12))
def test_the_prefilter_misses_no_mark_made_of_pieces(pieces):
    assert_none_missed("".join((p.upper() if up else p).replace("~", gap) for p, gap, up in pieces))


@given(st.text(alphabet="[]/_=+ad1 \n\u00a0{}$*|", max_size=200))
def test_the_prefilter_misses_no_bracket(text):
    assert_none_missed(text)


@pytest.mark.parametrize("line", SCRAPER)
@pytest.mark.parametrize("before", [0, 1, 57, 58, 59, 60, 61, 62, 63, 64, 65, 120])
def test_the_prefilter_sees_marks_wherever_they_stand(line, before):
    for edge in ("x" * before + "\n", "\n" * before, ""):
        assert scraper_marks(edge + line)
        assert_none_missed(edge + line)


def test_the_prefilter_lets_ordinary_prose_go():
    texts = [
        "He quoted [the minister] and a source.",
        "It appeared on Monday. The original was lost.",
        "Republicans | A {b} c",
    ]
    assert suspects(pack(texts)).tolist() == [False] * 3


@pytest.mark.skipif(not COMPILED, reason="takes minutes where nothing is compiled")
def test_the_prefilter_on_real_news(shared):
    with gzip.open(shared / "data" / "us_news_2016_11_12.jsonl.gz", "rt") as file:
        texts = [json.loads(line)["text"] for line in file]
    flags = suspects(pack(texts))
    marked = np.array([bool(scraper_marks(text)) for text in texts])
    assert marked.sum() > 0
    assert not (marked & ~flags).any()
    assert flags.mean() < 0.05


def test_hints_are_found_as_its_twin_finds_them():
    text = "[a] source {x} appeared ORIGINALLY republished zuerst aggregated " * 3
    text += "adsbygoogle primero proviene PREMIER \\ | é " * 3
    buffer, starts, sizes = as_arrays(pack([text]))
    for at in range(int(starts[0]), int(starts[0] + sizes[0])):
        assert _hints(buffer, np.uint64(at)) == naive.hints(buffer, at)


@njit(nogil=True)
def _hints(buffer, at):
    return simd.hints(buffer, at)
