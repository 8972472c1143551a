"""Whether two texts say the same: what makes another day's report, another subject, and what does not."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from dedup import Relation, compare
from dedup.align import figures as k
from dedup.align.alignment import align
from dedup.align.shares import shares
from dedup.facts import agreement
from dedup.relations import relation
from tests import texts


def figures(one: str, two: str) -> np.ndarray:
    rows = [one.encode(), two.encode()]
    with ThreadPoolExecutor(1) as pool:
        sizes = np.array([len(row) for row in rows])
        return align(np.array([0]), np.array([1]), sizes, rows.__getitem__, pool).figures


RAIN = (
    "The following rain was recorded in the valley in the last 24 hours, the river board said. Upper reach: {0} at the "
    "mill, {1} at the weir, {2} at the old bridge. Lower reach: {3} at the lock, {4} at the quay of the ferry."
)


@pytest.mark.parametrize("turned", [False, True])
def test_a_number_in_place_of_none_is_another_number(turned):
    wet, dry = RAIN.format("7.0 mm", "nil", "8.5 mm", "4.4 mm", "nil"), RAIN.format("nil", "nil", "nil", "nil", "nil")
    pair = (dry, wet) if turned else (wet, dry)
    assert figures(*pair)[0, k.NUMBERS_CHANGED] >= 3
    assert compare(*pair).relation is Relation.FORM


def test_a_number_that_is_put_in_is_no_other_number():
    plain = "The board will pay for a 267 km line that joins the port of Sarrow to the quarry, the ministry announced."
    assert figures(plain, plain.replace("267 km", "267 klm (160.2 mile)"))[0, k.NUMBERS_CHANGED] == 0
    assert figures(plain, plain.replace("joins", "from 1986 on links"))[0, k.NUMBERS_CHANGED] == 0
    assert figures(plain, plain.replace("267", "three"))[0, k.NUMBERS_CHANGED] == 0, "perhaps the same in words"


TABLE = (
    "The farm office told average prices through {0} as follows. Wheat {1} 240 465 445 380 290, corn {2} 192 315 325 "
    "180 170, oats {3} 99 165 145 130 120, barley {4} 156 255 265 210 205, rye {5} 325 536 554 401 398, beans 118 "
    "220 331 305 287, peas 190 290 388 377 355."
)


def test_a_table_of_another_date_is_another_table():
    one = TABLE.format("3 June", 255, 135, 124, 151, 234)
    assert compare(one, TABLE.format("9 June", 263, 138, 158, 152, 253)).relation is Relation.FORM
    assert compare(one, one.replace(" 331 ", " 332 ")).relation is Relation.NEAR_DUPLICATE, "a correction"


def test_two_words_of_a_notice_make_no_licence():
    notice = "Crushers of Port Sarrow bought {} tonnes of rape overnight for May or June shipment, trade sources said."
    found = figures(notice.format("4,000 to 5,000"), notice.format("2,000"))
    assert not agreement.lay_down_rules(found)[0]
    assert compare(notice.format("4,000 to 5,000"), notice.format("2,000")).relation is not Relation.NEAR_DUPLICATE


COMMAND = (
    "{0} a record. Name: {0}, which is to {0} a record of the table. The command is given as {0} and the name of the "
    "record, in brackets where there are many. Description: {0} works on what was named and on nothing else, and on "
    "success the number of records is told. Only the owner of the table can {0} a record. An error is told where the "
    "table is not there, where somebody else holds it, or where the disk is full. It is no error to {0} nothing."
)


def test_a_common_word_of_the_title_that_gives_way_throughout_makes_another_subject():
    assert compare(COMMAND.format("open"), COMMAND.format("close")).relation is Relation.FORM
    other = COMMAND.format("open")
    for old, new in (
        ("brackets", "parentheses"), ("success", "victory"), ("told", "said"), ("somebody", "someone"),
        ("full", "used up"),
        ("works", "acts"), ("open", "unlock"), ("number", "figure"), ("record", "entry"), ("owner", "holder"),
    ):  # fmt: skip
        other = other.replace(old, new)
    assert compare(COMMAND.format("open"), other).relation is not Relation.FORM, "other words give way, too"


def test_a_report_that_is_replaced_throughout_is_spun_though_parts_do_not_align():
    """Where a spinner leaves no word of a sentence nothing aligns."""
    copy = texts.spun(texts.REPORT)
    for begin, end, new in (
        ("The council wishes", "next year.", "Grants ought to cover fifty percent, so members reckon; readers might be "
         "let through its doors once winter is gone, if all goes well."),
        ("A haulage agency", "many years.", "Afterwards carriers kept goods there."),
        ('"We could', "assembly.", "Losing such space so that yet more vehicles stand around was never an option, "
         "journalists heard when everything was over."),
    ):  # fmt: skip
        start = copy.index(begin)
        copy = copy[:start] + new + copy[copy.index(end, start) + len(end) :]
    found = shares(figures(texts.REPORT, copy))
    assert found.aligned[0] < relation.ALIGNED_SPUN
    assert compare(texts.REPORT, copy).relation is Relation.SPUN
    numbers = copy.replace("1911", "1931").replace("900,000", "700,000").replace("2.4", "3.1").replace("6,000", "2,000")
    assert compare(texts.REPORT, numbers).relation is not Relation.SPUN, "other facts"
