"""Which day a stretch of the calendar means: "the end of the month", "mid may", "early next week", "eom".

A stretch that is still to come means its first day and one under way its last, as a date to keep; a week ends
on Friday while that is to come. Where the past is leant to, nothing lies after today. "The start of the week"
is the next one that starts, unless it is this week's or the past is leant to.
"""

import re
from datetime import date, timedelta
from typing import Literal

from .calendars import bounds
from .spans import Lean, Span, read_span

_Place = Literal["start", "middle", "end"]

_PLACES: dict[str, _Place] = {
    "start": "start", "beginning": "start", "early": "start", "1": "start", "1 day": "start",
    "middle": "middle", "mid": "middle", "end": "end", "late": "end", "close": "end", "last day": "end",
}  # fmt: skip
_PART = re.compile(
    rf"(?P<place>{'|'.join(sorted(_PLACES, key=len, reverse=True))})(?: of)?[ -](?P<span>.+)"
    r"|eo(?P<unit>[mywq])"
)
_ABBREVIATED = {"m": "month", "y": "year", "w": "week", "q": "quarter"}


def read_span_day(words: str, today: date, lean: Lean) -> date | None:
    """The day that is meant; None for what names no stretch."""
    if match := _PART.fullmatch(words):
        span = read_span(match["span"] or _ABBREVIATED[match["unit"]], today, lean)
        if span is not None:
            return _part(span, _PLACES[match["place"] or "end"], today, lean)
    span = read_span(words, today, lean)
    if span is None or (span.relation == "bare" and span.unit != "weekend"):
        return None
    return _whole(span, today, lean)


def _part(span: Span, place: _Place, today: date, lean: Lean) -> date:
    found = _at(span, place, today)
    if span.relation == "bare" and lean == "future" and found < today and span.unit != "weekend":
        first, last = bounds(span.last + timedelta(days=1), span.unit)
        return _at(Span(first, last, span.phrase, span.unit, "next"), place, today)
    return found


def _whole(span: Span, today: date, lean: Lean) -> date:
    under_way = span.first <= today <= span.last
    if span.unit == "weekend":
        return today if under_way and lean == "future" else span.first
    if under_way:
        return (
            _at(span, "end", today) if lean == "future" else span.first if span.relation == "named" else today
        )
    return span.first if span.first > today or span.relation == "named" else span.last


def _at(span: Span, place: _Place, today: date) -> date:
    if place == "start":
        return span.first
    last = span.last
    if span.unit == "week" and today <= last - timedelta(days=2):
        last -= timedelta(days=2)  # a working week ends on Friday
    return last if place == "end" else span.first + (last - span.first) // 2
