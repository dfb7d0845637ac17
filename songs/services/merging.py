"""A song that takes over what the library says of its twin, and gives it back. `votes` moves what hangs on the two."""

from datetime import datetime
from typing import Any

from django.utils.dateparse import parse_datetime

from songs.models import ChordState, Song, get_model_field

#: What the song that is kept takes over where it has nothing.
FACTS = ("key", "tempo", "duration", "genre", "parts", "chord_url")


def absorb_song(keep: Song, twin: Song) -> dict[str, Any]:
    """Archive `twin`, and give its plays and what only it says to `keep`; return what `release_song` needs.

    Both must be locked.
    """
    last = max(filter(None, (keep.last_played_at, twin.last_played_at)), default=None)
    found: dict[str, Any] = {
        "taken": [name for name in FACTS if getattr(twin, name) and not getattr(keep, name)],
        "was_archived": twin.archived,
        "plays": twin.times_played,
        "last": [_to_json(at) for at in (keep.last_played_at, twin.last_played_at, last)],
        "merged": list(Song.objects.filter(merged_into=twin).order_by("pk").values_list("pk", flat=True)),
    }
    for name in found["taken"]:
        setattr(keep, name, getattr(twin, name))
    if "chord_url" in found["taken"]:
        keep.chord_state = twin.chord_state
    keep.times_played, keep.last_played_at = keep.times_played + twin.times_played, last
    keep.save()
    twin.archived, twin.merged_into, twin.times_played, twin.last_played_at = True, keep, 0, None
    twin.save()
    Song.objects.filter(pk__in=found["merged"]).update(merged_into=keep)  # saving `twin` has announced the change
    return found


def release_song(found: dict[str, Any], keep: Song, twin: Song) -> None:
    """Undo `absorb_song`, which returned `found`; a fact that somebody has changed since stays with `keep`."""
    before, theirs, after = (parse_datetime(at) if at else None for at in found["last"])
    for name in found["taken"]:
        if getattr(keep, name) == getattr(twin, name):
            setattr(keep, name, get_model_field(name).get_default())
            keep.chord_state = ChordState.UNKNOWN if name == "chord_url" else keep.chord_state
    keep.times_played = max(0, keep.times_played - found["plays"])
    keep.last_played_at = before if keep.last_played_at == after else keep.last_played_at
    keep.save()
    twin.archived, twin.merged_into = found["was_archived"], None
    twin.times_played, twin.last_played_at = found["plays"], theirs
    twin.save()
    moved = Song.objects.filter(pk__in=found["merged"], merged_into=keep)
    moved.update(merged_into=twin)  # saving `twin` has announced the change


def _to_json(at: datetime | None) -> str | None:
    return at.isoformat() if at else None
