"""Wanted: a host asks everybody who could play what a band or a song lacks, and the first to say yes gets the place."""

from datetime import datetime
from typing import Any

from django.contrib.auth.models import User
from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from core.exceptions import Conflict, Invalid, NotFound
from jams import policies
from jams.models import (
    Answer,
    Attendee,
    Band,
    BandStatus,
    Entry,
    EntryStatus,
    Event,
    Jam,
    Performance,
    Question,
    Recipient,
    Seat,
)
from jams.services.band_records import get_band, is_act, record_band_event, refuse_busy, take_band_snapshot
from jams.services.bands import form_band
from jams.services.entry_transitions import lock_open_jam, reload_entry
from jams.services.event_log import Verb, record_event
from jams.services.sign_ups import get_claimed_entries
from songs.instruments import get_catalogue, serves
from songs.parts import describe_part, find_missing_parts

BUSY_BANDS = (*Band.UPCOMING, BandStatus.ON_STAGE)
BUSY_SONGS = (EntryStatus.ON_DECK, EntryStatus.PLAYING)


@transaction.atomic
def ask_players(
    *,
    jam: Jam,
    instrument: str,
    band: int | None = None,
    entry: Entry | None = None,
    seats: str = "",
    user: User,
    now: datetime,
) -> Event | None:
    """Ask everybody free who plays `instrument` for a place in a band or a song that lacks it; return the event.

    Without both, a band of `seats` is formed first, as `form_band` does. Return None if this is being asked already.
    If nobody can be asked, only the screens ask. Raises Invalid for an unknown instrument, NotFound when
    the band or the song is not at `jam`, and Conflict when it is no longer to come or nobody is missing there.
    """
    jam = lock_open_jam(jam)
    if instrument not in get_catalogue():
        raise Invalid(_("Choose an instrument from the list."))
    formed = None
    if entry is not None:
        entry = reload_entry(jam, entry)
    elif band is None:
        formed = form_band(jam=jam, seats=seats, user=user, now=now)
        band = jam.bands.filter(status=BandStatus.FORMING).order_by("-place", "-pk").values_list("pk", flat=True)[0]
    question = Question(jam=jam, band_id=None if entry else band, entry=entry, instrument=instrument, asked_at=now)
    if instrument not in _list_missing(question):
        sentence = _("There's no free place for %(instrument)s.")
        raise Conflict(sentence % {"instrument": describe_part(instrument)})
    same = jam.questions.filter(band=question.band_id, entry=entry, instrument=instrument)
    if same.filter(taken_at=None, withdrawn_at=None).exists():
        return None
    question.save()
    people = _list_free(jam, question, now)
    rows = [Recipient(question=question, attendee=person) for person in people]
    Recipient.objects.bulk_create(rows)  # the question has announced the change
    with_events = [formed.pk] if formed else []
    about: dict[str, Any] = {
        "instrument": instrument,
        "n": len(rows),
        "question": question.pk,
        "with_events": with_events,
    }
    return record_event(jam=jam, verb=Verb.ASK_PLAYERS, now=now, user=user, entry=entry, **about)


@transaction.atomic
def stop_asking(*, jam: Jam, question: int, user: User, now: datetime) -> Event | None:
    """Withdraw a question; return the event, or None if it has been withdrawn already.

    Raises NotFound when the question is not at `jam`, and Conflict when somebody has said yes.
    """
    jam = lock_open_jam(jam)
    found = jam.questions.select_related("entry__song").filter(pk=question).first()
    if found is None:
        raise NotFound(_("There's no such question at this jam."))
    if found.withdrawn_at is not None:
        return None
    if found.taken_at is not None:
        raise Conflict(_("Somebody has said yes already."))
    found.jam, found.withdrawn_at = jam, now
    found.save(update_fields=["withdrawn_at"])
    about: dict[str, Any] = {"instrument": found.instrument, "question": found.pk}
    return record_event(jam=jam, verb=Verb.STOP_ASKING, now=now, user=user, entry=found.entry, **about)


@transaction.atomic
def answer_question(*, jam: Jam, attendee: Attendee, question: int, says_yes: bool, now: datetime) -> bool:
    """Take the place that `attendee` was asked to take, or say that they can't now; return whether that is new.

    Of two who say yes at once, the constraint `recipient_one_yes_per_question` lets one through. Raises NotFound for
    somebody who was not asked, and Conflict when the place has been taken, the question was withdrawn, or its band or
    song is no longer to come.
    """
    jam = lock_open_jam(jam)
    # Their own tap on Leave may be under way: it forgets that they were asked.
    locked = Attendee.objects.select_for_update(no_key=True).filter(pk=attendee.pk).first()
    mine = Recipient.objects.select_related("question").filter(question__jam=jam, question=question, attendee=attendee)
    recipient = mine.first()
    if locked is None or recipient is None:
        raise NotFound(_("You don't need to answer this any more."))
    recipient.question.jam = attendee.jam = jam
    if recipient.answer in (Answer.YES, Answer.YES if says_yes else Answer.NOT_NOW):
        return False
    if says_yes:
        _say_yes(recipient, attendee, now)
    else:
        _save_answer(recipient, Answer.NOT_NOW)
        about: dict[str, Any] = {"instrument": recipient.question.instrument, "question": question}
        record_event(jam=jam, verb=Verb.SAY_NOT_NOW, now=now, attendee=attendee, **about)
    return True


