"""Two songs of the library that are one: what hangs on the twin moves to the song that is kept, and back by undo.

The twin stays in the library, archived and with `merged_into`, so that its spelling leads to the song that is kept. Of
its two entries at a jam only one is left: whoever has voted for both has voted once, and the same sign-up is one.

Rows are locked in this order: jams, musicians, entries, songs. Votes take no lock until they commit. So those for
entries that will go are copied before the entries are locked, because that may wait for somebody who is voting, and
again afterwards, for those who voted meanwhile.
"""

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any, NoReturn

from django.contrib.auth.models import User
from django.db import IntegrityError, models, transaction
from django.db.models import F, Q
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _

from core.exceptions import Conflict, Invalid, NotFound
from core.signals import jam_changed, list_changed, send_on_commit
from jams.models import OVER, Attendee, Entry, EntryStatus, Event, Jam, Performance, Question, Series
from jams.services.entry_transitions import TIMES, take_snapshot
from jams.services.event_log import Verb, get_actor_name, record_event
from songs.models import ChordState, Song, SongMerge
from songs.services.merging import absorb_song, release_song
from votes.models import RemovedVote, Vote

UNDO_WINDOW = timedelta(days=1)
#: Of two entries at a jam, the one whose status is further on in this list stays.
PROGRESS = (
    *(EntryStatus.HIDDEN, EntryStatus.SKIPPED, EntryStatus.SUGGESTED, EntryStatus.QUEUED),
    *(EntryStatus.ON_DECK, EntryStatus.PLAYED, EntryStatus.PLAYING),
)
#: What the entry that stays takes over where it has nothing.
ENTRY_FACTS = ("chord_url", "suggested_by_id")
#: Rows of an entry, and the fields in which two that say the same are equal.
DEPENDENTS: tuple[tuple[type[models.Model], tuple[str, ...]], ...] = (
    (Performance, ("attendee_id", "part")),
    (RemovedVote, ("event_id", "attendee_id")),
)


@dataclass(frozen=True)
class Pair:
    """The two entries at one jam: the ids of the one that stays and of the one that goes."""

    jam: int
    stays: int
    goes: int


@transaction.atomic
def merge_songs(*, keep: Song, twin: Song, user: User, now: datetime) -> SongMerge:
    """Merge `twin` into `keep`; return the record, which `undo_merge` reverses for a day.

    Raises Invalid for one and the same song, NotFound when one is gone, and Conflict when one was merged before, `keep`
    is archived, or somebody puts one of them on a set list at this moment.
    """
    if keep.pk == twin.pk:
        raise Invalid(_("Choose two different songs."))
    songs = (keep.pk, twin.pk)
    jams = _lock_jams(songs)
    pairs = _find_pairs(*songs)
    _lock_musicians(pairs)
    _copy_votes(pairs)
    _lock_entries(songs, pairs)
    keep, twin = _lock_songs(*songs)
    if any(song.archived and song.merged_into_id for song in (keep, twin)):
        raise Conflict(_("One of these songs has already been merged."))
    if keep.archived:
        raise Conflict(_("This song is no longer in the library."))
    if _find_pairs(*songs) != pairs or _find_jams(songs) != {jam.pk for jam in jams}:
        _refuse_for_now()
    _copy_votes(pairs)
    data = {
        "moved": _move_entries(keep, twin, pairs),
        "pairs": [_merge_entries(pair, keep) for pair in pairs],
        "series": _merge_series(keep, twin),
        "songs": absorb_song(keep, twin),
    }
    data["played"] = _list_played(data)
    _tell_hosts(jams, Verb.MERGE_SONGS, user, now, {"from": twin.title, "to": keep.title})
    _announce(jams)
    return SongMerge.objects.create(kept=keep, twin=twin, user=user, at=now, data=data)


