"""Every language of the site: each text is translated, and each reader gets their own language."""

import re
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import django
import polib
import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse
from django.utils import translation
from django.utils.formats import date_format
from django.utils.translation import to_locale

from jams.models import JamStatus, Voting
from tests.builders import make_entry, make_jam, make_venue
from tests.messages import ROOT, messages

TRANSLATED = [code for code, _name in settings.LANGUAGES if code != settings.LANGUAGE_CODE]
DJANGOS = Path(django.__file__).parent / "conf" / "locale"
PLACEHOLDER = re.compile(r"%%?\(\w+\)\w|%%|%s")
NO_WORDS = (
    r"\{#.*?#\}",
    r"\{%\s*blocktranslate.*?endblocktranslate\s*%\}",
    r"\{% block page_class %\}.*?\{% endblock %\}",  # an attribute of the page's first tag
    r"\{%.*?%\}",
    r"\{\{.*?\}\}",
    r"<[^>]*>",
)
BARE = re.compile("|".join(NO_WORDS), re.DOTALL)
NAMES = {"Jamsite", "API"}
GERMAN = {"Accept-Language": "de-AT,de;q=0.9,en;q=0.5"}

of_languages = pytest.mark.parametrize("language", TRANSLATED)


@pytest.fixture(autouse=True)
def _no_language_is_left_behind() -> Iterator[None]:
    """The client answers in this thread, and a language stays active in its thread."""
    yield
    translation.deactivate()


def catalogue(root: Path, language: str) -> Path:
    return root / to_locale(language) / "LC_MESSAGES" / "django.po"


def entries(language: str) -> list[polib.POEntry]:
    return list(polib.pofile(str(catalogue(ROOT / "locale", language))))


def translations(entry: polib.POEntry | polib.MOEntry) -> list[str]:
    return list(entry.msgstr_plural.values()) if entry.msgid_plural else [entry.msgstr]


def words_of(catalogue: Iterable[polib.POEntry | polib.MOEntry]) -> dict[tuple[str | None, str], list[str]]:
    return {(entry.msgctxt, entry.msgid): translations(entry) for entry in catalogue}


def placeholders(text: str) -> list[str]:
    return sorted(PLACEHOLDER.findall(text))


@of_languages
def test_the_catalogue_holds_the_texts_of_the_source(language: str) -> None:
    known = {(entry.msgctxt, entry.msgid, entry.msgid_plural) for entry in entries(language)}
    assert messages() - known == set(), "new texts: run `make messages` and translate them"
    assert known - messages() == set(), "texts that are gone: run `make messages`"


@of_languages
def test_every_text_is_translated(language: str) -> None:
    assert [entry.msgid for entry in entries(language) if entry.fuzzy or not all(translations(entry))] == []


@of_languages
def test_translations_keep_their_placeholders(language: str) -> None:
    wrong = [
        (entry.msgid, words)
        for entry in entries(language)
        for words in translations(entry)
        if placeholders(words) != placeholders(entry.msgid_plural or entry.msgid)
    ]
    assert wrong == []


@of_languages
def test_the_compiled_catalogue_says_the_same(language: str) -> None:
    compiled = polib.mofile(str(catalogue(ROOT / "locale", language).with_suffix(".mo")))
    assert words_of(compiled) == words_of(entries(language)), "run `make messages`"


@of_languages
def test_our_words_leave_those_of_django_alone(language: str) -> None:
    djangos, ours = words_of(polib.pofile(str(catalogue(DJANGOS, language)))), words_of(entries(language))
    shared = ours.keys() & djangos.keys()
    assert {key: ours[key] for key in shared} == {key: djangos[key] for key in shared}


def test_templates_hold_no_words_outside_of_gettext() -> None:
    bare = {
        word
        for path in (ROOT / "templates").rglob("*.html")
        if path.name != "500.html"
        for word in re.findall(r"[^\W\d_]{2,}", BARE.sub(" ", path.read_text()))
    }
    assert bare - NAMES == set()


