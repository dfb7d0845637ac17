"""Songs as the API shows and takes them: which fields, says `songs.fields`; of which type, says the model."""

from typing import TYPE_CHECKING, Annotated, Any, Literal

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils.translation import override
from ninja import Schema
from pydantic import (
    AwareDatetime,
    BeforeValidator,
    Field,
    SerializerFunctionWrapHandler,
    create_model,
    model_serializer,
)

from core.api.schemas import Integer, Paged, Paging, StrictSchema
from songs.fields import IMPORTABLE, SEARCHED, SONG_FIELDS
from songs.instruments import GENERAL, get_catalogue
from songs.models import get_model_field
from songs.parts import MAX_PART_COUNT
from songs.selectors.library import LONGEST_SEARCH
from songs.shipped_instruments import Family, Transposition

if TYPE_CHECKING:  # the values are listed once, in `GENERAL`, and are not known to a type checker
    type PartName = str
    type NearestPart = str
else:
    PartName = Literal[GENERAL]
    #: A slug of any instrument, shown as the nearest of the parts that clients know.
    NearestPart = Annotated[PartName, BeforeValidator(lambda slug: get_catalogue().get(slug).part)]
#: A slug of any instrument, in a request.
InstrumentSlug = Annotated[str, Field(max_length=40, description="The slug of an instrument; it says more than part.")]


class InstrumentRow(Schema):
    slug: str
    name: Annotated[str, BeforeValidator(str)] = Field(description="In your language.")
    family: Literal[tuple(Family.values)]  # type: ignore[valid-type]  # made at run time
    transposition: Literal[tuple(Transposition.values)]  # type: ignore[valid-type]  # made at run time
    part: NearestPart = Field(alias="slug", description="The nearest of the six parts.")


class InstrumentList(Schema):
    items: list[InstrumentRow]


class Need(Schema):
    """A part the song needs, how many of it, and whether it is optional."""

    part: NearestPart
    instrument: str = Field(alias="part", description="The slug of the instrument.")
    count: int = 1
    optional: bool = False


class NeedSent(Schema):
    """A part the song needs, how many of it, and whether it is optional."""

    part: PartName
    instrument: InstrumentSlug = ""
    count: Integer = Field(1, ge=1, le=MAX_PART_COUNT)
    optional: bool = Field(False, strict=True)

    @model_serializer(mode="wrap")
    def _name_the_instrument(self, write: SerializerFunctionWrapHandler) -> dict[str, Any]:
        values: dict[str, Any] = write(self)
        values["part"] = values.pop("instrument", "") or self.part
        return values


class SongsSought(Paging):
    q: str = Field(
        "", max_length=LONGEST_SEARCH, description=f"Words from the {', '.join(SEARCHED)}; typos are forgiven."
    )
    order: Literal["title", "artist", "plays"] = "title"


def _type(name: str, *, need: type[Schema] = Need) -> Any:
    field = get_model_field(name)
    match field:
        case models.JSONField():
            type_: Any = list[need]  # type: ignore[valid-type]  # chosen at run time
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
    return _type(name, need=NeedSent), Field(
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