@transaction.atomic
def undo_merge(*, merge: SongMerge, user: User, now: datetime) -> None:
    """Make the two songs two again, each with what was its own and is still there.

    A vote for both is two votes again, unless it was withdrawn. A chord sheet of an entry that went is back only if the
    entry that stayed had none. Raises Conflict after UNDO_WINDOW, when it was undone before, and when one of the songs
    has been played or merged since.
    """
    merge = SongMerge.objects.select_for_update(of=("self",)).select_related("kept", "twin").get(pk=merge.pk)
    data, songs = merge.data, (merge.kept_id, merge.twin_id)
    if merge.undone_at:
        raise Conflict(_("This has already been undone."))
    if now - merge.at > UNDO_WINDOW:
        raise Conflict(_("This can't be undone any more."))
    jams = _lock_jams(songs)
    pairs = [Pair(**found["pair"]) for found in data["pairs"]]
    _lock_musicians(pairs)
    _lock_entries(songs, pairs)
    keep, twin = _lock_songs(*songs)
    is_last = not SongMerge.objects.filter(twin=twin, pk__gt=merge.pk, undone_at=None).exists()
    is_merged = twin.archived and twin.merged_into_id == keep.pk  # nobody has brought it back since
    if not (is_merged and is_last) or _list_played(data) != data["played"]:
        _refuse_to_undo()
    try:
        with transaction.atomic():
            Entry.objects.filter(pk__in=data["moved"], song=keep).update(song=twin)  # announced below
            for found in data["pairs"]:
                _split_entry(found, keep, twin)
    except IntegrityError:  # the song is on that set list again, or another is on stage
        _refuse_to_undo()
    _split_series(data["series"], keep, twin)
    release_song(data["songs"], keep, twin)
    merge.undone_at = now
    merge.save(update_fields=["undone_at"])
    words = {"from": twin.title, "to": keep.title}
    by = get_actor_name(Event(user=user))
    _tell_hosts(jams, Verb.UNDO, user, now, {"undone": Verb.MERGE_SONGS, "by": by, "data": words})
    _announce(jams)


def unite_entries(jam: Jam) -> None:
    """Let the entries of merged songs at `jam`, which nobody else sees yet, be ones of the songs that were kept.

    Where the jam has both, they become one by the rules of `merge_songs`. The caller announces the change.
    """
    merged = Song.objects.filter(entries__jam=jam, archived=True).exclude(merged_into=None)
    for twin in merged.select_related("merged_into").order_by("pk"):
        keep = twin.resolved
        pairs = _find_pairs(keep.pk, twin.pk, jam=jam)
        _copy_votes(pairs)
        for pair in pairs:
            _merge_entries(pair, keep)
        Entry.objects.filter(jam=jam, song=twin).update(song=keep)  # announced by the caller


def _find_jams(songs: Iterable[int]) -> set[int]:
    return set(Entry.objects.filter(song__in=songs).order_by().values_list("jam", flat=True))


def _lock_jams(songs: Iterable[int]) -> list[Jam]:
    """Lock every jam that has one of the songs, so that no host changes an entry meanwhile."""
    return list(Jam.objects.select_for_update(no_key=True).filter(pk__in=_find_jams(songs)).order_by("pk"))


def _find_pairs(keep: int, twin: int, **of_jam: Jam) -> list[Pair]:
    """Return the entries at each jam that has both songs; equally far on, the one of `keep` stays."""
    found: dict[int, list[Entry]] = {}
    for entry in Entry.objects.filter(song__in=(keep, twin), **of_jam).order_by("jam", "pk"):
        found.setdefault(entry.jam_id, []).append(entry)
    both = (sorted(entries, key=lambda entry: _rank(entry, keep)) for entries in found.values() if entries[1:])
    return [Pair(goes.jam_id, stays.pk, goes.pk) for goes, stays in both]


def _rank(entry: Entry, keep: int) -> tuple[int, bool]:
    return PROGRESS.index(EntryStatus(entry.status)), entry.song_id == keep


def _lock_musicians(pairs: Iterable[Pair]) -> None:
    entries = [pk for pair in pairs for pk in (pair.stays, pair.goes)]
    musicians = Performance.objects.filter(entry__in=entries).order_by().values("attendee")
    list(Attendee.objects.select_for_update(no_key=True).filter(pk__in=musicians).order_by("pk").values("pk"))


def _lock_entries(songs: Iterable[int], pairs: Iterable[Pair]) -> None:
    """Lock the entries: votes for those that stay do not wait, votes for those that go do."""
    entries = Entry.objects.filter(song__in=songs).order_by("pk")
    list(entries.select_for_update(no_key=True).values("pk"))
    list(entries.select_for_update().filter(pk__in=[pair.goes for pair in pairs]).values("pk"))


def _lock_songs(keep: int, twin: int) -> tuple[Song, Song]:
    rows = Song.objects.select_for_update(no_key=True).filter(pk__in=(keep, twin)).order_by("pk")
    found = {song.pk: song for song in rows}
    if not {keep, twin} <= found.keys():
        raise NotFound(_("One of these songs is no longer in the library."))
    return found[keep], found[twin]