def _say_yes(recipient: Recipient, attendee: Attendee, now: datetime) -> None:
    question = recipient.question
    taken = _("Thank you! Somebody else was faster: %(instrument)s is taken.")
    taken %= {"instrument": describe_part(question.instrument)}
    try:
        with transaction.atomic():
            _save_answer(recipient, Answer.YES)
    except IntegrityError:
        raise Conflict(taken) from None
    if question.withdrawn_at is not None:
        raise Conflict(_("The host doesn't need anybody for this any more. Thank you!"))
    if question.taken_at is not None or question.instrument not in _list_missing(question):
        raise Conflict(taken)
    _take_place(question, attendee, now)
    question.taken_at = now
    question.save(update_fields=["taken_at"])


def _save_answer(recipient: Recipient, answer: Answer) -> None:
    recipient.answer = answer
    recipient.save(update_fields=["answer"])


def _list_missing(question: Question) -> tuple[str, ...]:
    """Return what the band or the song lacks. Raises NotFound and Conflict when nobody can take a place there."""
    jam = question.jam
    if question.entry_id is not None:
        entry = reload_entry(jam, Entry(pk=question.entry_id))
        if entry.status not in Entry.UPCOMING or not policies.has_parts(jam):
            raise Conflict(_("This song isn't in the queue."))
        played = Performance.objects.filter(entry=entry, no_show=False).select_related("attendee")
        return find_missing_parts(entry.song.parts or jam.default_parts, [one.instrument for one in played])
    band = jam.bands.get_in_jam(question.band_id or 0)
    if band.status not in Band.UPCOMING:
        raise Conflict(_("This band is no longer in the running order."))
    if is_act(jam, band.name):
        raise Conflict(_("An act brings its own musicians."))
    seats = [seat.instrument for seat in band.seats.all() if not seat.no_show]
    return find_missing_parts(jam.parts_of_stage, seats)


def _list_free(jam: Jam, question: Question, now: datetime) -> list[Attendee]:
    """Return who can be asked: musicians with a phone who play it and are neither about to play nor sitting out."""
    here = jam.attendees.filter(left_at=None, browser__isnull=False, sits_out=False).exclude(name="")
    here = here.filter(Q(leaves_at=None) | Q(leaves_at__gt=now))
    in_bands = Seat.objects.filter(band__jam=jam, band__status__in=BUSY_BANDS).values("attendee")
    parts = Performance.objects.filter(entry__jam=jam, no_show=False)
    in_songs = parts.filter(Q(entry__status__in=BUSY_SONGS) | Q(entry=question.entry_id)).values("attendee")
    free = here.exclude(pk__in=in_bands).exclude(pk__in=in_songs).order_by("pk")
    return [person for person in free if any(serves(played, question.instrument) for played in person.plays)]


def _take_place(question: Question, attendee: Attendee, now: datetime) -> None:
    """Give `attendee` the place. Raises Conflict when they are in another band or at the performing limit."""
    fitting = (played for played in attendee.plays if serves(played, question.instrument))
    instrument = next(fitting, question.instrument)
    about: dict[str, Any] = {"instrument": question.instrument, "question": question.pk}
    if question.entry_id is not None:
        entry = reload_entry(question.jam, Entry(pk=question.entry_id))
        if len(get_claimed_entries(attendee) - {entry.pk}) >= entry.jam.performing_limit:
            raise Conflict(_("You've reached this jam's limit of songs per musician."))
        Performance.objects.create(entry=entry, attendee=attendee, part=instrument, created_at=now)
        record_event(jam=entry.jam, verb=Verb.SAY_YES, now=now, attendee=attendee, entry=entry, **about)
        return
    band = get_band(question.jam, question.band_id or 0)
    refuse_busy(band, [attendee])
    before = take_band_snapshot(band)
    try:
        with transaction.atomic():
            Seat.objects.create(band=band, attendee=attendee, instrument=instrument, created_at=now)
    except IntegrityError:
        raise Conflict(_("You're in this band already.")) from None
    record_band_event(band, before, verb=Verb.SAY_YES, user=None, now=now, attendee=attendee, **about)
