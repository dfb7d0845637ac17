"""The songs on a jam's set list."""

from typing import Self

from django.apps import apps
from django.db import models
from django.db.models import Count, F, Q
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from core.exceptions import NotFound
from core.querysets import StrictManager, StrictQuerySet
from jams.models.attendees import Attendee
from jams.models.bands import Band
from jams.models.jam import Jam
from songs.models import ChordState, Song, http_only

CHORDS = ("chord_url", "chord_state", "song__chord_url", "song__chord_state")  # only for musicians and hosts


class EntryStatus(models.TextChoices):
    """The status of a song on the set list."""

    SUGGESTED = "suggested", _("waiting for approval")
    QUEUED = "queued", _("in the queue")
    ON_DECK = "on_deck", _("on deck")
    PLAYING = "playing", _("on stage")
    PLAYED = "played", _("played")
    SKIPPED = "skipped", _("skipped")
    HIDDEN = "hidden", _("hidden")


class EntryQuerySet(StrictQuerySet["Entry"]):
    def listed(self) -> Self:
        """Public entries: on stage, on deck, queued and played."""
        return self.filter(status__in=Entry.LISTED)

    def get_on_list(self, pk: int) -> "Entry":
        """Return an entry, public or not, with its song; raises NotFound."""
        try:
            return self.select_related("song").get(pk=pk)
        except Entry.DoesNotExist:
            raise NotFound(gettext("This song is no longer on the set list.")) from None

    def get_listed(self, slug: str, pk: int) -> "Entry":
        """Return a public entry with its jam and song, without chord sheets; raises NotFound."""
        try:
            return self.listed().without_chords().select_related("jam", "song").get(pk=pk, jam__slug=slug)
        except Entry.DoesNotExist:
            raise NotFound(gettext("This song isn't on the set list.")) from None

    def without_chords(self) -> Self:
        """Defer the chord sheets. Access to one then raises, so that no public page can show it by mistake."""
        return self.select_related("song").defer(*CHORDS)

    def for_board(self) -> Self:
        """With the song, the number of votes, and the performers, in two queries; without chord sheets."""
        performances = apps.get_model("jams", "Performance")  # which points here, so this module can't import it
        performers = performances.objects.select_related("attendee").order_by("pk")
        return (
            self.without_chords()
            .annotate(vote_count=Count("votes"))
            .prefetch_related(models.Prefetch("performances", queryset=performers))
        )


class Entry(models.Model):
    """A song on a jam's set list.

    `on_deck_at` is when its musicians were called; `place` orders the songs on deck.
    """

    UPCOMING = (EntryStatus.QUEUED, EntryStatus.ON_DECK)
    LISTED = (*UPCOMING, EntryStatus.PLAYING, EntryStatus.PLAYED)
    CLAIMING = (EntryStatus.SUGGESTED, *UPCOMING, EntryStatus.PLAYING)  # they count towards the performing limit

    jam = models.ForeignKey(Jam, models.CASCADE, related_name="entries", verbose_name=_("jam"))
    song = models.ForeignKey(Song, models.PROTECT, related_name="entries", verbose_name=_("song"), db_index=False)
    status = models.CharField(_("status"), max_length=9, choices=EntryStatus, default=EntryStatus.QUEUED)
    suggested_by = models.ForeignKey(
        Attendee, models.SET_NULL, null=True, blank=True, related_name="suggestions", verbose_name=_("suggested by")
    )
    band = models.ForeignKey(
        Band, models.SET_NULL, null=True, blank=True, related_name="songs", verbose_name=_("played by the band")
    )
    chord_url = models.URLField(_("chord sheet for this jam"), max_length=500, blank=True, validators=[http_only])
    chord_state = models.CharField(_("chord sheet link"), max_length=8, choices=ChordState, default=ChordState.UNKNOWN)
    place = models.PositiveIntegerField(_("place on deck"), default=0, editable=False)
    created_at = models.DateTimeField(_("added"), default=timezone.now)
    on_deck_at = models.DateTimeField(_("on deck since"), null=True, blank=True)
    started_at = models.DateTimeField(_("started"), null=True, blank=True)
    finished_at = models.DateTimeField(_("finished"), null=True, blank=True)

    objects = StrictManager.from_queryset(EntryQuerySet)()

    class Meta:
        verbose_name = _("song on the set list")
        verbose_name_plural = _("set list")
        ordering = ["jam", "pk"]
        constraints = [
            # Also serves a jam's entries, and the chord-sheet override by jam and song.
            models.UniqueConstraint(
                fields=["jam", "song"],
                name="entry_song_once_per_jam",
                violation_error_message=_("This song is already on the set list."),
            ),
            models.UniqueConstraint(
                fields=["jam"],
                condition=Q(status=EntryStatus.PLAYING),
                name="entry_one_on_stage",
                violation_error_message=_("Another song is on stage."),
            ),
            models.CheckConstraint(condition=Q(status__in=EntryStatus.values), name="entry_status_known"),
            models.CheckConstraint(condition=Q(chord_state__in=ChordState.values), name="entry_chord_state_known"),
            models.CheckConstraint(
                condition=Q(status=EntryStatus.PLAYED, started_at__isnull=False, finished_at__isnull=False)
                | (~Q(status=EntryStatus.PLAYED) & Q(finished_at=None)),
                name="entry_played_has_times",
            ),
            models.CheckConstraint(
                condition=Q(finished_at=None) | Q(finished_at__gte=F("started_at")), name="entry_finished_after_start"
            ),
            models.CheckConstraint(
                condition=~Q(status=EntryStatus.ON_DECK) | Q(on_deck_at__isnull=False), name="entry_on_deck_has_time"
            ),
        ]
        indexes = [
            models.Index(fields=["jam", "status"], name="entry_by_jam"),  # the board, and song counts in lists
            models.Index(fields=["song", "-finished_at"], name="entry_by_song"),  # a song's play history
            models.Index(fields=["-finished_at"], name="entry_by_played"),  # what was played, newest first
        ]

    def __str__(self) -> str:
        return f"{self.song} ({self.jam})"
