"""All settings: one frozen dataclass a stage, checked when made, with a digest.

Which value wins: a flag on the command line, then the file given with `--config` (or the nearest `pyproject.toml` of
the user's own with `[tool.dedup]`), then the user's own settings file, then the defaults here; `settings_files` reads
these. The meaning of each setting stands in its field's `help`; `--help` and `dedup config show` are made from it.
"""

from __future__ import annotations

import codecs
import os
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field, fields
from datetime import datetime
from functools import cache
from inspect import Parameter, signature
from typing import Any, TypeVar

from dedup.errors import ConfigError, SettingError
from dedup.settings import check_size, check_values, laid_over, parse_age, parse_size, setting, shown

TREATMENTS = ("flag", "drop", "merge", "keep")
"""What feeds do with a copy."""
FEEDS, RETENTION = "feeds", "retention"
"""Sections of settings that are of no scan."""
SCOPES = ("all", "folder")
GENTLE = ("rewritten", "form")
"""What feeds never drop: what is in other words, or says something else, is news to somebody."""
INPUT_FORMATS = (
    "auto", "text", "lines", "html", "jsonl", "json", "csv", "tsv", "parquet", "docx", "odt", "rtf", "epub", "eml",
    "mbox", "pdf", "warc", "zip", "tar",
)  # fmt: skip
Called = TypeVar("Called", bound=Callable[..., Any])
KEPT = ("oldest", "longest", "newest")
"""Values of `keep_by` that are no fields."""
HTML_FIELDS = ("auto", "yes", "no")


@dataclass(frozen=True, slots=True)
class ReadConfig:
    """How inputs become documents."""

    input_format: str = setting("auto", "format of the input; auto goes by file name, and by content on stdin")
    text_field: str = setting("", "field that holds the text (default: text, content, body, article, …)")
    id_field: str = setting("", "field that holds the id (default: id, _id, doc_id, guid, url, …)")
    date_field: str = setting("", "field that holds the date (default: date, published, pubDate, timestamp, …)")
    source_field: str = setting("", "field that names the publisher (default: source, site, outlet, publisher, …)")
    date_format: str = setting("", "how dates are written, as in strptime: %d/%m/%Y  [ISO 8601, RFC 2822, numbers]")
    delimiter: str = setting("", "what stands between the fields of CSV and TSV: a character, or 'tab'  [guessed]")
    encoding: str = setting("", "encoding of text, HTML, JSON and CSV, such as cp1252  [UTF-8, or as the file says]")
    html: str = setting("auto", "read fields of records as HTML: yes, no, or auto (where they plainly are)")
    exclude: tuple[str, ...] = setting((), "leave out files whose name or path matches this glob; may be repeated")
    max_size: str = setting("32M", "largest text of one document; larger ones are rejected")

    @property
    def max_bytes(self) -> int:
        """`max_size` in bytes."""
        return parse_size(self.max_size)

    def check(self) -> None:
        """Raises SettingError for a value that is of the right type and cannot be."""
        rules = (
            ("input_format", self.input_format in INPUT_FORMATS, f"is none of {', '.join(INPUT_FORMATS)}"),
            ("html", self.html in HTML_FIELDS, f"is none of {', '.join(HTML_FIELDS)}"),
            ("delimiter", not self.delimiter or delimiter_of(self.delimiter), "is neither one character nor 'tab'"),
            ("encoding", not self.encoding or is_encoding(self.encoding), "is no known encoding (example: cp1252)"),
            (
                "date_format",
                not self.date_format or _is_date_format(self.date_format),
                "is no format of a date (example: %d/%m/%Y)",
            ),
        )
        for name, good, reason in rules:
            if not good:
                raise SettingError("read", name, f"{shown(getattr(self, name))} {reason}")
        check_size("read", "max_size", self.max_size)


def delimiter_of(name: str) -> str:
    """The character of a delimiter that is given as itself or by name; empty if it is none."""
    name = {"tab": "\t", "\\t": "\t", "comma": ",", "semicolon": ";", "pipe": "|"}.get(name.lower(), name)
    return name if len(name) == 1 and name not in '"\r\n\0' else ""


def is_encoding(name: str) -> bool:
    """Whether Python knows a character set of this name. (Some of its codecs are none, or run for minutes.)"""
    try:
        known = codecs.lookup(name).name
        "".encode(known)  # fails for codecs that are no character sets
    except (LookupError, ValueError, TypeError):
        return False
    return known not in ("punycode", "idna", "undefined", "unicode_escape", "raw_unicode_escape")


