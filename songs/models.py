"""The library of songs that can be put on a jam's set list."""

from typing import Any, NamedTuple, Self

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator, RegexValidator, URLValidator
from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from core.fields import NameField, SortKeyField, TidyCharField, WordsField
from core.querysets import StrictManager, StrictQuerySet
from songs.cells import ENCODINGS
from songs.fields import SEARCHED, SONG_FIELDS, SongField
from songs.parts import validate_parts
from songs.shipped_instruments import Family, Transposition


def http_only(url: str) -> None:
    """Raise ValidationError for a URL of another scheme, or with a character that reverses or hides a part of it."""
    if not url.isprintable():
        raise ValidationError(URLValidator.message, code="invalid")
    URLValidator(schemes=["http", "https"])(url)


class ChordState(models.TextChoices):
    """What is known about the link to a chord sheet; a song without a link has none."""

    UNKNOWN = "unknown", _("not checked yet")
    OK = "ok", _("works")
    BROKEN = "broken", _("broken")


class SongQuerySet(StrictQuerySet["Song"]):
    def current(self) -> Self:
        """Songs that are not archived."""
        return self.filter(archived=False)

    def without_chords(self) -> Self:
        """Defer the chord sheet. Access to it then raises, so that no public page can show it by mistake."""
        return self.defer("chord_url", "chord_state")

    def called(self, *, title: str, artist: str) -> Self:
        """The song with this title by this artist, in any spelling (see `core.text.fold_name`), if there is one."""
        return self.filter(match_key=match_key(title=title, artist=artist))


def match_key(*, title: str, artist: str) -> str:
    """Return the key that all spellings of a song share: two songs with the same key are one song."""
    return str(Song._meta.get_field("match_key").key(title, artist) or "")


class Fact(NamedTuple):
    """A field of a song in words."""

    label: str
    text: str


class Song(models.Model):
    title = TidyCharField(_("title"), max_length=200)
    artist = TidyCharField(_("artist"), max_length=200)
    match_key = NameField(of=("title", "artist"))
    title_order = SortKeyField(of=("title",))
    artist_order = SortKeyField(of=("artist",))
    words = WordsField(of=SEARCHED)
    key = TidyCharField(
        _("key"), max_length=12, blank=True, help_text=_("The key it's played in, for example Am or F#.")
    )
    tempo = models.PositiveSmallIntegerField(
        _("tempo"),
        null=True,
        blank=True,
        validators=[MinValueValidator(20), MaxValueValidator(400)],
        help_text=_("Beats per minute, 20 to 400."),
    )
    duration = TidyCharField(
        _("duration"),
        max_length=6,
        blank=True,
        validators=[RegexValidator(r"\A[0-9]{1,3}:[0-5][0-9]\Z", _("Write minutes and seconds, like 3:45."))],
        help_text=_("Minutes and seconds, for example 3:45."),
    )
    genre = TidyCharField(_("genre"), max_length=60, blank=True, help_text=_("For example rock, swing or bossa nova."))
    chord_url = models.URLField(
        _("chord sheet"),
        max_length=500,
        blank=True,
        validators=[http_only],
        help_text=_("Only shown to a jam's musicians and hosts."),
    )
    chord_state = models.CharField(_("chord sheet link"), max_length=8, choices=ChordState, default=ChordState.UNKNOWN)
    parts = models.JSONField(_("line-up"), default=list, blank=True, validators=[validate_parts])
    times_played = models.PositiveIntegerField(_("times played"), default=0, editable=False)
    last_played_at = models.DateTimeField(_("last played"), null=True, blank=True, editable=False)
    archived = models.BooleanField(
        _("archived"), default=False, help_text=_("Hides it from lists and keeps its history.")
    )
    merged_into = models.ForeignKey(
        "self", models.SET_NULL, null=True, blank=True, related_name="merged", verbose_name=_("merged into"),
        editable=False,
    )  # fmt: skip
    created_at = models.DateTimeField(_("added"), auto_now_add=True)

    objects = StrictManager.from_queryset(SongQuerySet)()

    class Meta:
        verbose_name = _("song")
        verbose_name_plural = _("songs")
        ordering = ["title_order", "artist_order", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["match_key"],
                name="song_title_artist_once",
                violation_error_message=_("This song by this artist is already in the library."),
            ),
            models.CheckConstraint(condition=~Q(title=""), name="song_title_given"),
            models.CheckConstraint(condition=~Q(artist=""), name="song_artist_given"),
            models.CheckConstraint(condition=Q(chord_state__in=ChordState.values), name="song_chord_state_known"),
            models.CheckConstraint(
                condition=Q(tempo=None) | Q(tempo__gte=20, tempo__lte=400), name="song_tempo_in_range"
            ),
            models.CheckConstraint(
                condition=Q(times_played=0) | Q(last_played_at__isnull=False), name="song_played_has_date"
            ),
        ]
        indexes = [
            models.Index(fields=["title_order", "artist_order", "id"], name="song_by_title"),  # the library
            models.Index(fields=["artist_order", "title_order", "id"], name="song_by_artist"),  # the library, by artist
            models.Index(fields=["-times_played", "title_order", "id"], name="song_by_plays"),  # most played
        ]

    def __str__(self) -> str:
        return f"{self.title} \N{EN DASH} {self.artist}"

    def get_absolute_url(self) -> str:
        return reverse("songs:detail", args=[self.pk])

    @property
    def resolved(self) -> "Song":
        """Itself, or the song into which it was merged; `merged_into` must be loaded."""
        return self.merged_into if self.archived and self.merged_into else self

    @property
    def facts(self) -> list[Fact]:
        """What the song's page says of it, without what is unknown."""
        return [fact for fact in map(self._fact, SONG_FIELDS) if fact.text]

    @property
    def library_facts(self) -> list[Fact]:
        """What the library's table says of it; unknown facts are empty."""
        return [self._fact(field) for field in SONG_FIELDS if field.in_library]

    def _fact(self, field: SongField) -> Fact:
        value = getattr(self, field.name) if field.fact else None
        text = field.fact % {field.name: value} if value else ""
        return Fact(str(get_model_field(field.name).verbose_name), text)


