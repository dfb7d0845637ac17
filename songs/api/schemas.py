"""Songs as the API shows and takes them: which fields, says `songs.fields`; of which type, says the model."""

from typing import TYPE_CHECKING, Any, Literal

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils.translation import override
from ninja import Schema
from pydantic import AwareDatetime, Field, create_model

from core.api.schemas import Integer, Paged, Paging, StrictSchema
from songs.fields import IMPORTABLE, SEARCHED, SONG_FIELDS
from songs.models import get_model_field
from songs.parts import MAX_PART_COUNT, Part
from songs.selectors.library import LONGEST_SEARCH

if TYPE_CHECKING:  # the values are listed once, in `Part`, and are not known to a type checker
    type PartName = str
else:
    PartName = Literal[tuple(Part.values)]


class Need(Schema):
    """A part the song needs, how many of it, and whether it is optional."""

    part: PartName
    count: Integer = Field(1, ge=1, le=MAX_PART_COUNT)
    optional: bool = Field(False, strict=True)


class SongsSought(Paging):
    q: str = Field(
        "", max_length=LONGEST_SEARCH, description=f"Words from the {', '.join(SEARCHED)}; typos are forgiven."
    )
    order: Literal["title", "artist", "plays"] = "title"


def _type(name: str) -> Any:
    field = get_model_field(name)
    match field:
        case models.JSONField():
            type_: Any = list[Need]
        case models.BooleanField():
            type_ = bool
        case models.DateTimeField():
            type_ = AwareDatetime
        case models.IntegerField():
            type_ = Integer
        case _:
            type_ = str
    return type_ | None if field.null else type_


def _description(name: str) -> str | None:
    with override(None):  # the schema is in English, whoever asks for it first
        return str(get_model_field(name).help_text) or None


def _shown(*places: str) -> dict[str, Any]:
    """Return the fields that the API shows in `places`, as `create_model` takes them."""
    names = [field.name for field in SONG_FIELDS if field.api in places]
    return {name: (_type(name), Field(description=_description(name))) for name in names}


def _taken(name: str, default: Any) -> Any:
    """Return a field with the limits that the model sets it, as `create_model` takes it."""
    field = get_model_field(name)
    limits = {type(rule): rule.limit_value for rule in field.validators if hasattr(rule, "limit_value")}
    return _type(name), Field(
        default,
        min_length=None if field.blank else 1,
        max_length=field.max_length,
        ge=limits.get(MinValueValidator),
        le=limits.get(MaxValueValidator),
        description=_description(name),
    )


if TYPE_CHECKING:  # classes that are made at run time mean nothing to a type checker
    type SongChange = StrictSchema
    type NewSong = StrictSchema
    SongRow = Schema
    SongDetail = Schema
    SongPage = Schema
else:
    SongRow = create_model(
        "SongRow",
        __base__=Schema,
        id=(int, ...),
        **_shown("list"),
        url=(str, Field(alias="get_absolute_url", description="Path of its page.")),
    )
    SongDetail = create_model("SongDetail", __base__=SongRow, **_shown("detail"))
    SongPage = create_model("SongPage", __base__=Paged, items=(list[SongRow], ...))
    SongChange = create_model(
        "SongChange",
        __base__=StrictSchema,
        __doc__="Fields left out stay unchanged.",
        **{name: _taken(name, default=None) for name in IMPORTABLE},
    )
    NewSong = create_model(
        "NewSong",
        __base__=SongChange,
        **{name: _taken(name, default=...) for name, field in IMPORTABLE.items() if field.identifies},
    )
