"""Names of months and weekdays, for those who look for them in texts."""

from __future__ import annotations

MONTHS = (
    "january janvier januar januari enero janeiro gennaio",
    "february février februar februari febrero fevereiro febbraio",
    "march mars märz maart marzo março",
    "april avril abril aprile",
    "may mai mei mayo maio maggio",
    "june juin juni junio junho giugno",
    "july juillet juli julio julho luglio",
    "august août augustus agosto",
    "september septembre septiembre setembro settembre",
    "october octobre oktober octubre outubro ottobre",
    "november novembre noviembre novembro",
    "december décembre dezember diciembre dezembro dicembre",
)
"""Names of each month: English, French, German, Dutch, Spanish, Portuguese, Italian."""
WEEKDAYS = (
    "monday lundi montag maandag lunes lunedì",
    "tuesday mardi dienstag dinsdag martes martedì",
    "wednesday mercredi mittwoch woensdag miércoles mercoledì",
    "thursday jeudi donnerstag donderdag jueves giovedì",
    "friday vendredi freitag vrijdag viernes venerdì",
    "saturday samedi samstag sonnabend zaterdag sábado sabato",
    "sunday dimanche sonntag zondag domingo domenica",
)
"""Names of each weekday, from Monday, in the same languages."""
ENGLISH_MONTHS = tuple(names.split()[0] for names in MONTHS)
ENGLISH_WEEKDAYS = tuple(names.split()[0] for names in WEEKDAYS)
SHORT_MONTHS = tuple(name[:3] for name in ENGLISH_MONTHS)
