"""What merging two songs would do, and which merges can be undone."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Q

from jams.models import Entry, Performance
from songs.models import Song, SongMerge
from votes.models import Vote
from votes.services.song_merging import UNDO_WINDOW

MAX_RECENT = 20


@dataclass(frozen=True)
class MergePreview:
    """What hangs on the two songs: nights with the twin, nights with both, and there what would be one."""

    nights: int
    nights_with_both: int
    votes: int
    votes_for_both: int
    sign_ups: int


def preview_merge(keep: Song, twin: Song) -> MergePreview:
    """Return what merging `twin` into `keep` would move."""
    theirs = Entry.objects.filter(song=twin).order_by()
    nights_of_keep = Entry.objects.filter(song=keep).values("jam")
    votes = Vote.objects.filter(entry__song__in=(keep, twin)).order_by()
    for_both = votes.values("attendee").annotate(songs=Count("entry__song", distinct=True)).filter(songs__gt=1)
    nights = theirs.aggregate(all=Count("pk"), both=Count("pk", filter=Q(jam__in=nights_of_keep)))
    return MergePreview(
        nights["all"],
        nights["both"],
        votes.filter(entry__song=twin).count(),
        for_both.count(),
        Performance.objects.filter(entry__song=twin).count(),
    )


def list_recent_merges(now: datetime) -> list[SongMerge]:
    """Return the last MAX_RECENT merges that can still be undone, the newest first."""
    merges = SongMerge.objects.select_related("kept", "twin", "user").defer("data")
    return list(merges.filter(at__gt=now - UNDO_WINDOW, undone_at=None)[:MAX_RECENT])