def get_model_field(name: str) -> models.Field[Any, Any]:
    """Return the model's field behind a name in `songs.fields`, which has the label, the type and the limits."""
    return next(field for field in Song._meta.concrete_fields if field.name == name)


def validate_instrument_name(name: str) -> None:
    """Raise ValidationError for a name that a line of parts ("2 guitars, keys?") could not hold."""
    if any(sign in ",;?" for sign in name) or name[:1].isdigit():
        raise ValidationError(_("Names can't contain commas or question marks, or begin with a number."))


class Instrument(models.Model):
    """What somebody can play. Songs, musicians and sign-ups name it by its slug, so a row in use is never deleted.

    The project's own (`songs.shipped_instruments`) are made after each migrate. Their rows may be renamed, sorted and
    switched off; the code reads all rows through `songs.instruments`.
    """

    slug = models.SlugField(_("identifier"), max_length=40, unique=True)
    name = TidyCharField(_("name"), max_length=40, validators=[validate_instrument_name])
    family = models.CharField(_("family"), max_length=10, choices=Family, default=Family.OTHER)
    transposition = models.CharField(
        _("transposition"), max_length=7, choices=Transposition, default=Transposition.CONCERT
    )
    aliases = TidyCharField(
        _("other names"), max_length=200, blank=True, help_text=_("With commas between them, for imports and forms.")
    )
    sort_order = models.PositiveSmallIntegerField(_("order"), default=1000)
    is_active = models.BooleanField(
        _("offered"),
        default=True,
        help_text=_("If this is off, nobody can choose it any more, but it stays where it is in use."),
    )

    objects = StrictManager.from_queryset(StrictQuerySet)()

    class Meta:
        verbose_name = _("instrument")
        verbose_name_plural = _("instruments")
        ordering = ["sort_order", "pk"]
        constraints = [
            models.CheckConstraint(condition=~Q(name=""), name="instrument_name_given"),
            models.CheckConstraint(condition=Q(family__in=Family.values), name="instrument_family_known"),
            models.CheckConstraint(
                condition=Q(transposition__in=Transposition.values), name="instrument_transposition_known"
            ),
        ]

    def __str__(self) -> str:
        return str(self.name)