def _is_date_format(text: str) -> bool:
    try:
        datetime.strptime(datetime(2001, 2, 3, 4, 5, 6).strftime(text), text)
    except ValueError:
        return False
    return "%" in text


@dataclass(frozen=True, slots=True)
class FingerprintConfig:
    """How a text becomes a MinHash signature. Signatures compare only if all of this is the same."""

    ngram: int = setting(5, "words in a shingle", 1, 32)
    num_perm: int = setting(128, "permutations in a signature (a multiple of 4)", 16, 1024)
    seed: int = setting(1, "seed of the permutations", 0, 2**32 - 1)


@dataclass(frozen=True, slots=True)
class MatchConfig:
    """When two documents count as copies."""

    threshold: float = setting(
        0.7,
        "shingle Jaccard from which two texts are near-duplicates; above 0.7 alignments must be closer too",
        0.05,
        1.0,
    )
    excerpts: bool = setting(True, "also find short texts that stand inside longer ones")
    containment: float = setting(0.85, "share of the shorter text's shingles that makes it an excerpt", 0.1, 1.0)
    rewritten: bool = setting(True, "also find rewritten (spun, edited) copies, and align every pair")
    pairwise: bool = setting(
        False, "judge each pair by its two texts and the reference, whatever else there is, as an index does"
    )


@dataclass(frozen=True, slots=True)
class FindConfig:
    """What is looked for beyond pairs of copies."""

    stories: bool = setting(True, "group what reports one event into stories")
    story_limit: int = setting(5_000, "documents up to which stories are looked for", 0)
    forms: bool = setting(True, "report forms: texts that share a frame but state other facts, and so are no copies")
    phrasing: bool = setting(True, "judge the wording of each document, and flag mangled ones")
    reference: str = setting("", "judge wording by this file (dedup reference build)  [the shipped one]")
    phrases: tuple[str, ...] = setting((), "flag the phrases of this list as well; may be repeated")
    fact_limit: int = setting(5_000, "documents up to which quotes and numbers are compared", 0)


@dataclass(frozen=True, slots=True)
class OutputConfig:
    """Which copies go, and which document stands for them."""

    drop: tuple[str, ...] = setting(
        ("exact", "near-duplicate", "excerpt", "spun"),
        "relations by which a document is dropped for one that is kept  [exact,near-duplicate,excerpt,spun]",
    )
    keep_by: str = setting(
        "oldest",
        "which copy stands for the others: oldest, longest, newest, or by a field of the records, the largest value "
        "first (-FIELD: the smallest)",
    )
    decisions: tuple[str, ...] = setting(
        (), "honour what was decided by hand, as a report in HTML writes it (decisions.jsonl); may be repeated"
    )

    @property
    def keep_field(self) -> str:
        """The field of records in `keep_by`; empty where there is none."""
        return "" if self.keep_by in KEPT else self.keep_by.removeprefix("-")

    def check(self) -> None:
        """Raises SettingError for a `keep_by` that cannot be."""
        if self.keep_by not in KEPT and not self.keep_field:
            raise SettingError("output", "keep_by", f"give {', '.join(KEPT)}, or the name of a field")


@dataclass(frozen=True, slots=True)
class RunConfig:
    """Machine resources. Never changes a result."""

    threads: int = setting(0, "threads (0: as many as there are cores)", 0, 1024)
    memory: str = setting("1G", "texts and keys beyond this go to a temporary file (folder: TMPDIR)")

    @property
    def memory_bytes(self) -> int:
        """`memory` in bytes."""
        return parse_size(self.memory)

    @property
    def thread_count(self) -> int:
        """Threads to start, at least 1."""
        if self.threads:
            return self.threads
        return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


