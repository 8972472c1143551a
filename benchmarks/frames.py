"""Frames, written for this project, and facts to fill them in with: documents that are alike and no copies."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random

TIMES = 12
"""How often each frame is filled in."""
FRAMES = {
    "weather": (
        "Weather for the Vale of {place}. {day} will begin with {sky} and a {wind} wind from the "
        "{quarter}. Temperatures "
        "will reach {a} degrees in the valley and {b} degrees on the ridge, and fall to {c} degrees in the night. The "
        "water in Lake {lake} has {d} degrees. The outlook for the days to come is for {sky2} and "
        "up to {e} millimetres "
        "of rain. This bulletin is made by the weather office at noon and is printed without any guarantee."
    ),
    "dividend": (
        "{firm} of {place} said its board declared a dividend of {a} cents a share, payable on {day} the {b}th to "
        "shareholders of record on the {c}th. A year ago the company paid {d} cents. Chairman "
        "{name} said that the board "
        "looks at the dividend each quarter and that the policy of the company has not changed. "
        "The shares closed at {e} "
        "crowns on the exchange yesterday."
    ),
    "vacancy": (
        "{firm} is looking for a {trade}. We are a family company with {a} employees in {place} and offer a permanent "
        "contract, thirty days of leave, a company pension and free lunch in our canteen. {task} Please send your "
        "application with a short letter and two references to {name} in our personnel office "
        "before the {b}th. We welcome "
        "applicants of every background and will gladly adapt the workplace to their needs. Travel costs are refunded."
    ),
    "medicine": (
        "What {drug} is and what it is used for. {drug} belongs to a group of medicines called {group} and is used to "
        "treat {illness}. Do not take {drug} if you are allergic to it or to any of the other "
        "ingredients listed at the "
        "end of this leaflet. Talk to your doctor or pharmacist before taking {drug}. The "
        "recommended dose of {drug} is "
        "{a} milligrams {often}. Like all medicines {drug} can cause side effects, although not everybody gets them. "
        "Common side effects of {drug} are {effect} and {effect2}. Keep {drug} out of the sight and reach of children."
    ),
    "function": (
        "NAME {call} - {what}. SYNOPSIS #include <{head}.h> int {call}(int {x}, size_t {y}); DESCRIPTION The function "
        "{call} {what2}. The argument {x} says where, and {y} how much. RETURN VALUE On success {call} returns {a}. On "
        "error -1 is returned, and errno is set to say what went wrong. ERRORS {error} The argument {x} is not valid. "
        "NOTES {call} first appeared in release {b}.{c}. SEE ALSO {other}, {other2}"
    ),
}
_WORDS = {
    "place": ["Harrow", "Ormery", "Tolvane", "Kestrick", "Dunmarrow", "Pellack", "Lindmouth", "
    ""Pravosk", "Norwick", "Ashby", "Selby", "Cadenham"],
    "day": ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"],
    "sky": ["fog", "sunshine", "low cloud", "showers", "frost", "thunder", "drizzle"],
    "sky2": ["dry days", "snow showers", "bright spells", "long rain", "hail"],
    "wind": ["light", "fresh", "strong", "biting", "steady", "gusty"], "quarter": ["north", "south", "west", "east"],
    "lake": ["Ormery", "Sill", "Tarn", "Mirror", "Heron", "Crane", "Otter"],
    "firm": ["Cellmoor", "Brightmoor Foods", "Gannet Steel", "Tarl Valley Mills", "
    ""Northwire", "Quayside Paper", "Elder "
             "and Plum", "Hollin Glass", "Sorrel Motors", "Petrel Lines", "Larch Timber", "Umber Paints"],
    "name": ["Selma Harrant", "Casper Lund", "Ilse Brandt", "Tomas Weir", "Anneke Roth", "Ivo Petran", "Greta Moll",
             "Niels Aagard", "Mara Quill", "Otto Verne", "Lena Strand", "Hugo Pell"],
    "trade": ["warehouse clerk", "payroll accountant", "refrigeration technician", "recipe developer", "night porter",
              "glass blower", "crane driver", "paper tester", "translator", "gardener", "welder", "archivist"],
    "task": ["You book incoming flour, check pallets against delivery notes and drive a fork-lift truck.",
             "You prepare monthly wages for all sites and talk to the tax office about returns.",
             "You service compressors and cold stores and keep the logbook that the inspectors ask for.",
             "You invent new rolls with our bakers, run tasting panels and write down what is in them.",
             "You open the gates before dawn, answer the night telephone and walk the yard every hour.",
             "You blow bowls and vases by hand and teach two apprentices what you know.",
             "You lift steel from barges, watch the wind and grease the bearings on Saturdays.",
             "You tear, fold and burn samples from each reel and note what you see.",
             "You turn contracts into four languages and sit beside the board when guests come.",
             "You prune the lime trees, plant the beds along the drive and mend the glasshouse.",
             "You join pipes under water and above it and hold a licence for both.",
             "You sort the letters of a hundred years and find what lawyers ask for."],
    "drug": ["Norvaline", "Cadrupine", "Tessamol", "Ibrolane", "Quenadol", "Vestarine", "
    ""Olmipril", "Zanthrex", "Perilone", "Mucofen", "Lasperine", "Daxatrol"],
    "group": ["beta blockers", "statins", "anticoagulants", "antihistamines", "diuretics", "steroids"],
    "illness": ["high blood pressure", "hay fever", "swollen legs", "asthma in adults", "blood clots", "gout",
                "migraine", "an overactive thyroid"],
    "often": ["once a day", "twice a day with food", "every eight hours", "in the evening", "every other day"],
    "effect": ["headache", "a dry mouth", "cold hands", "itching", "cramps in the legs"],
    "effect2": ["tiredness", "a blocked nose", "loss of taste", "dizziness", "a rash"],
    "call": ["getgrfoo", "setmapid", "wcscopyn", "aio_fetch", "mqopenat", "shmlock", "
    ""readdirx", "strtolx", "clockpin", "vmprobe", "ttyname_q", "semwaitk"],
    "what": ["read an entry from the table of groups", "set the number of a mapping", "copy wide characters",
             "begin to read without waiting", "open a queue of messages", "lock shared memory", "read a folder",
             "turn a text into a number", "pin a clock", "probe the memory of a process", "name a terminal",
             "wait for a semaphore"],
    "what2": ["looks the entry up and fills in a structure", "gives the mapping a new number and returns the old one",
              "copies at most as many characters as there is room for", "puts the request into a queue and returns",
              "opens the queue relative to a folder", "keeps the pages from being written to disk",
              "returns the next entry that is not hidden", "skips white space and takes a sign",
              "stops the clock from being moved backwards", "asks for each page whether it is there",
              "gives the path of the device", "goes to sleep until the count is positive"],
    "head": ["grp", "mapping", "wchar", "aio", "mqueue", "mman", "dirent", "stdlib", "time", "
    ""vm", "unistd", "semaphore"],
    "x": ["gid", "id", "dest", "fd", "queue", "addr", "dir", "text", "clock", "pid", "tty", "sem"],
    "y": ["size", "old", "count", "bytes", "flags", "length", "room", "base", "offset", "pages", "space", "timeout"],
    "error": ["EINVAL", "EBADF", "EFAULT", "ENOMEM", "EPERM", "ENOENT", "EAGAIN"],
    "other": ["getpwbar(3)", "mapctl(2)", "memccpy(3)", "lio_listio(3)", "mq_send(3)", "mlock(2)", "scandir(3)"],
    "other2": ["group(5)", "munmap(2)", "wcslen(3)", "aio(7)", "mq_overview(7)", "shm_open(3)", "opendir(3)"],
}  # fmt: skip


def filled(rng: Random) -> Iterator[tuple[str, int, str]]:
    """(frame, number, text) of each frame filled in TIMES times."""
    for kind, frame in FRAMES.items():
        drawn = {name: rng.sample(words, len(words)) for name, words in _WORDS.items()}
        for number in range(TIMES):
            facts = {name: words[number % len(words)] for name, words in drawn.items()}
            yield kind, number, frame.format(**facts, **{name: rng.randrange(3, 97) for name in "abcde"})