class SongMerge(models.Model):
    """`twin` was merged into `kept`. `data` says what changed, for undo, without names or typed text."""

    kept = models.ForeignKey(Song, models.CASCADE, related_name="+", verbose_name=_("kept"))
    twin = models.ForeignKey(Song, models.CASCADE, related_name="+", verbose_name=_("merged"))
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+", verbose_name=_("merged by")
    )
    at = models.DateTimeField(_("when"), default=timezone.now)
    data = models.JSONField(default=dict, editable=False)
    undone_at = models.DateTimeField(_("undone"), null=True)

    objects = StrictManager.from_queryset(StrictQuerySet)()

    class Meta:
        verbose_name = _("merge of songs")
        verbose_name_plural = _("merges of songs")
        ordering = ["-at", "-pk"]
        constraints = [models.CheckConstraint(condition=~Q(kept=F("twin")), name="songmerge_of_two")]
        indexes = [models.Index(fields=["-at", "-id"], name="songmerge_by_time")]  # what can be undone

    def __str__(self) -> str:
        return f"{self.twin} \N{RIGHTWARDS ARROW} {self.kept}"


class ImportState(models.TextChoices):
    """How far a file of songs has come. `ASKING` waits for somebody to say which columns are title and artist."""

    ASKING = "asking", _("needs its columns")
    CHECKING = "checking", _("is being checked")
    CHECKED = "checked", _("checked")
    IMPORTING = "importing", _("is being imported")
    IMPORTED = "imported", _("imported")


class SongImportQuerySet(StrictQuerySet["SongImport"]):
    def visible_to(self, user: Any) -> Self:
        """The uploads of `user`, or all of them for a superuser."""
        return self if user.is_superuser else self.filter(user=user)


class SongImport(models.Model):
    """A file of songs on its way into the library (see `songs.services.imports`).

    `columns` are those of the file, each with the field that it holds; with `has_names` its first line names them.
    `found` is the summary of its plan. The running job has dealt with `done` of `total` lines.
    """

    GONE = _("This file is no longer here. Upload it again.")

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+", verbose_name=_("uploaded by"))
    name = TidyCharField(_("file"), max_length=120)
    content = models.BinaryField(editable=False)  # compressed
    encoding = models.CharField(max_length=10, choices=list(ENCODINGS.items()), default="utf-8", editable=False)
    columns = models.JSONField(default=list, editable=False)
    has_names = models.BooleanField(default=True, editable=False)
    language = models.CharField(max_length=10, editable=False)
    state = models.CharField(_("status"), max_length=9, choices=ImportState, default=ImportState.CHECKING)
    job = models.UUIDField(null=True, editable=False)
    done = models.PositiveIntegerField(default=0, editable=False)
    total = models.PositiveIntegerField(default=0, editable=False)
    found = models.JSONField(default=dict, editable=False)
    created_at = models.DateTimeField(_("uploaded"), default=timezone.now)

    objects = StrictManager.from_queryset(SongImportQuerySet)()

    class Meta:
        verbose_name = _("song import")
        verbose_name_plural = _("song imports")
        ordering = ["-created_at", "-pk"]
        constraints = [
            models.CheckConstraint(condition=Q(state__in=ImportState.values), name="songimport_state_known"),
        ]
        indexes = [models.Index(fields=["created_at"], name="songimport_by_age")]  # the old ones, to be deleted

    def __str__(self) -> str:
        return str(self.name)

    def get_absolute_url(self) -> str:
        return reverse("admin:songs_song_import_detail", args=[self.pk])

    @property
    def is_moving(self) -> bool:
        """Whether a job is working on it, or is going to."""
        return self.state in (ImportState.CHECKING, ImportState.IMPORTING)

    @property
    def is_good(self) -> bool:
        """Whether it was checked, has no errors, and there is something to import."""
        return self.state == ImportState.CHECKED and not self.found["refused"] and self.rows_to_write > 0

    @property
    def rows_to_write(self) -> int:
        """The number of songs that its import adds or changes."""
        return int(self.found["added"] + self.found["merged"])

    @property
    def percent(self) -> int:
        """How far the running job is."""
        return min(100, 100 * self.done // max(1, self.total))