@pytest.mark.django_db
def test_a_page_speaks_the_language_of_the_browser(client: Client) -> None:
    jam = make_entry(jam=make_jam(status=JamStatus.LIVE)).jam
    german = client.get(jam.get_absolute_url(), headers=GERMAN).content.decode()
    english = client.get(jam.get_absolute_url(), headers={"Accept-Language": "en-GB"}).content.decode()
    assert ('<html lang="de"' in german, "Die Wunschliste" in german, "The queue" in german) == (True, True, False)
    assert ('<html lang="en"' in english, "Die Wunschliste" in english, "The queue" in english) == (True, False, True)


@pytest.mark.django_db
@pytest.mark.parametrize("path", ["/", "/jams/", "/songs/", "/venues/", "/search/", "/about/"])
def test_a_page_once_made_for_one_language_is_not_shown_in_another(client: Client, path: str) -> None:
    languages = ["de", "en", "de"]
    answers = [client.get(path, headers={"Accept-Language": language}).content.decode() for language in languages]
    assert [re.findall(r'<html lang="(\w+)"', answer) for answer in answers] == [["de"], ["en"], ["de"]]


@pytest.mark.django_db
def test_a_language_that_we_do_not_speak_is_answered_in_english(client: Client) -> None:
    response = client.get("/", headers={"Accept-Language": "fr, tlh;q=0.8"})
    assert (response.headers["Content-Language"], "You pick what the band plays." in response.text) == ("en", True)


@pytest.mark.django_db
def test_a_refusal_is_a_toast_in_the_language_of_the_browser(client: Client) -> None:
    entry = make_entry(jam=make_jam(status=JamStatus.LIVE, voting=Voting.CLOSED))
    address = reverse("votes:heart", args=[entry.jam.slug, entry.pk])
    response = client.put(address, headers={**GERMAN, "HX-Request": "true"})
    assert (response.status_code, "Bei dieser Session ist die Abstimmung geschlossen." in response.text) == (409, True)


@pytest.mark.django_db
def test_times_are_those_of_the_venue_in_the_readers_words(client: Client) -> None:
    starts_at = datetime(2027, 5, 14, 18, 0, tzinfo=UTC)
    venue = make_venue(time_zone="Asia/Tokyo")
    jam = make_jam(venue=venue, starts_at=starts_at, ends_at=starts_at + timedelta(hours=3))
    page = client.get(jam.get_absolute_url(), headers=GERMAN).content.decode()
    assert re.findall(r">(Samstag[^<]+)</time>", page) == ["Samstag, 15. Mai, 03:00\N{EN DASH}06:00 JST"]


def test_plurals_agree_with_their_number() -> None:
    with translation.override("de"):
        said = [translation.ngettext("%(n)s song", "%(n)s songs", n) % {"n": n} for n in (0, 1, 2)]
    assert said == ["0 Songs", "1 Song", "2 Songs"]


def test_every_language_but_the_first_has_its_catalogue() -> None:
    found = sorted(path.parent.parent.name for path in ROOT.glob("locale/*/LC_MESSAGES/django.mo"))
    assert found == sorted(map(to_locale, TRANSLATED))


@pytest.mark.parametrize(
    ("language", "shown"),
    [
        ("en", ["26 Nov 2026, 21:15", "26 November 2026", "26 November"]),
        ("de", ["26.11.2026 21:15", "26. November 2026", "26. November"]),
    ],
)
def test_dates_are_written_as_the_language_does(language: str, shown: list[str]) -> None:
    at = datetime(2026, 11, 26, 21, 15, tzinfo=UTC)
    with translation.override(language):
        names = ("SHORT_DATETIME_FORMAT", "DATE_FORMAT", "MONTH_DAY_FORMAT")
        assert [date_format(at, name) for name in names] == shown


def test_templates_name_months_and_days_only_in_formats_that_are_translated() -> None:
    """Order and punctuation differ; one name alone, such as the day of the week, has neither."""
    found = {
        f"{path.name}: {form}"
        for path in (ROOT / "templates").rglob("*.html")
        for form in re.findall(r"\|date:[\"']([^\"']*)[\"']", path.read_text())
        if re.search(r"[DlMFN].*[jdYyDlMFN]|[jdYyDlMFN].*[DlMFN]", form) and not form.endswith("_FORMAT")
    }
    assert found == {"_jam_row.html: M Y"}  # a month before its year, as in both languages
