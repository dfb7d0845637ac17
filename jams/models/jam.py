"""A jam: one night at one venue, and the switches that say how it runs."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any, Self
from uuid import uuid4

from django.apps import apps
from django.conf import settings
from django.db import models
from django.db.models import Count, F, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from core.calendar import EARLIEST, LATEST, validate_moment
from core.exceptions import NotFound
from core.fields import TidyCharField, TidyTextField, WordsField
from core.querysets import StrictManager, StrictQuerySet
from core.short_codes import ShortCodeModel, generate_code
from core.slugs import SluggedModel
from jams.models.rights import filter_run_by, filter_shown_to
from jams.models.series import Series
from songs.parts import validate_parts
from songs.shipped_instruments import InstrumentSet
from venues.models import Venue

# What calendars show of a jam; a change of it is a new revision.
REVISING = frozenset({"name", "slug", "venue", "venue_id", "starts_at", "ends_at", "description", "status"})
ANNOUNCEMENT_LENGTH = 140  # characters: two or three lines on a phone
ANY_ZONE = timedelta(hours=36)  # a local date anywhere on Earth lies within 36 hours of now
USUAL_STAGE: tuple[dict[str, Any], ...] = (  # of a jam that has neither a stage plan nor a usual line-up
    {"part": "vocals"},
    {"part": "guitar"},
    {"part": "bass"},
    {"part": "drums"},
    {"part": "keys", "optional": True},
    {"part": "guitar", "optional": True},
)


class JamStatus(models.TextChoices):
    SCHEDULED = "scheduled", _("upcoming")
    LIVE = "live", _("live")
    PAUSED = "paused", _("on a break")
    ENDED = "ended", _("ended")
    CANCELLED = "cancelled", _("cancelled")


ON_NOW = (JamStatus.LIVE, JamStatus.PAUSED)
OVER = (JamStatus.ENDED, JamStatus.CANCELLED)


class Voting(models.TextChoices):
    EVERYONE = "everyone", _("everyone")
    MUSICIANS = "musicians", _("musicians only")
    CLOSED = "closed", _("closed")


class Suggestions(models.TextChoices):
    EVERYONE = "everyone", _("everyone")
    MUSICIANS = "musicians", _("musicians only")
    APPROVAL = "approval", _("with the host's approval")
    OFF = "off", _("off")


class Format(models.TextChoices):
    """What a jam is made of: songs that musicians sign up for, bands of those who wait, or acts that come as they are.

    In a mixed jam there is room for all three.
    """

    SONGS = "songs", _("song list")
    BANDS = "bands", _("bands")
    OPEN_MIC = "open_mic", _("open mic")
    MIXED = "mixed", _("mixed")


class SignUps(models.TextChoices):
    OPEN = "open", _("open")
    CLOSED = "closed", _("closed")


def over(now: datetime) -> Q:
    """Jams that have ended, and those whose planned end has passed: never opened, or cancelled.

    Until then a cancelled one is listed among those to come, because people who plan to be there have to see it.
    """
    return Q(status=JamStatus.ENDED) | Q(status__in=(JamStatus.SCHEDULED, JamStatus.CANCELLED), ends_at__lte=now)


class JamQuerySet(StrictQuerySet["Jam"]):
    def around(self, now: datetime) -> Self:
        """Jams that may be today in some time zone; `Jam.is_today` then decides for the venue."""
        return self.filter(starts_at__gt=now - ANY_ZONE, starts_at__lt=now + ANY_ZONE)

    def coming(self, now: datetime) -> Self:
        """Jams that have not started and are not cancelled, soonest first."""
        return self.filter(starts_at__gt=now).exclude(status__in=OVER).order_by("starts_at", "pk")

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
        entries = apps.get_model("jams", "Entry")  # which points here, so this module can't import it
        listed = entries.objects.filter(jam=models.OuterRef("pk"), status__in=entries.LISTED).order_by()
        songs = listed.values("jam").annotate(n=Count("pk")).values("n")
        return self.select_related("venue").annotate(song_count=models.functions.Coalesce(models.Subquery(songs), 0))

    def get_for_page(self, slug: str) -> "Jam":
        """Return the jam at this address with its venue; raises NotFound."""
        try:
            return self.select_related("venue").get(slug=slug)
        except Jam.DoesNotExist:
            raise NotFound(gettext("There's no jam at this address.")) from None

    def shown_to(self, user: Any) -> Self:
        """Jams that the admin shows to `user`; see `filter_shown_to`."""
        return filter_shown_to(self, user)

    def run_by(self, user: Any) -> Self:
        """Jams that `user` may change now, as a host or with a role at the venue; see `filter_run_by`."""
        return filter_run_by(self, user)


# A foreign key with `db_index=False` needs no own index: it is the first column of an index or constraint below.
class Jam(ShortCodeModel, SluggedModel):
    name = TidyCharField(_("name"), max_length=120)
    slug = models.SlugField(_("web address"), max_length=80, unique=True, blank=True)
    words = WordsField(of=("name", "venue.name", "venue.address"))
    code = models.CharField(_("short code"), max_length=8, unique=True, default=generate_code, editable=False)
    venue = models.ForeignKey(Venue, models.PROTECT, related_name="jams", verbose_name=_("venue"), db_index=False)
    hosts = models.ManyToManyField(settings.AUTH_USER_MODEL, blank=True, related_name="jams", verbose_name=_("hosts"))
    series = models.ForeignKey(
        Series, models.SET_NULL, null=True, blank=True, related_name="nights", verbose_name=_("series"),
        editable=False, db_index=False,
    )  # fmt: skip
    series_day = models.DateField(null=True, editable=False)  # of the series' rule; the night itself may be moved
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
    format = models.CharField(_("format"), max_length=8, choices=Format, default=Format.SONGS)
    set_songs = models.PositiveSmallIntegerField(
        _("songs in a set"), default=3, help_text=_("How many songs a band or an act plays in its turn.")
    )
    set_minutes = models.PositiveSmallIntegerField(
        _("minutes in a set"), null=True, blank=True, help_text=_("Leave empty to count a set in songs.")
    )
    sets_shortened = models.BooleanField(_("sets were made shorter"), default=False, editable=False)
    changeover_minutes = models.PositiveSmallIntegerField(_("minutes between two sets"), default=5)
    hard_stop_at = models.DateTimeField(
        _("hard stop"), null=True, blank=True, validators=[validate_moment],
        help_text=_("When the music has to stop. After that, no song or band can be started."),
    )  # fmt: skip
    stage_plan = models.JSONField(
        _("stage plan"), default=list, blank=True, validators=[validate_parts],
        help_text=_("How many of each instrument a band has. Empty for the usual line-up."),
    )  # fmt: skip
    everyone_once_first = models.BooleanField(_("everyone once before anyone twice"), default=True)
    instrument_set = models.CharField(
        _("instruments"), max_length=8, choices=InstrumentSet, default=InstrumentSet.ROCK,
        help_text=_("Which instruments forms offer first. The others are behind “More instruments”."),
    )  # fmt: skip
    default_parts = models.JSONField(_("usual line-up"), default=list, blank=True, validators=[validate_parts])
    recap_public = models.BooleanField(
        _("public recap"), default=False, help_text=_("Whether everybody can read what was played, once it has ended.")
    )
    announcement = TidyCharField(_("announcement"), max_length=ANNOUNCEMENT_LENGTH, blank=True, editable=False)
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
            models.UniqueConstraint(fields=["series", "series_day"], name="jam_once_in_series"),
            models.CheckConstraint(condition=Q(voting__in=Voting.values), name="jam_voting_known"),
            models.CheckConstraint(condition=Q(suggestions__in=Suggestions.values), name="jam_suggestions_known"),
            models.CheckConstraint(condition=Q(sign_ups__in=SignUps.values), name="jam_sign_ups_known"),
            models.CheckConstraint(
                condition=Q(performing_limit__gte=1, performing_limit__lte=50), name="jam_performing_limit_sane"
            ),
            models.CheckConstraint(
                condition=Q(instrument_set__in=InstrumentSet.values), name="jam_instrument_set_known"
            ),
            models.CheckConstraint(condition=Q(format__in=Format.values), name="jam_format_known"),
            models.CheckConstraint(
                condition=Q(set_songs__gte=1, set_songs__lte=9, changeover_minutes__lte=60)
                & (Q(set_minutes=None) | Q(set_minutes__gte=1, set_minutes__lte=180)),
                name="jam_sets_sane",
                violation_error_message=_("A set has 1 to 9 songs or 1 to 180 minutes, with up to 60 minutes between."),
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

    def try_to_show(self) -> None:
        """Raise what a list with this jam would fail with; `venue` must be loaded."""
        self.venue.try_to_show()
        _shown = self.get_absolute_url(), self.local_start, self.local_end, JamStatus(self.status)

    @property
    def is_over(self) -> bool:
        """Whether nobody can do anything at the jam any more: it has ended, or does not take place."""
        return self.status in OVER

    @property
    def is_cancelled(self) -> bool:
        """Whether the jam was called off before it was opened: it does not take place."""
        return self.status == JamStatus.CANCELLED

    @property
    def is_on(self) -> bool:
        """Whether the jam has been opened and has not ended; breaks count."""
        return self.status in ON_NOW

    @property
    def has_recap(self) -> bool:
        """Whether everybody can read what was played: a host has said so, and the jam has ended."""
        return self.recap_public and self.status == JamStatus.ENDED

    @property
    def asks_for_room_code(self) -> bool:
        """Whether people must enter the room code before they can vote; see `jams.services.room_code`."""
        return bool(self.room_secret)

    @property
    def parts_of_stage(self) -> Sequence[dict[str, Any]]:
        """What a band here consists of: the stage plan, or else the usual line-up, or else a usual band."""
        return self.stage_plan or self.default_parts or USUAL_STAGE

    @property
    def music_ends_at(self) -> datetime:
        """When the music has to be over: at the hard stop, or else at the planned end, which hosts may exceed."""
        return self.hard_stop_at or self.ends_at

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
