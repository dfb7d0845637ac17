"""Jams, their set lists, attendees, performances and events."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any, Self
from uuid import uuid4

from django.conf import settings
from django.contrib.auth.models import Permission
from django.db import models
from django.db.models import Count, F, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from core.calendar import EARLIEST, LATEST, validate_moment
from core.exceptions import NotFound
from core.fields import FoldedField, LookalikeField, TidyCharField, TidyTextField, WordsField
from core.querysets import StrictManager, StrictQuerySet
from core.short_codes import ShortCodeModel, generate_code
from core.slugs import SluggedModel
from songs.models import ChordState, Song, http_only
from songs.parts import Part, validate_parts, validate_plays
from venues.models import Venue

CHORDS = ("chord_url", "chord_state", "song__chord_url", "song__chord_state")  # only for musicians and hosts
NAME_FIELDS = ("name", "name_key", "look_key")  # of an attendee, written together
# What calendars show of a jam; a change of it is a new revision.
REVISING = frozenset({"name", "slug", "venue", "venue_id", "starts_at", "ends_at", "description", "status"})
ANY_ZONE = timedelta(hours=36)  # a local date anywhere on Earth lies within 36 hours of now


class JamStatus(models.TextChoices):
    SCHEDULED = "scheduled", _("upcoming")
    LIVE = "live", _("live")
    PAUSED = "paused", _("on a break")
    ENDED = "ended", _("ended")


ON_NOW = (JamStatus.LIVE, JamStatus.PAUSED)


class Voting(models.TextChoices):
    EVERYONE = "everyone", _("everyone")
    MUSICIANS = "musicians", _("musicians only")
    CLOSED = "closed", _("closed")


class Suggestions(models.TextChoices):
    EVERYONE = "everyone", _("everyone")
    MUSICIANS = "musicians", _("musicians only")
    APPROVAL = "approval", _("with the host's approval")
    OFF = "off", _("off")


class SignUps(models.TextChoices):
    OPEN = "open", _("open")
    CLOSED = "closed", _("closed")


def over(now: datetime) -> Q:
    """Jams that have ended, or that were never opened and whose planned end has passed."""
    return Q(status=JamStatus.ENDED) | Q(status=JamStatus.SCHEDULED, ends_at__lte=now)


class JamQuerySet(StrictQuerySet["Jam"]):
    def around(self, now: datetime) -> Self:
        """Jams that may be today in some time zone; `Jam.is_today` then decides for the venue."""
        return self.filter(starts_at__gt=now - ANY_ZONE, starts_at__lt=now + ANY_ZONE)

    def coming(self, now: datetime) -> Self:
        """Jams that have not started, soonest first."""
        return self.filter(starts_at__gt=now).exclude(status=JamStatus.ENDED).order_by("starts_at", "pk")

    def on_or_coming(self, now: datetime) -> Self:
        """Jams that are not over, soonest first, except those that were left open by mistake."""
        return self.exclude(over(now)).filter(starts_at__gt=now - ANY_ZONE).order_by("starts_at", "pk")

    def on(self, now: datetime) -> Self:
        """Jams that are open now, on a break or not, except those that were left open by mistake."""
        return self.on_or_coming(now).filter(status__in=ON_NOW)

    def past(self, now: datetime) -> Self:
        """Jams that are not `on_or_coming`, latest first; one that was ended before its time is among them."""
        left_open = Q(starts_at__lte=now - ANY_ZONE)
        return self.filter(over(now) | left_open).order_by("-starts_at", "-pk")

    def for_list(self) -> Self:
        """With the venue and the number of songs on the set list, for a page that lists jams."""
        listed = Entry.objects.filter(jam=models.OuterRef("pk"), status__in=Entry.LISTED).order_by()
        songs = listed.values("jam").annotate(n=Count("pk")).values("n")
        return self.select_related("venue").annotate(song_count=models.functions.Coalesce(models.Subquery(songs), 0))

    def get_for_page(self, slug: str) -> "Jam":
        """Return the jam at this address with its venue; raises NotFound."""
        try:
            return self.select_related("venue").get(slug=slug)
        except Jam.DoesNotExist:
            raise NotFound(gettext("There's no jam at this address.")) from None

    def run_by(self, user: Any) -> Self:
        """Jams that `user` may change now: the ones they host, or all for a superuser.

        The account must still be active staff with the permission to change jams, as the group "Hosts" has: whoever
        loses it has lost the console, the API and the admin with the next request.
        """
        if not (user.is_active and user.is_staff):
            return self.none()
        if user.is_superuser:
            return self
        rights = Permission.objects.filter(content_type__app_label="jams", codename="change_jam")
        return self.hosted_by(user).filter(models.Exists(rights.filter(Q(user=user) | Q(group__user=user))))

    def hosted_by(self, user: Any) -> Self:
        """Jams that list `user` as a host, or all for a superuser. It does not say what they may do: see `run_by`."""
        return self if user.is_superuser else self.filter(hosts=user)


# A foreign key with `db_index=False` needs no own index: it is the first column of an index or constraint below.
class Jam(ShortCodeModel, SluggedModel):
    name = TidyCharField(_("name"), max_length=120)
    slug = models.SlugField(_("web address"), max_length=80, unique=True, blank=True)
    words = WordsField(of=("name", "venue.name", "venue.address"))
    code = models.CharField(_("short code"), max_length=8, unique=True, default=generate_code, editable=False)
    venue = models.ForeignKey(Venue, models.PROTECT, related_name="jams", verbose_name=_("venue"), db_index=False)
    hosts = models.ManyToManyField(settings.AUTH_USER_MODEL, blank=True, related_name="jams", verbose_name=_("hosts"))
    starts_at = models.DateTimeField(_("starts"), validators=[validate_moment])
    ends_at = models.DateTimeField(_("ends"), validators=[validate_moment])
    description = TidyTextField(_("description"), max_length=2000, blank=True)
    background = models.ImageField(_("background picture"), upload_to="jams/", blank=True)
    status = models.CharField(_("status"), max_length=9, choices=JamStatus, default=JamStatus.SCHEDULED)
    voting = models.CharField(_("voting"), max_length=9, choices=Voting, default=Voting.EVERYONE)
    suggestions = models.CharField(_("suggestions"), max_length=9, choices=Suggestions, default=Suggestions.EVERYONE)
    sign_ups = models.CharField(_("sign-ups"), max_length=6, choices=SignUps, default=SignUps.OPEN)
    musicians_edit_chords = models.BooleanField(_("musicians can edit chord sheets"), default=True)
    performing_limit = models.PositiveSmallIntegerField(
        _("songs per musician"), default=3, help_text=_("How many songs a musician can be signed up for at once.")
    )
    default_parts = models.JSONField(_("usual line-up"), default=list, blank=True, validators=[validate_parts])
    room_secret = models.CharField(_("room code"), max_length=32, blank=True, editable=False)
    stage_link = models.PositiveIntegerField(_("link for the television"), default=1, editable=False)
    created_at = models.DateTimeField(_("created"), auto_now_add=True)
    forgotten_at = models.DateTimeField(_("names deleted"), null=True, blank=True, editable=False)
    # For calendars, which tell an event by `uid`, wherever it comes from, and take a change for one by `revised_at`.
    uid = models.UUIDField(default=uuid4, editable=False)
    revised_at = models.DateTimeField(_("changed"), auto_now=True)
    ended_at = models.DateTimeField(_("ended"), null=True, blank=True, editable=False)

    objects = StrictManager.from_queryset(JamQuerySet)()

    class Meta:
        verbose_name = _("jam")
        verbose_name_plural = _("jams")
        ordering = ["-starts_at", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(ends_at__gt=F("starts_at")),
                name="jam_ends_after_start",
                violation_error_message=_("The jam must end after it starts."),
            ),
            models.CheckConstraint(
                condition=Q(starts_at__gte=EARLIEST, ends_at__lt=LATEST),
                name="jam_times_in_calendar",
                violation_error_message=_("Choose a year between 1970 and 2199."),
            ),
            models.CheckConstraint(condition=Q(status__in=JamStatus.values), name="jam_status_known"),
            models.CheckConstraint(condition=Q(voting__in=Voting.values), name="jam_voting_known"),
            models.CheckConstraint(condition=Q(suggestions__in=Suggestions.values), name="jam_suggestions_known"),
            models.CheckConstraint(condition=Q(sign_ups__in=SignUps.values), name="jam_sign_ups_known"),
            models.CheckConstraint(
                condition=Q(performing_limit__gte=1, performing_limit__lte=50), name="jam_performing_limit_sane"
            ),
        ]
        indexes = [
            models.Index(fields=["-starts_at", "-id"], name="jam_by_start"),  # the list, today, coming
            models.Index(fields=["venue", "-starts_at", "-id"], name="jam_by_venue"),  # a venue's jams
            models.Index(
                fields=["status", "-starts_at", "-id"], name="jam_by_status"
            ),  # admin's filter, left-open jams
            models.Index(fields=["-created_at", "-id"], name="jam_by_creation"),  # what is new
        ]

    def __str__(self) -> str:
        return str(self.name)

    def save(self, *, update_fields: Iterable[str] | None = None, **kwargs: Any) -> None:
        """Save the jam; `revised_at` and `ended_at` follow what is saved."""
        if not self.is_over:
            self.ended_at = None
        elif self.ended_at is None:
            self.ended_at = timezone.now()
        names = None if update_fields is None else {*update_fields}
        if names and not REVISING.isdisjoint(names):
            names |= {"revised_at", "ended_at"}
        super().save(update_fields=names, **kwargs)

    def get_absolute_url(self) -> str:
        return reverse("jams:detail", args=[self.slug])

    @property
    def is_over(self) -> bool:
        return self.status == JamStatus.ENDED

    @property
    def is_cancelled(self) -> bool:
        """Whether the jam was ended before it was to start: it did not take place."""
        return self.is_over and self.ended_at is not None and self.ended_at < self.starts_at

    @property
    def is_on(self) -> bool:
        """Whether the jam has been opened and has not ended; breaks count."""
        return self.status in ON_NOW

    @property
    def asks_for_room_code(self) -> bool:
        """Whether people must enter the room code before they can vote; see `jams.services.room_code`."""
        return bool(self.room_secret)

    @property
    def local_start(self) -> datetime:
        """The start in the venue's own time zone."""
        return self.starts_at.astimezone(self.venue.zone)

    @property
    def local_end(self) -> datetime:
        """The end in the venue's own time zone."""
        return self.ends_at.astimezone(self.venue.zone)

    def is_today(self, now: datetime) -> bool:
        """Whether the jam starts today in the venue's time zone, or is still on after midnight."""
        if self.is_over:
            return False
        return self.local_start.date() == now.astimezone(self.venue.zone).date() or self.starts_at <= now < self.ends_at


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
        performers = Performance.objects.select_related("attendee").order_by("pk")
        return (
            self.without_chords()
            .annotate(vote_count=Count("votes"))
            .prefetch_related(models.Prefetch("performances", queryset=performers))
        )


