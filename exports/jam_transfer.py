"""A whole jam as one document, to keep it or to take it to another installation.

What would tie it to people or to this installation stays behind: the browsers of its attendees, its hosts, and who of
them did what. Pictures are files and travel with the media folder.
"""

import json
import secrets
from datetime import datetime
from typing import Any

from django.db import models, transaction

from core.signals import jam_changed, list_changed, send_on_commit
from jams.models import Attendee, Entry, Event, Jam, Performance
from songs.models import Song
from venues.models import Venue
from votes.models import Vote

VERSION = 1
EXCLUDED_COLUMNS = {"id", "browser", "background", "user_id", "name_key", "match_key", "code"}
#: What hangs on a jam, each after what it points to, and by which path it belongs to the jam.
SECTIONS: tuple[tuple[type[models.Model], str], ...] = (
    (Attendee, "jam"),
    (Entry, "jam"),
    (Performance, "entry__jam"),
    (Vote, "entry__jam"),
    (Event, "jam"),
)


def export_jam(jam: Jam) -> str:
    """Return `jam` with all that hangs on it as JSON."""
    songs = Song.objects.filter(entries__jam=jam).order_by("pk")
    document: dict[str, Any] = {"version": VERSION, "venue": _dump_row(jam.venue), "jam": _dump_row(jam)}
    document["songs"] = [_dump_row(song) for song in songs]
    for model, path in SECTIONS:
        document[_section_name(model)] = [
            _dump_row(row) for row in model._default_manager.filter(**{path: jam}).order_by("pk")
        ]
    return json.dumps(document, default=datetime.isoformat, indent=1)


@transaction.atomic
def import_jam(text: str, *, slug: str = "") -> Jam:
    """Make the jam that `text` tells of, under `slug` or its own; songs and the venue are found by name or made.

    Raises ValueError or ValidationError, with nothing made, when `text` is no export of ours, holds what no form would
    take, or the slug is taken.
    """
    document = _parse_document(text)
    venue = _get_or_create_venue(document["venue"])
    ids: dict[str, dict[int, int]] = {"venues": {document["venue"]["id"]: venue.pk}, "songs": {}}
    slug = slug or document["jam"]["slug"]
    if Jam.objects.filter(slug=slug).exists():
        raise ValueError(f"There is already a jam with the slug {slug}. Choose another one with --slug.")
    jam: Jam = _clean_instance(Jam(**{**_load_values(Jam, document["jam"], ids), "slug": slug, "venue": venue}))
    jam.save()
    ids["jam"] = {document["jam"]["id"]: jam.pk}
    for row in document["songs"]:
        ids["songs"][row["id"]] = _get_or_create_song(row).pk
    for model, _path in SECTIONS:
        _create_section(model, document[_section_name(model)], ids)
    send_on_commit(list_changed, what="jams")
    send_on_commit(jam_changed, slug=slug, what="import")
    return jam


def _section_name(model: type[models.Model]) -> str:
    return "entries" if model is Entry else f"{model.__name__.lower()}s"


def _dump_row(instance: models.Model) -> dict[str, Any]:
    """The stored values of a row, with its id, by which other rows of the document point to it."""
    columns = [field.attname for field in instance._meta.concrete_fields]
    return {name: getattr(instance, name) for name in columns if name == "id" or name not in EXCLUDED_COLUMNS}


def _parse_document(text: str) -> dict[str, Any]:
    try:
        document = json.loads(text)
    except ValueError:
        document = None
    if not isinstance(document, dict) or document.get("version") != VERSION:
        raise ValueError("This file was not written by export_jam.")
    return document


def _load_values(model: type[models.Model], row: dict[str, Any], ids: dict[str, dict[int, int]]) -> dict[str, Any]:
    """Turn a row of the document into values for `model` here: its pointers follow what was made before."""
    values = {}
    for field in model._meta.concrete_fields:
        if field.attname in EXCLUDED_COLUMNS or field.attname not in row:
            continue
        value = row[field.attname]
        if isinstance(field, models.ForeignKey):
            values[field.attname] = ids.get(_target_section(field), {}).get(value)
        else:
            values[field.attname] = field.to_python(value) if value is not None else None
    return values


def _target_section(field: "models.ForeignKey[Any]") -> str:
    return {Venue: "venues", Song: "songs", Jam: "jam"}.get(field.related_model) or _section_name(field.related_model)


def _get_or_create_venue(row: dict[str, Any]) -> Venue:
    """Return the venue here of this slug, or else of this name, or a new one."""
    name = Venue._meta.get_field("name_key").key(row["name"])
    there = Venue.objects.filter(slug=row["slug"]).first() or Venue.objects.filter(name_key=name).first()
    return there or _create_row(Venue, row)


def _get_or_create_song(row: dict[str, Any]) -> Song:
    return Song.objects.called(title=row["title"], artist=row["artist"]).first() or _create_row(Song, row)


def _create_row(model: type[models.Model], row: dict[str, Any]) -> Any:
    instance = _clean_instance(model(**_load_values(model, row, {})))
    instance.save()
    return instance


def _clean_instance(instance: Any) -> Any:
    """Return `instance` with its texts tidied; raises ValidationError for values that no form would have taken."""
    pointers = [field.name for field in instance._meta.concrete_fields if field.is_relation]
    instance.clean_fields(exclude=pointers)
    return instance


def _create_section(model: type[models.Model], rows: list[dict[str, Any]], ids: dict[str, dict[int, int]]) -> None:
    made = [_clean_instance(model(**_load_values(model, row, ids))) for row in rows]
    for instance in made:
        if isinstance(instance, Attendee) and not instance.name:
            instance.browser = f"imported:{secrets.token_hex(24)}"  # somebody, whom no cookie here belongs to
    model._default_manager.bulk_create(made)  # `import_jam` tells of it
    ids[_section_name(model)] = {row["id"]: instance.pk for row, instance in zip(rows, made, strict=True)}
