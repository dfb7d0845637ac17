"""Who is wanted: the places for which the host asks those who could play, for the board, the console and each phone."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from jams.models import Answer, Band, Entry, Jam, JamQuerySet, Question
from jams.selectors.bands import BandBoard
from jams.selectors.clock import Range
from jams.selectors.console import SetListItem
from jams.services.band_records import is_act
from songs.instruments import serves
from songs.parts import describe_part, describe_parts, find_missing_parts

STEP_MINUTES = 5  # minutes; starts are rounded to this

type Target = tuple[str, int]  # ("band", its id) or ("entry", its id)


@dataclass(frozen=True)
class LineUp:
    """A band or a song that is to come: what it is called, who is missing, and when it is likely to begin."""

    title: str
    missing: tuple[str, ...]
    start: Range | None = None


@dataclass(frozen=True)
class Wanted:
    """A question that is being asked, or that somebody has said yes to. `asked` counts phones.

    `unanswered`, and of these `seen` and `delivered`, hold ids of attendees, for our own pages; they are never sent
    out. `delivered` are those on whose locked phone the question is, but who have not seen it yet.
    """

    pk: int
    target: Target
    line_up: LineUp
    instrument: str
    asked: int
    unanswered: frozenset[int]
    is_taken: bool
    seen: frozenset[int] = frozenset()
    delivered: frozenset[int] = frozenset()

    @property
    def instrument_name(self) -> str:
        return describe_part(self.instrument)

    @property
    def declined(self) -> int:
        """How many of those who were asked can't play now; meant for a place that is still free."""
        return self.asked - len(self.unanswered)

    def describe(self, now: datetime) -> str:
        """Return the question, or else that it has been settled, as a sentence for somebody who was asked."""
        words = {"instrument": capfirst(self.instrument_name), "what": self.line_up.title}
        if self.is_taken:
            return _("%(instrument)s for %(what)s is taken. Thank you!") % words
        if self.line_up.start is None:
            return _("%(instrument)s for %(what)s?") % words
        minutes = (self.line_up.start.likely - now) / timedelta(minutes=STEP_MINUTES)
        words["n"] = str(STEP_MINUTES * max(1, round(minutes)))
        return _("%(instrument)s for %(what)s, in about %(n)s minutes?") % words


@dataclass(frozen=True)
class EmptyPlace:
    """A place that nobody takes yet, with what is being asked for it, and who of the house band could take it."""

    instrument: str
    question: Wanted | None
    standby: tuple[str, ...] = ()

    @property
    def instrument_name(self) -> str:
        return describe_part(self.instrument)


def with_questions(jams: JamQuerySet) -> JamQuerySet:
    """Annotate whether `read_wanted` would find anything, so that other jams cost no query."""
    return jams.annotate(is_asking=Exists(_select_current().filter(jam=OuterRef("pk")).order_by()))


def has_questions(jam: Any) -> bool:
    """Whether `read_wanted` would find anything at `jam`, which `with_questions` has read."""
    return bool(jam.is_asking)


def read_wanted(jam: Jam, line_ups: Mapping[Target, LineUp]) -> tuple[Wanted, ...]:
    """Return what is being asked at `jam`, oldest first; what has lapsed, as nobody is missing there, is left out."""
    questions = _select_current().filter(jam=jam).prefetch_related("recipients").order_by("pk")
    return tuple(wanted for question in questions if (wanted := _build_wanted(question, line_ups)))


def find_question(wanted: Iterable[Wanted], attendee: int) -> Wanted | None:
    """Return the question that somebody has to answer, or else one that they did not answer in time."""
    mine = [one for one in wanted if attendee in one.unanswered]
    return next(iter(sorted(mine, key=lambda one: (one.is_taken, one.pk))), None)


def describe_wanted(wanted: Iterable[Wanted]) -> str:
    """Return who is wanted, for the room: "Wanted: bass, 2 guitars"; empty if nobody is."""
    needed = describe_parts(sorted(one.instrument for one in wanted if not one.is_taken))
    return _("Wanted: %(instruments)s") % {"instruments": ", ".join(needed)} if needed else ""


def list_missing_in_band(jam: Jam, name: str, instruments: Iterable[str]) -> tuple[str, ...]:
    """Return the instruments that the band `name`, which has these, lacks; an act brings what it needs."""
    return () if is_act(jam, name) else find_missing_parts(jam.parts_of_stage, instruments)


def read_empty_places(
    jam: Jam, items: Iterable[SetListItem], bands: BandBoard | None
) -> dict[Target, tuple[EmptyPlace, ...]]:
    """Return the empty places of every band and song to come, for the console; one query, and one more if it asks."""
    line_ups: dict[Target, LineUp] = {
        ("entry", item.entry_id): LineUp(item.title, tuple(dict.fromkeys(item.lacking)))
        for item in items
        if item.status in Entry.UPCOMING
    }
    for band in [*bands.called, *bands.forming] if bands else ():
        played = [player.instrument for player in band.present]
        line_ups["band", band.pk] = LineUp(
            band.title, tuple(dict.fromkeys(list_missing_in_band(jam, band.name, played)))
        )
    asked = {(one.target, one.instrument): one for one in read_wanted(jam, line_ups) if not one.is_taken}
    return {
        target: tuple(
            EmptyPlace(instrument, asked.get((target, instrument)), _list_standby(bands, instrument))
            for instrument in line_up.missing
        )
        for target, line_up in line_ups.items()
    }


def _list_standby(bands: BandBoard | None, instrument: str) -> tuple[str, ...]:
    """Return the names of those in the house band who are free and play an instrument."""
    if bands is None:
        return ()
    people = [one.person for one in bands.house_band if not one.person.is_next and one.person.can_play(bands.now)]
    return tuple(person.name for person in people if any(serves(played, instrument) for played in person.plays))


def _select_current() -> QuerySet[Question]:
    is_coming = Q(band__status__in=Band.UPCOMING) | Q(entry__status__in=Entry.UPCOMING)
    return Question.objects.filter(is_coming, withdrawn_at=None)


def _build_wanted(question: Question, line_ups: Mapping[Target, LineUp]) -> Wanted | None:
    target: Target = ("band", question.band_id) if question.band_id else ("entry", question.entry_id or 0)
    line_up, is_taken = line_ups.get(target), question.taken_at is not None
    if line_up is None or (not is_taken and question.instrument not in line_up.missing):
        return None
    recipients = question.recipients.all()
    waiting = [one for one in recipients if one.answer == Answer.NONE]
    return Wanted(
        pk=question.pk,
        target=target,
        line_up=line_up,
        instrument=question.instrument,
        asked=len(recipients),
        unanswered=frozenset(one.attendee_id for one in waiting),
        is_taken=is_taken,
        seen=frozenset(one.attendee_id for one in waiting if one.seen_at),
        delivered=frozenset(one.attendee_id for one in waiting if one.delivered_at and not one.seen_at),
    )
