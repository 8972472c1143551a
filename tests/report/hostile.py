"""Texts, ids and sources that try to run something in a report. FIRED is what a browser's page would show."""

FIRED = 'document.documentElement.setAttribute("data-fired","1")'

PAYLOADS = [
    f"<script>{FIRED}</script>",
    f"</script><script>{FIRED}</script>",
    f"</style><script>{FIRED}</script>",
    f"</title><script>{FIRED}</script>",
    f"--><script>{FIRED}</script><!--",
    f"]]><script>{FIRED}</script>",
    f"<ScRiPt >{FIRED}</sCrIpT>",
    f"<scr\0ipt>{FIRED}</scr\0ipt>",
    f"<img src=x onerror='{FIRED}'>",
    f"\"><img src=x onerror='{FIRED}'>",
    f'\'><img src=x onerror="{FIRED}">',
    f"\" onmouseover='{FIRED}' autofocus onfocus='{FIRED}' x=\"",
    f"' autofocus onfocus='{FIRED}' x='",
    f"<svg onload='{FIRED}'>",
    f"<svg><animate onbegin='{FIRED}' attributeName=x dur=1s>",
    f"<svg><script>{FIRED}</script></svg>",
    f"<math><mtext><table><mglyph><style><img src onerror='{FIRED}'></style></mglyph></table></mtext></math>",
    f"<details open ontoggle='{FIRED}'>",
    f"<body onload='{FIRED}'>",
    f"<input autofocus onfocus='{FIRED}'>",
    f"<video><source onerror='{FIRED}'></video>",
    f"<marquee onstart='{FIRED}'>x</marquee>",
    f'<iframe srcdoc="<script>parent.{FIRED}</script>"></iframe>',
    f"<iframe src='javascript:parent.{FIRED}'></iframe>",
    f"<object data='javascript:{FIRED}'></object>",
    f"<a href='javascript:{FIRED}'>click</a>",
    f"javascript:{FIRED}",
    f"<meta http-equiv=refresh content='0;url=javascript:{FIRED}'>",
    "<base href='//attacker.example/'>",
    "<link rel=stylesheet href='//attacker.example/x.css'>",
    "<style>@import url(//attacker.example/x.css); * { background: url(//attacker.example/x) }</style>",
    f"&lt;script&gt;{FIRED}&lt;/script&gt;",
    f"&#60;script&#62;{FIRED}&#60;/script&#62;",
    f"{{{{ {FIRED} }}}}{{% set x = 1 %}}{{# #}}",
    "{{ ''.__class__.__mro__ }}",
    "\u202e\u2066\u202dgnp.exe\u2069",
    "\ufeff\u200b\u00ad\u2028\u2029",
    "w" * 100_000,
]

_EVENTS = ("load", "error", "focus", "mouseover", "click", "toggle", "begin", "animationstart", "pointerenter", "wheel",
           "beforetoggle", "transitionend", "cut", "scroll", "auxclick")  # fmt: skip
_BREAKS = (
    "",
    '">',
    "'>",
    "-->",
    "</td></tr></table>",
    "</textarea>",
    "</title>",
    "</noscript>",
    "\\x3c/script>",
    "]]>",
)
_SCHEMES = ("java\tscript:", "JaVaScRiPt:", " javascript:", "data:text/html,", "vbscript:", "&#106;avascript:",
            "\x01javascript:")  # fmt: skip


def payloads() -> list[str]:
    """More than a hundred: those above, handlers of many events, and what may end the place that it stands in."""
    tags, spaces, quotes = ("svg", "img src=x", "details open", "div popover"), ("", "\n", "/", "\t"), ("'", "`", "")
    handlers = [
        f"<{tags[number % 4]} {spaces[number % 4]}on{event}={quotes[number % 3]}{FIRED}{quotes[number % 3]} tabindex=0>"
        for number, event in enumerate(_EVENTS * 3)
    ]
    breaks = [f"{before}<script>{FIRED}</script>" for before in _BREAKS]
    urls = [f"<a href='{scheme}{FIRED}'>x</a>" for scheme in _SCHEMES]
    names = ("onfocus", "onload", "style", "srcdoc")
    attributes = [f"{quote} {name}={quote}{FIRED}" for quote in ("'", '"', "`") for name in names]
    return list(dict.fromkeys([*PAYLOADS, *handlers, *breaks, *urls, *attributes]))