def _copy_votes(pairs: Iterable[Pair]) -> None:
    """Cast the votes for the entries that go for those that stay; in the order of their keys, as all votes are."""
    to = {pair.goes: pair.stays for pair in pairs}
    rows = Vote.objects.filter(entry__in=to).order_by().values_list("entry", "attendee", "created_at")
    votes = [Vote(entry_id=to[entry], attendee_id=who, created_at=at) for entry, who, at in rows]
    votes.sort(key=lambda vote: (vote.entry_id, vote.attendee_id))
    Vote.objects.bulk_create(votes, ignore_conflicts=True)  # the caller announces the change


def _move_entries(keep: Song, twin: Song, pairs: Iterable[Pair]) -> list[int]:
    """Give the entries of `twin` at jams without `keep` to `keep`; return their ids."""
    alone = Entry.objects.filter(song=twin).exclude(jam__in=[pair.jam for pair in pairs])
    moved = list(alone.order_by("pk").values_list("pk", flat=True))
    try:
        with transaction.atomic():
            Entry.objects.filter(pk__in=moved).update(song=keep)  # the caller announces the change
    except IntegrityError:  # somebody has just put `keep` on one of these set lists
        _refuse_for_now()
    return moved


def _merge_entries(pair: Pair, keep: Song) -> dict[str, Any]:
    """Let one entry of a jam go, after giving what hangs on it to the one that stays; return what undo needs."""
    entries = Entry.objects.select_related("jam", "song").in_bulk([pair.stays, pair.goes])
    stays, goes = entries[pair.stays], entries[pair.goes]
    found: dict[str, Any] = {"pair": asdict(pair), "was_kept": stays.song_id == keep.pk, "row": take_snapshot(goes)}
    found["row"] |= {"created_at": goes.created_at.isoformat(), "suggested_by_id": goes.suggested_by_id}
    votes = Vote.objects.filter(entry=goes).order_by("attendee").values_list("attendee", "created_at")
    found["votes"] = [[attendee, at.isoformat()] for attendee, at in votes]
    found["rows"] = {model.__name__: _move_rows(model, key, pair) for model, key in DEPENDENTS}
    asked = Question.objects.filter(entry=goes)
    found["questions"] = list(asked.order_by("pk").values_list("pk", flat=True))
    open_here = Question.objects.filter(entry=stays, taken_at=None, withdrawn_at=None).values("instrument")
    doubled = asked.filter(taken_at=None, withdrawn_at=None, instrument__in=open_here)
    found["doubled"] = list(doubled.order_by("pk").values_list("pk", flat=True))
    doubled.update(withdrawn_at=F("asked_at"))  # the one that stays asks the same; announced by the caller
    asked.update(entry=stays)  # see above
    found["events"] = list(Event.objects.filter(entry=goes).order_by("pk").values_list("pk", flat=True))
    Event.objects.filter(entry=goes).update(entry=stays)  # no cached page shows events
    found["taken"] = [name for name in ENTRY_FACTS if getattr(goes, name) and not getattr(stays, name)]
    for name in found["taken"]:
        setattr(stays, name, getattr(goes, name))
    found["chords"] = _digest(stays.chord_url)
    stays.chord_state = goes.chord_state if "chord_url" in found["taken"] else stays.chord_state
    goes.delete()
    stays.song = keep
    stays.save(update_fields=["song", "chord_url", "chord_state", "suggested_by"])
    return found


def _digest(text: str) -> str:
    """Return what tells whether a text has changed, without keeping the text."""
    return sha256(text.encode()).hexdigest()


def _move_rows(model: type[models.Model], key: tuple[str, ...], pair: Pair) -> dict[str, Any]:
    """Move the rows of the entry that goes, except those that say the same as one there; return the ids of both."""
    there = set(model._default_manager.filter(entry=pair.stays).values_list(*key))
    rows = list(model._default_manager.filter(entry=pair.goes).order_by("pk").values("pk", "created_at", *key))
    moved = [row["pk"] for row in rows if tuple(row[name] for name in key) not in there]
    model._default_manager.filter(pk__in=moved).update(entry=pair.stays)  # the caller announces the change
    doubles = [{name: row[name] for name in key} for row in rows if row["pk"] not in moved]
    moments = [row["created_at"].isoformat() for row in rows if row["pk"] not in moved]
    return {"moved": moved, "doubles": doubles, "moments": moments}


