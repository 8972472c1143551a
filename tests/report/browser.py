"""Debian's Chromium, driven by Playwright; and axe, which finds what people cannot read or reach."""

from __future__ import annotations

import os
import shutil
import tempfile
from contextlib import contextmanager
from importlib.resources import files

import pytest

NAMES = ("chromium", "chromium-browser", "google-chrome")


def required(message: str) -> None:
    """Skip where something is missing; in CI it may not be."""
    assert not os.environ.get("DEDUP_REQUIRE_SERVERS"), message
    pytest.skip(message)


def program() -> str:
    found = next((path for name in NAMES if (path := shutil.which(name))), None)
    if not found:
        required("needs chromium")
    return found


@contextmanager
def launched():
    """A browser."""
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        required("needs playwright")
    with sync_playwright() as playwright, tempfile.TemporaryDirectory() as folder:
        environment = {**os.environ, "XDG_CONFIG_HOME": folder}  # where it puts its crash reports
        browser = playwright.chromium.launch(executable_path=program(), args=["--no-sandbox"], env=environment)
        try:
            yield browser
        finally:
            browser.close()


class Watched:
    """A page, and what it said and asked for."""

    def __init__(self, browser, **options) -> None:
        self.context = browser.new_context(accept_downloads=True, **options)
        self.page = self.context.new_page()
        self.trouble: list[str] = []
        self.asked: set[str] = set()
        self.page.set_default_timeout(20_000)
        self.page.on("console", lambda message: self.trouble.append(message.text))
        self.page.on("pageerror", lambda error: self.trouble.append(str(error)))
        self.page.on("dialog", lambda dialog: (self.trouble.append(dialog.message), dialog.dismiss()))
        self.page.on("request", lambda request: self.asked.add(request.url))

    def open(self, path):
        self.page.goto(path.as_uri())
        return self.page


@contextmanager
def watched(browser, **options):
    """A page that says nothing and asks for nothing but files and blobs of its own."""
    seen = Watched(browser, **options)
    try:
        yield seen
        assert seen.trouble == [], seen.trouble
        assert {url.partition(":")[0] for url in seen.asked} <= {"file", "blob"}
    finally:
        seen.context.close()


def findings(page, rules=()) -> list[str]:
    """What axe calls serious or critical, by all its rules or some."""
    try:
        source = files("axe_playwright_python") / "axe.min.js"
    except ModuleNotFoundError:
        required("needs axe-playwright-python")
    page.evaluate(source.read_text(encoding="utf-8"))
    only = {"runOnly": {"type": "rule", "values": list(rules)}} if rules else {}
    options = {"resultTypes": ["violations"], "preload": False} | only
    result = page.evaluate("(options) => axe.run(document, options)", options)
    return [
        f"{found['id']}: {found['help']}: {node['html'][:200]} {node.get('failureSummary', '')[:300]}"
        for found in result["violations"] if found["impact"] in ("serious", "critical") for node in found["nodes"][:3]
    ]  # fmt: skip