class Entry(models.Model):
    """A song on a jam's set list."""

    UPCOMING = (EntryStatus.QUEUED, EntryStatus.ON_DECK)
    LISTED = (*UPCOMING, EntryStatus.PLAYING, EntryStatus.PLAYED)
    CLAIMING = (EntryStatus.SUGGESTED, *UPCOMING, EntryStatus.PLAYING)  # they count towards the performing limit

    jam = models.ForeignKey(Jam, models.CASCADE, related_name="entries", verbose_name=_("jam"))
    song = models.ForeignKey(Song, models.PROTECT, related_name="entries", verbose_name=_("song"), db_index=False)
    status = models.CharField(_("status"), max_length=9, choices=EntryStatus, default=EntryStatus.QUEUED)
    suggested_by = models.ForeignKey(
        "Attendee", models.SET_NULL, null=True, blank=True, related_name="suggestions", verbose_name=_("suggested by")
    )
    chord_url = models.URLField(_("chord sheet for this jam"), max_length=500, blank=True, validators=[http_only])
    chord_state = models.CharField(_("chord sheet link"), max_length=8, choices=ChordState, default=ChordState.UNKNOWN)
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


class Attendee(models.Model):
    """One browser at one jam. An attendee with a name is a musician; a walk-up added by the host has no browser.

    A musician who leaves after playing keeps the name for the history, with `left_at` set. `in_room` is set once the
    room code has been entered. `votes_void` is set when a host has removed the votes; the attendee can't vote again.
    """

    jam = models.ForeignKey(Jam, models.CASCADE, related_name="attendees", verbose_name=_("jam"), db_index=False)
    browser = models.CharField(_("browser"), max_length=64, null=True, blank=True, editable=False)
    name = TidyCharField(_("name"), max_length=60, blank=True)
    name_key = FoldedField(of=("name",))
    look_key = LookalikeField(of=("name",))
    plays = models.JSONField(_("plays"), default=list, blank=True, validators=[validate_plays])
    left_at = models.DateTimeField(_("left"), null=True, blank=True)
    in_room = models.BooleanField(_("entered the room code"), default=False, editable=False)
    votes_void = models.BooleanField(_("votes removed"), default=False, editable=False)
    created_at = models.DateTimeField(_("arrived"), default=timezone.now)

    objects = StrictManager.from_queryset(StrictQuerySet)()

    class Meta:
        verbose_name = _("attendee")
        verbose_name_plural = _("attendees")
        ordering = ["jam", "name", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["jam", "browser"], name="attendee_browser_once_per_jam"),
            models.UniqueConstraint(
                fields=["jam", "name_key"],
                name="attendee_name_once_per_jam",
                violation_error_message=_("Someone at this jam already has this name."),
            ),
            models.UniqueConstraint(
                fields=["jam", "look_key"],
                name="attendee_look_once_per_jam",
                violation_error_message=_("Someone at this jam already has a name that looks the same."),
            ),
            models.CheckConstraint(condition=Q(browser__isnull=False) | ~Q(name=""), name="attendee_is_somebody"),
        ]
        indexes = [models.Index(fields=["jam", "created_at"], name="attendee_by_arrival")]  # new ones per minute

    def __str__(self) -> str:
        return self.name or str(_("a listener"))

    @property
    def is_musician(self) -> bool:
        return bool(self.name) and self.left_at is None