@dataclass(frozen=True, slots=True)
class FeedsConfig:
    """`[tool.dedup.feeds]`: how feeds are kept clean. No stage of a scan, and so no part of `Config` and its digest.
    Raises ConfigError when a setting cannot be.
    """

    exact: str = setting("flag", "what to do with exact copies: flag, drop, merge or keep")
    near_duplicate: str = setting("flag", "the same for near-duplicates")
    excerpt: str = setting("flag", "the same for excerpts")
    spun: str = setting("flag", "the same for reworded copies")
    rewritten: str = setting("flag", "what to do with what says the same in other words: flag or keep")
    decisions: tuple[str, ...] = setting(
        (), "honour what was decided by hand on documents of the index (decisions.jsonl); may be repeated"
    )
    same_link: str = setting("flag", "what to do with an article that another feed listed first: flag, drop or keep")
    repost: str = setting("flag", "the same for what its publisher posts again unchanged")
    teaser: str = setting("flag", "the same for headline and first words of an earlier item")
    form: str = setting("keep", "what to do with forms filled in with other facts: flag or keep")
    scope: str = setting("all", "within what an article is shown once: all feeds, or each folder")
    publisher: tuple[str, ...] = setting(
        (), "HOST=KIND, who publishes there: one, path, author, subdomain or aggregator; may be repeated"
    )
    shortest: int = setting(40, "words from which an item is compared", 5, 10_000)
    output: str = setting("", "folder of the cleaned feeds  [feeds, beside the index]")
    merged: str = setting("", "write one feed of all to this file as well")
    merged_items: int = setting(200, "items in that feed", 1, 10_000)
    dropped_items: int = setting(200, "items in the feed of what was dropped", 1, 10_000)
    full_text: bool = setting(False, "compare the pages of new items, where robots.txt lets us")
    pages_seconds: float = setting(60.0, "seconds of a run for pages", 1, 3600)
    pages_per_host: int = setting(30, "pages of one host in a run", 1, 1000)
    pages_host_seconds: float = setting(15.0, "seconds of a run for pages of one host", 1, 3600)
    interval: int = setting(600, "seconds between two fetches of a feed", 60, 86_400)
    concurrency: int = setting(32, "feeds fetched at the same time", 1, 1000)
    per_host: int = setting(2, "the same, from one host", 1, 100)
    timeout: float = setting(60.0, "seconds for one feed", 1, 3600)
    max_body: str = setting("32M", "largest feed")
    agent: str = setting("", "name to fetch under; add an address at which publishers reach you")
    allow_private: tuple[str, ...] = setting(
        (), "host (ports 80 and 443) or host:port that may have a private address; may be repeated"
    )

    def __post_init__(self) -> None:
        check_values(FEEDS, self)
        check_size(FEEDS, "max_body", self.max_body)
        for relation, treatment in self.treatments.items():
            if treatment not in TREATMENTS:
                reason = f"{shown(treatment)} is none of {', '.join(TREATMENTS)}"
                raise SettingError(FEEDS, relation.replace("-", "_"), reason)
        for name in GENTLE:
            if self.treatments[name] not in ("flag", "keep"):
                raise SettingError(FEEDS, name, "give flag or keep: who writes in his own words may be right to")
        if self.scope not in SCOPES:
            raise SettingError(FEEDS, "scope", f"{shown(self.scope)} is none of {', '.join(SCOPES)}")
        if "merge" in (self.same_link, self.repost):
            name = "same_link" if self.same_link == "merge" else "repost"
            raise SettingError(FEEDS, name, "give flag, drop or keep: there is no other item to name")

    @property
    def treatments(self) -> dict[str, str]:
        """What is done with a copy, by relation."""
        return {
            "exact": self.exact, "near-duplicate": self.near_duplicate, "excerpt": self.excerpt, "spun": self.spun,
            "rewritten": self.rewritten, "same-link": self.same_link, "repost": self.repost, "teaser": self.teaser,
            "form": self.form,
        }  # fmt: skip

    def update(self, values: Mapping[str, Any]) -> FeedsConfig:
        """A copy with `{setting: value}` laid over it."""
        updated: FeedsConfig = laid_over(FEEDS, self, values)
        return updated


@dataclass(frozen=True, slots=True)
class RetentionConfig:
    """`[tool.dedup.retention]`: when documents of an index and items of feeds are forgotten. Raises ConfigError when a
    setting cannot be.
    """

    after: str = setting("", "forget what is older (90d, 12h, 2w) and held by nothing  [nothing is forgotten]")
    representatives: bool = setting(True, "keep documents that stand for a cluster: later copies are known by them")

    def __post_init__(self) -> None:
        check_values(RETENTION, self)
        if self.after:
            try:
                parse_age(self.after)
            except ConfigError as error:
                raise SettingError(RETENTION, "after", str(error)) from None

    @property
    def seconds(self) -> int | None:
        """`after` in seconds; None where nothing is forgotten."""
        return parse_age(self.after) if self.after else None

    def update(self, values: Mapping[str, Any]) -> RetentionConfig:
        """A copy with `{setting: value}` laid over it."""
        updated: RetentionConfig = laid_over(RETENTION, self, values)
        return updated


