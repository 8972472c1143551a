"""The wording of texts, judged: a batch at a time for `dedup score`, one text at a time for programs."""

from __future__ import annotations

import os
import threading
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dedup.columns import unpack
from dedup.errors import ReferenceFileError
from dedup.model import Batch, Phrasing, ReferenceInfo, ScoredText
from dedup.read import text_or_type_error

if TYPE_CHECKING:
    from dedup.phrasing.lists.phrases import Phrases
    from dedup.phrasing.reference.model import Reference
    from dedup.phrasing.scoring.scorer import Scorer
    from dedup.phrasing.suggest.thesaurus import Thesaurus

PathLike = str | os.PathLike[str]
KEPT = 4
"""Scorers that `score` keeps; one beyond puts the oldest out."""
IN_WORK = 2
"""Batches that are scored or wait for it while the next one is read."""


@dataclass(frozen=True, slots=True)
class Reviewer:
    """A scorer, and what it judges by."""

    scorer: Scorer
    reference_info: ReferenceInfo

    @staticmethod
    def of(reference: Path | None = None, phrases: Sequence[Path] = (), thesaurus: Path | None = None) -> Reviewer:
        """By a reference file, or the shipped one, with lists of phrases and a thesaurus. Raises ReferenceFileError,
        ConfigError, InputError.
        """
        held = open_reference(reference)
        scorer = scorer_of(held, _phrases(phrases), _thesaurus(thesaurus))
        header = held.header
        file = None if reference is None else str(reference)
        reference_info = ReferenceInfo(
            file, header.documents, header.words, header.digest, scorer.threshold, scorer.false_positives
        )
        return Reviewer(scorer, reference_info)

    def review(self, batches: Iterable[Batch], names: Sequence[str], threads: int) -> Iterator[ScoredText]:
        """The texts of all batches with their verdicts, in order; `names` are those of the files.

        The next batches are read while one is scored; no more than a few are held at any time.
        """
        running: deque[tuple[Batch, list[bytes], Future[list[Phrasing]]]] = deque()
        with ThreadPoolExecutor(threads, "dedup") as pool, ThreadPoolExecutor(1, "dedup-score") as turn:
            for batch in batches:
                texts = _texts(batch)
                running.append((batch, texts, turn.submit(self.scorer.score, texts, pool)))
                while running and (len(running) > IN_WORK or running[0][2].done()):
                    yield from _rows(running.popleft(), names)
            while running:
                yield from _rows(running.popleft(), names)


def open_reference(path: Path | None) -> Reference:
    """A reference file, or the shipped one. Raises ReferenceFileError, also for a file that is not there."""
    from dedup.phrasing.reference.model import Reference

    try:
        return Reference.shipped() if path is None else Reference.open(path)
    except OSError as error:
        raise ReferenceFileError(f"{path or 'the shipped reference'}: {error.strerror or error}") from error


def scorer_of(reference: Reference, phrases: Phrases | None = None, thesaurus: Thesaurus | None = None) -> Scorer:
    """What judges texts by a reference, within what its check allows. Without a thesaurus the one in the package is
    asked what was meant, which is English.
    """
    from dedup.phrasing.scoring import checking
    from dedup.phrasing.scoring.scorer import Scorer
    from dedup.phrasing.suggest import wordnet

    asked = thesaurus or (wordnet.SAID if checking.english(reference) else wordnet.NOTHING)
    scorer, leave = Scorer(reference, phrases, thesaurus=asked), checking.leave(reference)
    scorer.refused = leave.texts
    if leave.threshold > scorer.threshold:
        scorer.threshold, scorer.false_positives = leave.threshold, checking.FALSE_ALARMS
    return scorer


def _phrases(paths: Sequence[Path]) -> Phrases | None:
    if not paths:
        return None
    from dedup.phrasing.lists.phrases import Phrases

    return Phrases.load(paths)


def _thesaurus(path: Path | None) -> Thesaurus | None:
    if path is None:
        return None
    from dedup.phrasing.suggest.thesaurus import Thesaurus

    return Thesaurus.load(path)


def _texts(batch: Batch) -> list[bytes]:
    """The texts of a batch as UTF-8; it holds them no more."""
    texts = unpack(batch.packed) if batch.packed else [text.encode() for text in batch.texts]
    batch.texts, batch.packed = [], None
    if batch.release:
        batch.release()
    return texts


