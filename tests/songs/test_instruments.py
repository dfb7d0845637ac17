"""The instruments: their rows, the catalogue in memory, and who can stand in for whom."""

from collections import Counter

import pytest
from django.core.exceptions import ValidationError
from django.db import DatabaseError
from django.utils import translation
from hypothesis import given
from hypothesis import strategies as st

from songs.instruments import (
    GENERAL,
    KEPT_SECONDS,
    CatalogueStore,
    build_shipped_catalogue,
    get_catalogue,
    list_served,
    serves,
)
from songs.models import Instrument
from songs.parts import describe_part, parse_parts, validate_plays
from songs.services.instruments import create_shipped_instruments
from songs.shipped_instruments import SHIPPED

SLUGS = [shipped.slug for shipped in SHIPPED]


def test_shipped_instruments_have_the_general_parts_and_slugs_of_their_own() -> None:
    assert {*GENERAL} <= {*SLUGS}
    assert [slug for slug, times in Counter(SLUGS).items() if times > 1] == []


def test_no_two_shipped_instruments_share_a_name() -> None:
    catalogue = build_shipped_catalogue()
    for language in ("en", "de"):
        with translation.override(language):
            assert [slug for slug, known in catalogue.by_slug.items() if catalogue.find(known.describe()) != slug] == []


@pytest.mark.parametrize(
    ("played", "needed", "yes"),
    [
        ("electric-guitar", "guitar", True),
        ("guitar", "acoustic-guitar", True),
        ("electric-guitar", "acoustic-guitar", False),
        ("upright-bass", "bass", True),
        ("bass", "guitar", False),
        ("bass-guitar", "guitar", False),
        ("piano", "keys", True),
        ("backing-vocals", "vocals", False),
        ("cajon", "percussion", True),
        ("cajon", "drums", False),
        ("tenor-sax", "sax", True),
        ("tenor-sax", "alto-sax", False),
        ("tenor-sax", "other", True),
        ("electric-guitar", "other", False),
        ("other", "tenor-sax", False),
        ("dj", "spoken-word", False),
        ("kazoo", "other", True),
    ],
)
def test_serves_knows_who_can_take_a_part(played: str, needed: str, yes: bool) -> None:
    assert serves(played, needed) is yes


@given(st.sampled_from(SLUGS))
def test_serves_lets_everybody_play_their_own_part(slug: str) -> None:
    assert serves(slug, slug)
    assert slug in list_served([slug])


def test_list_served_has_the_family_and_other() -> None:
    assert list_served(["tenor-sax"]) == ["sax", "tenor-sax", "other"]
    assert list_served(["guitar"]) == ["guitar", "electric-guitar", "acoustic-guitar"]
    assert list_served([]) == []


@pytest.mark.parametrize(
    ("slug", "part"), [("piano", "keys"), ("vocals", "vocals"), ("cajon", "other"), ("x", "other")]
)
def test_part_is_the_nearest_of_the_general_ones(slug: str, part: str) -> None:
    assert get_catalogue().get(slug).part == part


def test_store_keeps_the_catalogue_reads_it_again_and_survives_an_outage() -> None:
    reads: list[float] = []
    now = [0.0]

    def load():
        reads.append(now[0])
        if len(reads) == 3:
            raise DatabaseError
        return build_shipped_catalogue()

    store = CatalogueStore(load, clock=lambda: now[0])
    first = store.get()
    assert store.get() is first
    now[0] = KEPT_SECONDS
    second = store.get()
    assert second is not first
    store.forget()
    assert store.get() is second
    assert reads == [0.0, KEPT_SECONDS, KEPT_SECONDS]


def test_store_that_never_read_anything_tells_the_outage() -> None:
    def load():
        raise DatabaseError

    with pytest.raises(DatabaseError):
        CatalogueStore(load).get()


@pytest.mark.django_db
def test_every_site_has_the_shipped_instruments() -> None:
    rows = Instrument.objects.order_by("sort_order", "pk")
    assert [row.slug for row in rows] == SLUGS


@pytest.mark.django_db
def test_create_shipped_instruments_adds_only_what_is_missing() -> None:
    Instrument.objects.filter(slug="banjo").delete()
    Instrument.objects.filter(slug="drums").update(name="Batterie", is_active=False)
    for _each in range(2):
        create_shipped_instruments("default")
    assert Instrument.objects.count() == len(SHIPPED)
    drums = Instrument.objects.get(slug="drums")
    assert (drums.name, drums.is_active) == ("Batterie", False)


@pytest.mark.django_db
def test_a_new_instrument_is_known_after_its_commit(django_capture_on_commit_callbacks) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        Instrument.objects.create(slug="theremin", name="Theremin", aliases="etherphone, Ätherwelle")
        assert "theremin" not in get_catalogue()
    assert parse_parts("2 theremins") == [{"part": "theremin", "count": 2, "optional": False}]
    assert parse_parts("Atherwelle?") == [{"part": "theremin", "count": 1, "optional": True}]
    assert describe_part("theremin", 2) == "2 Theremin"
    validate_plays(["theremin"])


@pytest.mark.django_db
def test_a_renamed_instrument_has_its_new_name_in_all_languages(django_capture_on_commit_callbacks) -> None:
    keys = Instrument.objects.get(slug="keys")
    keys.name = "Rhodes"
    with django_capture_on_commit_callbacks(execute=True):
        keys.save()
    with translation.override("de"):
        assert describe_part("keys") == "Rhodes"
    assert [get_catalogue().find(words) for words in ("rhodes", "synth", "keys")] == ["keys"] * 3


@pytest.mark.django_db
@pytest.mark.parametrize("name", ["2nd guitar", "sax, tenor", "drums?", "a;b"])
def test_an_instrument_has_no_name_that_a_line_of_parts_cannot_hold(name: str) -> None:
    with pytest.raises(ValidationError, match="commas"):
        Instrument(slug="x", name=name).full_clean()
