"""What people type and the song they mean; this runs on SQLite and on PostgreSQL, and the answers are the same."""

import pytest
from django.db import transaction

from jamsite.demo import content, scale
from songs.models import Song
from songs.search import find_songs

pytestmark = pytest.mark.django_db

FAMOUS = [
    ("Hotel California", "Eagles"),
    ("Highway to Hell", "AC/DC"),
    ("One", "U2"),
    ("One Love", "Bob Marley & The Wailers"),
    ("Love", "Lana Del Rey"),
    ("Love Me Do", "The Beatles"),
    ("Halo", "Beyoncé"),
    ("Ace of Spades", "Motörhead"),
    ("Déjà Vu", "Crosby, Stills, Nash & Young"),
    ("Don't Stop", "Fleetwood Mac"),
    ("Don't Stop Believin'", "Journey"),
    ("The Boxer", "Simon & Garfunkel"),
    ("99 Luftballons", "Nena"),
    ("Bohemian Rhapsody", "Queen"),
    ("Yesterday", "The Beatles"),
    ("Smoke on the Water", "Deep Purple"),
    ("Stand by Me", "Ben E. King"),
    ("Калинка", "Иван Ларионов"),
    ("上を向いて歩こう", "坂本 九"),
]
MEANT = {
    # the whole, in any case, order and spelling
    "Valerie": "Valerie",
    "valerie": "Valerie",
    "VALERIE AMY": "Valerie",
    "winehouse valerie": "Valerie",
    "hotel california": "Hotel California",
    "california hotel": "Hotel California",
    "eagles hotel": "Hotel California",
    "the eagles hotel california": "Hotel California",
    "stevie superstition": "Superstition",
    "love": "Love",
    "one": "One",
    "one love": "One Love",
    "love one": "One Love",
    "love beatles": "Love Me Do",
    "beatles yesterday": "Yesterday",
    "queen bohemian": "Bohemian Rhapsody",
    "99": "99 Luftballons",
    "come together the beatles": "Come Together",
    "girl from ipanema": "The Girl from Ipanema",
    "dock of the bay": "(Sittin' On) The Dock of the Bay",
    # beginnings
    "hot cal": "Hotel California",
    "supers": "Superstition",
    "bohem": "Bohemian Rhapsody",
    "black mag": "Black Magic Woman",
    "sev nat arm": "Seven Nation Army",
    "knock heav": "Knockin' on Heaven's Door",
    "hallelu": "Hallelujah",
    "wonderw": "Wonderwall",
    "luft": "99 Luftballons",
    "enter sand": "Enter Sandman",
    # accents, apostrophes, signs
    "beyonce": "Halo",
    "BEYONCÉ": "Halo",
    "motorhead": "Ace of Spades",
    "deja vu": "Déjà Vu",
    "jobim antonio": "The Girl from Ipanema",
    "dont stop": "Don't Stop",
    "don't stop": "Don't Stop",
    "don\u2019t stop believin": "Don't Stop Believin'",
    "aint no sunshine": "Ain't No Sunshine",
    "simon and garfunkel": "The Boxer",
    "simon & garfunkel": "The Boxer",
    "simon garfunkel boxer": "The Boxer",
    "rem": "Losing My Religion",
    "r.e.m.": "Losing My Religion",
    "ac/dc": "Highway to Hell",
    "ac dc": "Highway to Hell",
    "acdc": "Highway to Hell",
    "bb king": "The Thrill Is Gone",
    "t-bone": "Stormy Monday",
    "калинка": "Калинка",
    "上を向いて": "上を向いて歩こう",
    # typos
    "hotel californa": "Hotel California",
    "hotle california": "Hotel California",
    "bohemian rapsody": "Bohemian Rhapsody",
    "bohemain rhapsody": "Bohemian Rhapsody",
    "superstitious": "Superstition",
    "valery": "Valerie",
    "valarie": "Valerie",
    "winehose": "Rehab",
    "wonderwal oasis": "Wonderwall",
    "halleluja": "Hallelujah",
    "halelujah": "Hallelujah",
    "jolen": "Jolene",
    "jolleen": "Jolene",
    "smoke on the watter": "Smoke on the Water",
    "sultans of swin": "Sultans of Swing",
    "sulatns of swing": "Sultans of Swing",
    "creeep": "Creep",
    "proud marry": "Proud Mary",
    "metalica": "Enter Sandman",
    "redemtion song": "Redemption Song",
    "zombi cranberies": "Zombie",
    "folsom prision": "Folsom Prison Blues",
    "sumertime": "Summertime",
}


@pytest.fixture(scope="module")
def library(django_db_setup, django_db_blocker):
    """The demo's songs, famous ones, and a crowd of others; popular ones among them."""
    with django_db_blocker.unblock(), transaction.atomic():
        crowd = [
            Song(title=title, artist=f"The {title.split()[0]}s", times_played=9, last_played_at="2025-01-01T00:00Z")
            for title in scale._names(600, scale.ADJECTIVES, scale.NOUNS, ["Song", "Love"])
        ]
        famous = [Song(title=title, artist=artist) for title, artist in FAMOUS]
        Song.objects.bulk_create([*content.songs(), *famous, *crowd])
        yield
        transaction.set_rollback(True)


@pytest.mark.parametrize(("typed", "meant"), MEANT.items(), ids=list(MEANT))
def test_the_first_song_found_is_the_one_that_is_meant(library, typed, meant):
    found = find_songs(typed, among=Song.objects.current())
    assert found[0].title == meant, [song.title for song in found[:5]]


def test_words_that_are_nowhere_find_nothing(library):
    assert find_songs("xylophone zzz", among=Song.objects.current()) == []


OPERATORS = [
    "",
    " ",
    "'",
    '"',
    "&",
    "!",
    "*",
    "\\",
    "<->",
    "a & b | !c",
    '" OR 1=1 --',
    "(",
    "love*",
    "^love",
    "-love",
    "%",
]
WORSE = ["title:love", "NEAR(love one)", "\x00", "a\x00b", "\ud800", "'':*", "love':*&'x", "\u202e", "_", "\U0001f600"]


@pytest.mark.parametrize("typed", [*OPERATORS, *WORSE, 10_000 * "a", 5_000 * "a "], ids=lambda typed: ascii(typed[:20]))
def test_operators_are_only_letters_and_break_nothing(library, typed):
    assert isinstance(find_songs(typed, among=Song.objects.current()), list)


def test_a_search_costs_one_query_and_a_mistyped_one_three(library, django_assert_num_queries):
    with django_assert_num_queries(1):
        find_songs("love", among=Song.objects.current())
    with django_assert_num_queries(3):
        find_songs("hotel californa", among=Song.objects.current())