def _rows(scored: tuple[Batch, list[bytes], Future[list[Phrasing]]], names: Sequence[str]) -> Iterator[ScoredText]:
    batch, texts, future = scored
    rows = zip(batch.ids, batch.sources, batch.files, batch.lines, texts, future.result(), strict=True)
    for ident, source, file, line, text, phrasing in rows:
        yield ScoredText(ident, source or names[file], line or None, text, phrasing)


_kept: dict[Any, tuple[Scorer, Any]] = {}
_lock = threading.Lock()


def score(
    text: str,
    reference: PathLike | Reference | None = None,
    phrases: PathLike | Sequence[PathLike] | Phrases | None = None,
    thesaurus: PathLike | Thesaurus | None = None,
) -> Phrasing:
    """The verdict on the wording of one text: a score, and what is badly worded, with the closest wording found.

    `reference` is a file that `dedup reference build` wrote or an open one; None for the one in the package. `phrases`
    are files with known bad phrases, `thesaurus` is a file or folder with words that may stand for one another, from
    which wordings are suggested. What was opened is kept, so that many calls cost little more than one of
    `dedup score`; any number of threads may call at once. Raises TypeError for what is no text, reference, list of
    phrases or thesaurus, ReferenceFileError for a reference that cannot be used, and InputError or ConfigError for
    another file.
    """
    text = text_or_type_error(text, "score takes a text: it")
    (phrasing,) = _scorer(reference, phrases, thesaurus).score([text.encode("utf-8", "replace")])
    return phrasing


def scores(
    texts: Sequence[str],
    reference: PathLike | Reference | None = None,
    phrases: PathLike | Sequence[PathLike] | Phrases | None = None,
    thesaurus: PathLike | Thesaurus | None = None,
    *,
    threads: int = 1,
) -> tuple[list[Phrasing], float]:
    """The verdict on each of many texts, as `score` gives it, and the score from which one of a kind that is well known
    is mangled. Raises as `score` does.
    """
    scorer = _scorer(reference, phrases, thesaurus)
    with ThreadPoolExecutor(threads, "dedup") as pool:
        return scorer.score([text.encode("utf-8", "replace") for text in texts], pool), scorer.threshold


def _scorer(reference: Any, phrases: Any, thesaurus: Any) -> Scorer:
    """The scorer kept for these, or a new one."""
    lists = [phrases] if phrases is None or isinstance(phrases, str | os.PathLike) else phrases
    parts = [reference, thesaurus, *(lists if isinstance(lists, list | tuple) else [lists])]
    key = tuple(map(_stamp, parts))
    with _lock:
        if key not in _kept:
            made = _new(reference, thesaurus, parts[2:])
            while len(_kept) >= KEPT:
                del _kept[next(iter(_kept))]
            _kept[key] = made, parts  # as long as the parts live nothing else has their identity
        return _kept[key][0]


def _new(reference: Any, thesaurus: Any, phrases: Sequence[Any]) -> Scorer:
    """A scorer. Raises TypeError."""
    from dedup.phrasing.reference.model import Reference
    from dedup.phrasing.suggest.thesaurus import Thesaurus

    if not isinstance(reference, Reference):
        reference = open_reference(None if reference is None else _path(reference, "a reference"))
    if not isinstance(thesaurus, Thesaurus | None):
        thesaurus = _thesaurus(_path(thesaurus, "a thesaurus"))
    return scorer_of(reference, _listed([part for part in phrases if part is not None]), thesaurus)


def _listed(phrases: Sequence[Any]) -> Phrases | None:
    """Phrases that are open already, or those of files. Raises TypeError."""
    if not phrases:
        return None
    from dedup.phrasing.lists.phrases import Phrases

    if len(phrases) == 1 and isinstance(phrases[0], Phrases):
        return phrases[0]
    return _phrases([_path(part, "a list of phrases") for part in phrases])


def _path(value: Any, what: str) -> Path:
    if not isinstance(value, str | os.PathLike):
        raise TypeError(f"{what} is a file, got {type(value).__name__}")
    return Path(value)


def _stamp(part: Any) -> Any:
    """What tells one reference or list from another: of a file also when it was written."""
    if not isinstance(part, str | os.PathLike):
        return id(part)
    try:
        status = Path(part).stat()
    except OSError:
        return os.fspath(part)
    return os.fspath(part), status.st_mtime_ns, status.st_size
