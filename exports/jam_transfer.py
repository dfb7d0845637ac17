"""Export of a whole jam as one JSON document, and import of it, here or at another installation.

The document has nothing that identifies people or belongs to this installation: it leaves out the browser ids of
attendees, the hosts, and which host did what. Pictures are files, which are copied with the media folder.
"""

import json
import secrets
from datetime import datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.db import DataError, IntegrityError, models, transaction

from core.calendar import validate_moment
from core.signals import jam_changed, list_changed, send_on_commit
from jams.models import Attendee, Band, Entry, Event, Jam, Performance, Seat
from songs.models import Song
from venues.models import Venue
from votes.models import Vote
from votes.services.song_merging import unite_entries

VERSION = 1
#: What wrong types, missing keys, dangling ids and numbers beyond all bounds lead to.
DAMAGE = (
    ArithmeticError,
    AttributeError,
    DataError,
    IntegrityError,
    LookupError,
    RecursionError,
    TypeError,
    ValueError,
)
EXCLUDED_COLUMNS = {
    *("id", "browser", "background", "picture", "user_id", "name_key", "look_key", "match_key", "code"),
    *("uid", "revised_at", "ended_at", "merged_into_id"),
    *("title_order", "artist_order", "name_order"),
}
#: The models whose rows belong to a jam, each after the models it refers to, with the path that leads to the jam.
SECTIONS: tuple[tuple[type[models.Model], str], ...] = (
    (Attendee, "jam"),
    (Band, "jam"),
    (Seat, "band__jam"),
    (Entry, "jam"),
    (Performance, "entry__jam"),
    (Vote, "entry__jam"),
    (Event, "jam"),
)
#: Documents of earlier releases don't have these.
ADDED_SECTIONS = {Band, Seat}


def export_jam(jam: Jam) -> str:
    """Return `jam` and all its rows as JSON."""
    songs = Song.objects.filter(entries__jam=jam).order_by("pk")
    document: dict[str, Any] = {"version": VERSION, "venue": _dump_row(jam.venue), "jam": _dump_row(jam)}
    document["songs"] = [_dump_row(song) for song in songs]
    for model, path in SECTIONS:
        rows = model._default_manager.filter(**{path: jam}).order_by("pk")
        document[_section_name(model)] = [_dump_row(row) for row in rows]
    return json.dumps(document, default=datetime.isoformat, indent=1)


class ImportRefusedError(Exception):
    """A document that cannot be imported; the message is one sentence that says why."""


def import_jam(text: str, *, slug: str = "") -> Jam:
    """Create the jam that `text` describes, with `slug` or else its own slug.

    Existing songs and an existing venue of the same name are used; others are created. Songs that have been merged
    since are one song, and their entries one entry. Raises ImportRefusedError when `text` was not written by
    `export_jam`, the slug is taken, or a form would refuse a value; nothing is created then.
    """
    try:
        with transaction.atomic():
            return _create_jam(_parse_document(text), slug)
    except ValidationError as error:
        raise ImportRefusedError(f"It has a value that is not allowed ({'; '.join(error.messages)}).") from error
    except DAMAGE as error:
        raise ImportRefusedError("It is damaged: something that export_jam writes is missing or wrong.") from error


def _create_jam(document: dict[str, Any], slug: str) -> Jam:
    venue = _get_or_create_venue(document["venue"])
    ids: dict[str, dict[int, int]] = {"venues": {document["venue"]["id"]: venue.pk}, "songs": {}}
    slug = slug or document["jam"]["slug"]
    if Jam.objects.filter(slug=slug).exists():
        raise ImportRefusedError(f"There is already a jam with the slug {slug}. Choose another one with --slug.")
    jam: Jam = _clean_instance(Jam(**{**_load_values(Jam, document["jam"], ids), "slug": slug, "venue": venue}))
    jam.save()
    ids["jam"] = {document["jam"]["id"]: jam.pk}
    for row in document["songs"]:
        ids["songs"][row["id"]] = _get_or_create_song(row).pk
    for model, _path in SECTIONS:
        name = _section_name(model)
        _create_section(model, document.get(name, []) if model in ADDED_SECTIONS else document[name], ids)
    unite_entries(jam)
    send_on_commit(list_changed, what="jams")
    send_on_commit(jam_changed, slug=slug, what="import")
    return jam


