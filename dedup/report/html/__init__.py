"""A result as HTML: one file to send on, or a folder of pages.

`sources` says what a report is made from (a result in memory, or its JSON), `sides` lays two texts side by side,
`overview` counts and draws, `pages` fills the templates.
"""

from dedup.report.html.anonymous import Anonymous
from dedup.report.html.pages import write_file, write_folder
from dedup.report.html.sources import JsonSource, ReportSource, ResultSource

__all__ = ["Anonymous", "JsonSource", "ReportSource", "ResultSource", "write_file", "write_folder"]