class MoveCode(models.Model):
    """A one-time code that moves a musician to another phone; only its digest is stored."""

    attendee = models.OneToOneField(Attendee, models.CASCADE, related_name="move_code", verbose_name=_("musician"))
    digest = models.CharField(max_length=64, editable=False)
    expires_at = models.DateTimeField(_("valid until"))

    objects = StrictManager.from_queryset(StrictQuerySet)()

    class Meta:
        verbose_name = _("code for another phone")
        verbose_name_plural = _("codes for another phone")
        ordering = ["pk"]
        constraints = [models.UniqueConstraint(fields=["digest"], name="movecode_digest_once")]

    def __str__(self) -> str:
        return str(self.attendee)


class Performance(models.Model):
    """An attendee's sign-up for a part in a song on the set list."""

    entry = models.ForeignKey(
        Entry, models.CASCADE, related_name="performances", verbose_name=_("song"), db_index=False
    )
    attendee = models.ForeignKey(Attendee, models.CASCADE, related_name="performances", verbose_name=_("musician"))
    part = models.CharField(_("part"), max_length=6, choices=Part)
    other_part = TidyCharField(_("other part"), max_length=40, blank=True)
    no_show = models.BooleanField(_("no-show"), default=False)
    created_at = models.DateTimeField(_("signed up"), default=timezone.now)

    objects = StrictManager.from_queryset(StrictQuerySet)()

    class Meta:
        verbose_name = _("performance")
        verbose_name_plural = _("performances")
        ordering = ["entry", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["entry", "attendee", "part"],
                name="performance_part_once",
                violation_error_message=_("This musician already plays this part."),
            ),
            models.CheckConstraint(condition=Q(part__in=Part.values), name="performance_part_known"),
            models.CheckConstraint(
                condition=Q(part=Part.OTHER) | Q(other_part=""), name="performance_words_only_for_other"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.attendee}: {self.part_name}"

    @property
    def part_name(self) -> str:
        """The part in words; for "other", the instrument that was entered."""
        return self.other_part or str(self.get_part_display())