def _split_entry(found: dict[str, Any], keep: Song, twin: Song) -> None:
    """Bring the entry back that went, with what was moved from it and is still there."""
    pair, row = Pair(**found["pair"]), dict(found["row"])
    stays = Entry.objects.select_related("jam").filter(pk=pair.stays, song=keep).first()
    if stays is None:
        _refuse_to_undo()
    goes = Entry(pk=pair.goes, jam=stays.jam, song=twin if found["was_kept"] else keep)
    for name in (*TIMES, "created_at"):
        setattr(goes, name, parse_datetime(row[name]) if row[name] else None)
    goes.status, goes.place = row["status"], row["place"]
    goes.band = stays.jam.bands.filter(pk=row["band_id"]).first()
    goes.suggested_by = stays.jam.attendees.filter(pk=row["suggested_by_id"]).first()
    if "suggested_by_id" in found["taken"] and stays.suggested_by_id == row["suggested_by_id"]:
        stays.suggested_by = None
    if "chord_url" in found["taken"] and _digest(stays.chord_url) == found["chords"]:  # nobody has set another one
        goes.chord_url, goes.chord_state = stays.chord_url, stays.chord_state
        stays.chord_url, stays.chord_state = "", ChordState.UNKNOWN
    stays.song = keep if found["was_kept"] else twin
    stays.save(update_fields=["song", "chord_url", "chord_state", "suggested_by"])
    goes.save(force_insert=True)
    _split_votes(found["votes"], pair)
    for model, _key in DEPENDENTS:
        _split_rows(model, found["rows"][model.__name__], pair)
    Question.objects.filter(pk__in=found["questions"], entry=stays).update(entry=goes)  # announced by the caller
    again = Question.objects.filter(pk__in=found["doubled"], entry=goes, withdrawn_at=F("asked_at"))
    again.update(withdrawn_at=None)  # announced by the caller
    Event.objects.filter(pk__in=found["events"], entry=stays).update(entry=goes)  # no cached page shows events


def _split_votes(votes: Iterable[tuple[int, str]], pair: Pair) -> None:
    """Give back the votes of those who still vote for the song; a vote that was copied has the moment of the first."""
    there = dict(Vote.objects.filter(entry=pair.stays).order_by().values_list("attendee", "created_at"))
    moments = [(who, parse_datetime(at)) for who, at in votes if who in there]
    copied = [who for who, at in moments if there[who] == at]
    Vote.objects.filter(entry=pair.stays, attendee__in=copied).delete()
    back = [Vote(entry_id=pair.goes, attendee_id=who, created_at=at) for who, at in moments if at]
    Vote.objects.bulk_create(back, ignore_conflicts=True)  # announced by the caller


def _split_rows(model: type[models.Model], found: dict[str, Any], pair: Pair) -> None:
    rows = model._default_manager.filter(entry=pair.stays)
    rows.filter(pk__in=found["moved"]).update(entry=pair.goes)  # announced by the caller
    for double, at in zip(found["doubles"], found["moments"], strict=True):
        row: Any = rows.filter(**double).first()
        if row is not None:  # its copy says the same
            row.pk, row.entry_id, row.created_at = None, pair.goes, parse_datetime(at)
            model._default_manager.bulk_create([row])  # announced by the caller


def _merge_series(keep: Song, twin: Song) -> dict[str, list[int]]:
    """Let the nights of series begin with `keep` instead of `twin`."""
    theirs = Series.objects.filter(songs=twin).order_by("pk")
    found = {
        "twin": list(theirs.values_list("pk", flat=True)),
        "both": list(theirs.filter(pk__in=keep.series.values("pk")).values_list("pk", flat=True)),
    }
    keep.series.add(*theirs)
    twin.series.clear()
    return found


def _split_series(found: dict[str, list[int]], keep: Song, twin: Song) -> None:
    still = Series.objects.filter(pk__in=found["twin"], songs=keep)
    twin.series.add(*still)
    keep.series.remove(*still.exclude(pk__in=found["both"]))


def _list_played(data: dict[str, Any]) -> list[int]:
    """Return which of the entries that were touched have been played, by id."""
    touched = [*data["moved"], *(found["pair"]["stays"] for found in data["pairs"])]
    played = Entry.objects.filter(Q(pk__in=touched) & ~Q(finished_at=None))
    return list(played.order_by("pk").values_list("pk", flat=True))


def _tell_hosts(jams: Iterable[Jam], verb: Verb, user: User, now: datetime, data: dict[str, Any]) -> None:
    for jam in jams:
        if jam.status not in OVER:
            record_event(jam=jam, verb=verb, now=now, user=user, **data)


def _announce(jams: Iterable[Jam]) -> None:
    send_on_commit(list_changed, what="songs")
    send_on_commit(list_changed, what="jams")
    for jam in jams:
        send_on_commit(jam_changed, slug=jam.slug, what="entry")


def _refuse_for_now() -> NoReturn:
    raise Conflict(_("Somebody is putting one of these songs on a set list. Try again."))


def _refuse_to_undo() -> NoReturn:
    raise Conflict(_("This can't be undone any more: later changes depend on it."))
