"""The page of a venue as the venue wants it: its facts, picture and colour; and the page where hosts change them."""

import re
from datetime import timedelta
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from core.colours import MIN_CONTRAST, get_contrast, mix, parse_colour, validate_colour
from jams.models import JamStatus
from tests.builders import make_jam, make_user, make_venue
from tests.hosts import browser_of, make_host
from venues.models import Venue
from venues.selectors import GROUNDS, derive_accents
from venues.services import change_venue

EDIT = "/host/venues/attic/edit/"
FACTS = {"how_to_sign_up": "Ask <Ana>", "backline": "Two amps", "house_rules": "Be kind"}


def picture(size: tuple[int, int] = (40, 20)) -> SimpleUploadedFile:
    target = BytesIO()
    Image.new("RGB", size, "teal").save(target, "PNG")
    return SimpleUploadedFile("logo.png", target.getvalue())


def filled(**changes: object) -> dict[str, object]:
    plain = {"place-name": "The Attic", "name": "The Attic", "address": "Hill 1, Köln", "time_zone": "Europe/Berlin"}
    return {**plain, **FACTS, "description": "", "colour": "#8a4600", **changes}


@given(st.from_regex(r"#[0-9a-f]{6}", fullmatch=True))
def test_every_colour_can_be_read_in_both_themes(colour: str) -> None:
    for theme, accent in derive_accents(colour).items():
        ground, wash = GROUNDS[theme]
        plain = parse_colour(accent.plain)
        assert get_contrast(plain, mix(ground, plain, wash)) >= MIN_CONTRAST
        assert get_contrast(plain, parse_colour(accent.on)) >= MIN_CONTRAST
        assert get_contrast(parse_colour(accent.strong), ground) >= MIN_CONTRAST


def test_grounds_are_those_of_the_style_sheet() -> None:
    text = Path("static/css/site.css").read_text()
    dark, light = text.split(':root[data-theme="light"] {')[:2]
    found = [
        parse_colour(re.findall(rf"--{name}: (#\w+);", part)[0]) for name, part in (("raised", dark), ("night", light))
    ]
    assert found == [ground for ground, _wash in GROUNDS.values()]


@pytest.mark.parametrize("text", ["red", "#fff", "#12345g", "#1234567", "#b4330f;", " #b4330f"])
def test_only_colours_are_colours(text: str) -> None:
    with pytest.raises(ValidationError):
        validate_colour(text)


@pytest.mark.django_db
def test_page_shows_what_the_venue_says_and_only_that(client: Client) -> None:
    make_venue(slug="attic", address="Hill 1, Köln", colour="#b4330f", **FACTS)
    make_venue(slug="bare")
    words = [
        "Ask &lt;Ana&gt;",
        "Two amps",
        "Be kind",
        "/venues/attic/colours.css",
        "openstreetmap.org/search?query=Hill+1%2C+K%C3%B6ln",
    ]
    page, bare = client.get("/venues/attic/").text, client.get("/venues/bare/").text
    assert [word in page for word in words] == [True] * len(words)
    assert [word in bare for word in ("<aside", "openstreetmap", "colours.css", "Backline")] == [False] * 4
    assert "openstreetmap.org" not in client.get("/venues/attic/")["Content-Security-Policy"]  # nothing of it is loaded


@pytest.mark.django_db
def test_night_that_is_on_comes_first(client: Client) -> None:
    venue = make_venue(slug="attic")
    make_jam(venue=venue, name="Later", starts_at=timezone.now() + timedelta(days=1), status=JamStatus.SCHEDULED)
    make_jam(venue=venue, name="Tonight")
    page = client.get("/venues/attic/").text
    assert page.index("Vote now") < page.index("Later")


@pytest.mark.django_db
def test_colours_are_a_style_sheet_for_the_venue_and_its_jams(client: Client) -> None:
    venue = make_venue(slug="attic", colour="#b4330f")
    jam = make_jam(venue=venue)
    sheet = client.get("/venues/attic/colours.css")
    accents = derive_accents("#b4330f")
    assert sheet["Content-Type"] == "text/css; charset=utf-8"
    assert [sheet.text.count(f"--accent: {accent.plain};") for accent in accents.values()] == [1, 1]
    assert "/venues/attic/colours.css" in client.get(jam.get_absolute_url()).text
    assert "--accent" not in client.get(f"/venues/{make_venue().slug}/colours.css").text


@pytest.mark.django_db
def test_host_changes_the_page(client: Client) -> None:
    make_venue(slug="attic")
    browser = browser_of(make_host())
    assert browser.get(EDIT).status_code == 200
    sent = filled(has_colour="on", colour="#b4330f", picture=picture())
    assert browser.post(EDIT, sent)["Location"] == "/venues/attic/"
    venue = Venue.objects.get(slug="attic")
    assert (venue.colour, venue.backline) == ("#b4330f", "Two amps")
    page = client.get("/venues/attic/").text
    assert (f'src="{venue.picture.url}"' in page, f'content="http://testserver{venue.picture.url}"' in page) == (
        True,
        True,
    )
    browser.post(EDIT, filled())
    venue.refresh_from_db()
    assert (venue.colour, bool(venue.picture)) == ("", True)  # the picture stays until it is cleared
    served = client.get(venue.picture.url)
    assert served["Content-Type"] == "image/webp"
    served.close()  # which closes the connection to the database, too


@pytest.mark.django_db
def test_picture_that_is_replaced_or_cleared_is_deleted(django_capture_on_commit_callbacks) -> None:
    make_venue(slug="attic")
    browser, names = browser_of(make_host()), []
    for sent in (filled(picture=picture()), filled(picture=picture((30, 30))), filled(no_picture="on")):
        with django_capture_on_commit_callbacks(execute=True):
            browser.post(EDIT, sent)
        names.append(Venue.objects.get(slug="attic").picture.name)
    assert [default_storage.exists(name) for name in names if name] == [False, False]
    assert names[2] == ""


@pytest.mark.django_db
def test_page_that_is_not_filled_in_well_keeps_what_was_typed() -> None:
    make_venue(slug="attic", name="Attic")
    browser = browser_of(make_host())
    sent = filled(name="", colour="red", has_colour="on", picture=SimpleUploadedFile("x.png", b"<script>"))
    response = browser.post(EDIT, sent)
    assert (response.status_code, response.text.count('class="field-error"')) == (200, 3)
    assert "Two amps" in response.text
    assert Venue.objects.get(slug="attic").name == "Attic"


@pytest.mark.django_db
@pytest.mark.parametrize(("who", "status"), [("stranger", 302), ("guest", 302), ("viewer", 404), ("host", 200)])
def test_only_who_may_change_venues_edits_one(who: str, status: int) -> None:
    make_venue(slug="attic")
    users: dict[str, Any] = {
        "stranger": lambda: None,
        "guest": make_user,
        "viewer": lambda: make_user(is_staff=True),
        "host": make_host,
    }
    assert browser_of(users[who]()).get(EDIT).status_code == status


@pytest.mark.django_db
def test_services_change_one_fact_and_keep_the_picture() -> None:
    venue = make_venue(slug="attic", picture="venues/x.webp")
    change_venue(venue=venue, backline="A piano")
    venue.refresh_from_db()
    assert (venue.backline, venue.picture.name) == ("A piano", "venues/x.webp")