class Event(models.Model):
    """An audit log record, written in the transaction of the change and used for the activity feed and undo."""

    jam = models.ForeignKey(Jam, models.CASCADE, related_name="events", verbose_name=_("jam"), db_index=False)
    at = models.DateTimeField(_("when"), default=timezone.now)
    verb = models.CharField(_("action"), max_length=40)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("host")
    )
    attendee = models.ForeignKey(
        Attendee, models.SET_NULL, null=True, blank=True, related_name="events", verbose_name=_("attendee")
    )
    entry = models.ForeignKey(
        Entry, models.SET_NULL, null=True, blank=True, related_name="events", verbose_name=_("song")
    )
    data = models.JSONField(_("details"), default=dict, blank=True)
    undone_at = models.DateTimeField(_("undone"), null=True, blank=True)

    objects = StrictManager.from_queryset(StrictQuerySet)()

    class Meta:
        verbose_name = _("event")
        verbose_name_plural = _("events")
        ordering = ["-at", "-pk"]
        constraints = [models.CheckConstraint(condition=~Q(verb=""), name="event_says_what")]
        indexes = [models.Index(fields=["jam", "-at", "-id"], name="event_by_jam")]  # the host's feed, the report

    def __str__(self) -> str:
        return f"{self.verb} ({self.jam})"