@dataclass(frozen=True, slots=True, init=False)
class Config:
    """The settings of a scan, by stage; any of them may be given by its own name: `Config(threshold=0.8, ngram=3)`.

    `Config.names()` says what there is. Raises ConfigError when a setting cannot be.
    """

    read: ReadConfig = field(default_factory=ReadConfig)
    fingerprint: FingerprintConfig = field(default_factory=FingerprintConfig)
    match: MatchConfig = field(default_factory=MatchConfig)
    find: FindConfig = field(default_factory=FindConfig)
    output: OutputConfig = field(default_factory=OutputConfig)
    run: RunConfig = field(default_factory=RunConfig)

    def __init__(
        self, read: ReadConfig | None = None, fingerprint: FingerprintConfig | None = None,
        match: MatchConfig | None = None, find: FindConfig | None = None, output: OutputConfig | None = None,
        run: RunConfig | None = None, **settings: Any,
    ) -> None:  # fmt: skip
        given = {"read": read, "fingerprint": fingerprint, "match": match, "find": find, "output": output, "run": run}
        laid = _by_stage(settings)
        stages: tuple[Any, ...] = fields(self)
        for stage in stages:
            value = given[stage.name]
            value = stage.default_factory() if value is None else value
            if stage.name in laid:
                value = laid_over(stage.name, value, laid[stage.name])
            object.__setattr__(self, stage.name, value)  # a frozen class is filled in like this
        self._check()

    def _check(self) -> None:
        for stage in fields(self):
            check_values(stage.name, getattr(self, stage.name))
        self.read.check()
        self.output.check()
        if self.fingerprint.num_perm % 4:
            raise SettingError("fingerprint", "num_perm", f"{self.fingerprint.num_perm} is not a multiple of 4")
        check_size("run", "memory", self.run.memory)

    def update(self, values: Mapping[str, Mapping[str, Any]]) -> Config:
        """A copy with `{stage: {setting: value}}` laid over it."""
        stages = {stage.name: getattr(self, stage.name) for stage in fields(self)}
        for name, settings in values.items():
            if name not in stages:
                raise ConfigError(f"unknown section {shown(name)} (known: {', '.join(stages)})")
            stages[name] = laid_over(name, stages[name], settings)
        return Config(**stages)

    def replace(self, **settings: Any) -> Config:
        """A copy with settings, by their own names, laid over it: `config.replace(threshold=0.8)`."""
        return self.update(_by_stage(settings))

    @staticmethod
    def names() -> dict[str, str]:
        """What each setting is for, by its name."""
        return {name: setting.metadata["help"] for name, (_, setting) in _known_settings().items()}

    def as_dict(self) -> dict[str, dict[str, Any]]:
        """`{stage: {setting: value}}`."""
        return asdict(self)

    def digest(self) -> str:
        """Sixteen hex digits that change with any setting that can change a result (so not with `run`)."""
        import hashlib
        import json

        values = {stage: settings for stage, settings in self.as_dict().items() if stage != "run"}
        return hashlib.sha256(json.dumps(values, sort_keys=True).encode()).hexdigest()[:16]


@cache
def _known_settings() -> dict[str, tuple[str, Any]]:
    """The stage of each setting, and its field: no two stages have settings of one name."""
    stages: dict[str, Any] = {stage.name: stage.default_factory for stage in fields(Config)}
    return {setting.name: (stage, setting) for stage, made in stages.items() for setting in fields(made)}


def shows_settings(called: Called) -> Called:
    """Have `**settings` of what is called shown by their names and defaults, to `help` and to whoever completes."""
    own = signature(called)
    plain = [one for one in own.parameters.values() if one.kind is not Parameter.VAR_KEYWORD]
    named = [
        Parameter(name, Parameter.KEYWORD_ONLY, default=setting.default, annotation=type(setting.default).__name__)
        for name, (_, setting) in _known_settings().items()
    ]
    called.__signature__ = own.replace(parameters=[*plain, *named])  # type: ignore[attr-defined]
    return called


def _by_stage(settings: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """Settings that are given by their own names, as `Config.update` takes them. Raises ConfigError."""
    known, stages = _known_settings(), dict[str, dict[str, Any]]()
    for name, value in settings.items():
        if name not in known:
            from difflib import get_close_matches  # only who mistypes waits for it

            near = get_close_matches(name, known, 1)
            hint = f"did you mean '{near[0]}'?" if near else f"known: {', '.join(sorted(known))}"
            raise ConfigError(f"unknown setting {shown(name)} ({hint})")
        stages.setdefault(known[name][0], {})[name] = value
    return stages


shows_settings(Config)