def _section_name(model: type[models.Model]) -> str:
    return "entries" if model is Entry else f"{model.__name__.lower()}s"


def _dump_row(instance: models.Model) -> dict[str, Any]:
    """Return the stored values of a row, with its id, by which other rows of the document refer to it."""
    columns = [field.attname for field in instance._meta.concrete_fields]
    return {name: getattr(instance, name) for name in columns if name == "id" or name not in EXCLUDED_COLUMNS}


def _parse_document(text: str) -> dict[str, Any]:
    try:
        document = json.loads(text, parse_constant=_refuse_constant)
    except (ValueError, RecursionError):
        document = None
    if not isinstance(document, dict) or document.get("version") != VERSION:
        raise ImportRefusedError("It was not written by export_jam.")
    return document


def _refuse_constant(name: str) -> None:
    """Raise ValueError for NaN and Infinity, which are not JSON, and which PostgreSQL does not store."""
    raise ValueError(name)


def _load_values(model: type[models.Model], row: dict[str, Any], ids: dict[str, dict[int, int]]) -> dict[str, Any]:
    """Return the values of a row for `model`; `ids` maps the ids in the document to those of the rows created here."""
    values = {}
    for field in model._meta.concrete_fields:
        if field.attname in EXCLUDED_COLUMNS or field.attname not in row:
            continue
        value = row[field.attname]
        if isinstance(field, models.ForeignKey):
            values[field.attname] = ids.get(_target_section(field), {}).get(value)
        else:
            values[field.attname] = _read_value(field, value)
    return values


def _read_value(field: "models.Field[Any, Any]", value: Any) -> Any:
    """Return a value as `field` holds it. Raises ValidationError for a time that no page can show."""
    read = None if value is None else field.to_python(value)
    if isinstance(read, datetime):
        validate_moment(read)
    return read


def _target_section(field: "models.ForeignKey[Any, Any]") -> str:
    """Return the section of the document that a foreign key refers to."""
    return {Venue: "venues", Song: "songs", Jam: "jam"}.get(field.related_model) or _section_name(field.related_model)


def _get_or_create_venue(row: dict[str, Any]) -> Venue:
    """Return the venue with this slug, or else with this name, or else a new one."""
    key = Venue._meta.get_field("name_key").key(row["name"])
    existing = Venue.objects.filter(slug=row["slug"]).first() or Venue.objects.filter(name_key=key).first()
    return existing or _create_row(Venue, row)


def _get_or_create_song(row: dict[str, Any]) -> Song:
    return Song.objects.called(title=row["title"], artist=row["artist"]).first() or _create_row(Song, row)


def _create_row(model: type[models.Model], row: dict[str, Any]) -> Any:
    instance = _clean_instance(model(**_load_values(model, row, {})))
    instance.save()
    return instance


def _clean_instance(instance: Any) -> Any:
    """Return `instance` with its texts normalised. Raises ValidationError for values that a form would refuse."""
    relations = [field.name for field in instance._meta.concrete_fields if field.is_relation]
    instance.clean_fields(exclude=relations)
    return instance


def _create_section(model: type[models.Model], rows: list[dict[str, Any]], ids: dict[str, dict[int, int]]) -> None:
    """Create the rows of one section, and add their ids to `ids`."""
    instances = [_clean_instance(model(**_load_values(model, row, ids))) for row in rows]
    for instance in instances:
        if isinstance(instance, Attendee) and not instance.name:
            instance.browser = f"imported:{secrets.token_hex(24)}"  # matches no cookie
    model._default_manager.bulk_create(instances)  # `import_jam` announces them
    ids[_section_name(model)] = {row["id"]: instance.pk for row, instance in zip(rows, instances, strict=True)}
