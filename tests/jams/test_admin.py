"""The admin of jams and what hangs on them, tried by owner, other host, stranger and nobody."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.contrib.auth.models import Permission, User
from django.contrib.contenttypes.models import ContentType
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import Settings

from jams.models import Attendee, Entry, EntryStatus, Event, Jam, JamStatus, SignUps, Voting
from jams.services.jam_settings import set_set_songs, set_sign_ups
from songs.models import ChordState
from tests.builders import (
    make_attendee,
    make_entry,
    make_jam,
    make_performance,
    make_song,
    make_user,
    make_venue,
    make_vote,
)
from tests.hosts import browser_of, form_of, make_host

pytestmark = pytest.mark.django_db

MODELS = ["jam", "entry", "attendee", "event"]
WRITABLE = ["jam", "entry", "attendee"]
MANAGEMENT = {
    f"{prefix}-{name}_FORMS": 0 for prefix in ("entries", "entries-2", "performances") for name in ("TOTAL", "INITIAL")
}


@pytest.fixture
def owner() -> User:
    return make_host()


@pytest.fixture
def other() -> User:
    return make_host()


@pytest.fixture
def rows(owner: User) -> dict[str, Jam | Entry | Attendee | Event]:
    """One of everything at the owner's jam; every name says "Secret"."""
    jam = make_jam(name="Secret Jam", hosts=(owner,))
    entry = make_entry(jam=jam, song=make_song(title="Secret Song"))
    attendee = make_attendee(jam=jam, name="Secret Sam")
    make_vote(entry=entry, attendee=attendee)
    event = Event.objects.create(jam=jam, verb="secret")
    return {"jam": jam, "entry": entry, "attendee": attendee, "event": event}


def address(model: str, page: str, *args: object) -> str:
    return reverse(f"admin:jams_{model}_{page}", args=args)


def jam_form(jam: Jam, **changes: object) -> dict[str, object]:
    """What the form of `jam` sends, in the time zone of its venue."""
    values = {name: getattr(jam, name) for name in ("name", "status", "voting", "suggestions", "sign_ups")}
    kept = ("performing_limit", "instrument_set", "format", "set_songs", "changeover_minutes", "everyone_once_first")
    values |= {name: getattr(jam, name) for name in kept} | {"venue": jam.venue_id, "default_parts": ""}
    for name in ("starts_at", "ends_at"):
        local = getattr(jam, name).astimezone(jam.venue.zone)
        values[name] = local.strftime("%Y-%m-%dT%H:%M")
    return {**values, **MANAGEMENT, **changes}


def test_form_of_a_jam_leaves_what_another_host_has_changed_meanwhile(owner: User, other: User, rows: dict) -> None:
    browser, page = browser_of(owner), address("jam", "change", rows["jam"].pk)
    shown = form_of(browser.get(page))
    set_sign_ups(jam=rows["jam"], sign_ups=SignUps.CLOSED, user=other, now=timezone.now())
    set_set_songs(jam=rows["jam"], set_songs=5, user=other, now=timezone.now())
    assert browser.post(page, {**shown, "name": "Secret Night", "set_songs": "5"}).status_code == 302
    jam = Jam.objects.get()
    assert (jam.name, jam.sign_ups, jam.set_songs, Event.objects.filter(user=owner).count()) == (
        "Secret Night",
        SignUps.CLOSED,
        5,
        0,
    )


def test_form_of_a_jam_replaces_the_change_of_another_host_when_sent_again(owner: User, rows: dict) -> None:
    browser, page = browser_of(owner), address("jam", "change", rows["jam"].pk)
    changes = {"description": "Mine", "sign_ups": "closed", "everyone_once_first": "on", "set_minutes": "15"}
    shown = form_of(browser.get(page))
    theirs: dict[str, Any] = {"description": "Theirs", "set_minutes": 20, "everyone_once_first": False}
    Jam.objects.filter(pk=rows["jam"].pk).update(**theirs, status=JamStatus.PAUSED)
    refused = browser.post(page, {**shown, **changes})
    assert sorted(refused.context["adminform"].form.errors) == ["description", "set_minutes"]
    for value in ("Theirs", "20"):
        assert f"Somebody else has changed this to “{value}” in the meantime." in refused.text
    assert Jam.objects.values(*theirs).get() == theirs
    assert browser.post(page, form_of(refused)).status_code == 302
    mine = {"description": "Mine", "sign_ups": "closed", "set_minutes": 15, "everyone_once_first": False}
    assert Jam.objects.values(*mine).get() == mine
    assert Jam.objects.get().status == JamStatus.PAUSED


def test_form_of_a_jam_changes_a_description_of_several_lines(owner: User, rows: dict) -> None:
    """Browsers end the lines of all that they send with CRLF."""
    browser, page = browser_of(owner), address("jam", "change", rows["jam"].pk)
    Jam.objects.filter(pk=rows["jam"].pk).update(description="First\nSecond")
    shown = form_of(browser.get(page)) | {"initial-description": "First\r\nSecond"}
    assert browser.post(page, {**shown, "description": "First\r\nThird"}).status_code == 302
    assert Jam.objects.get().description == "First\nThird"


def test_refusal_tells_what_somebody_else_has_chosen(owner: User, rows: dict) -> None:
    """In the words of the page: a choice, yes or no, a time at the venue, nothing."""
    browser, page = browser_of(owner), address("jam", "change", rows["jam"].pk)
    Jam.objects.filter(pk=rows["jam"].pk).update(description="Ours", everyone_once_first=True)
    shown = form_of(browser.get(page))
    ends_at = rows["jam"].ends_at + timedelta(hours=1)
    Jam.objects.filter(pk=rows["jam"].pk).update(description="", voting="closed", ends_at=ends_at)
    later = (ends_at + timedelta(hours=1)).astimezone(rows["jam"].venue.zone)
    mine = {"description": "Mine", "voting": "musicians", "ends_at": f"{later:%Y-%m-%dT%H:%M}"}
    errors = browser.post(page, {**shown, **mine}).context["adminform"].form.errors
    assert errors["description"] == ["Somebody else has emptied this in the meantime. Save again to replace it."]
    assert "“closed”" in errors["voting"][0]
    assert f"{ends_at.astimezone(rows['jam'].venue.zone):%H:%M}”" in errors["ends_at"][0]


def test_old_page_of_a_song_does_not_replace_a_newer_chord_sheet(owner: User, rows: dict) -> None:
    browser, page = browser_of(owner), address("entry", "change", rows["entry"].pk)
    shown = form_of(browser.get(page))
    newer = "https://newer.example/"
    Entry.objects.filter(pk=rows["entry"].pk).update(chord_url=newer)
    assert browser.post(page, shown).status_code == 302
    assert Entry.objects.get(pk=rows["entry"].pk).chord_url == newer
    refused = browser.post(page, {**shown, "chord_url": "https://mine.example/"})
    assert f"changed this to “{newer}” in the meantime" in refused.text
    assert Entry.objects.get(pk=rows["entry"].pk).chord_url == newer
    assert browser.post(page, form_of(refused)).status_code == 302
    assert Entry.objects.get(pk=rows["entry"].pk).chord_url == "https://mine.example/"


def test_untouched_fields_of_a_jam_have_the_values_of_its_row(owner: User, rows: dict) -> None:
    browser, page = browser_of(owner), address("jam", "change", rows["jam"].pk)
    shown = form_of(browser.get(page))
    theirs = Jam.objects.get()
    theirs.name, theirs.venue, theirs.status = "Zebra Night", make_venue(name="Quokka Club"), JamStatus.LIVE
    theirs.starts_at -= timedelta(minutes=7)
    theirs.save()
    refused = browser.post(page, {**shown, "performing_limit": "many"})
    assert refused.context["adminform"].form.errors.keys() == {"performing_limit"}
    again = form_of(refused)
    starts_at = theirs.starts_at.astimezone(rows["jam"].venue.zone).strftime("%Y-%m-%dT%H:%M")
    assert (again["name"], again["status"], again["starts_at"]) == ("Zebra Night", "live", starts_at)
    assert browser.post(page, {**shown, "performing_limit": "7"}).status_code == 302
    jam = Jam.objects.get()
    assert (jam.performing_limit, jam.status, jam.starts_at) == (7, JamStatus.LIVE, theirs.starts_at)
    assert (jam.name, jam.venue_id, jam.words) == (theirs.name, theirs.venue_id, theirs.words)
    assert "zebra" in jam.words
    assert "quokka" in jam.words


def test_hosts_who_were_added_meanwhile_stay_hosts_of_a_jam(owner: User, other: User, rows: dict) -> None:
    browser = browser_of(make_user(is_staff=True, is_superuser=True))
    page, third = address("jam", "change", rows["jam"].pk), make_host()
    shown = form_of(browser.get(page))
    rows["jam"].hosts.add(other)
    hosts = []
    for sent in ([owner], [owner, third], []):
        assert browser.post(page, {**shown, "hosts": [host.pk for host in sent]}).status_code == 302
        hosts.append({*rows["jam"].hosts.all()})
    assert hosts == [{owner, other}, {owner, other, third}, {other, third}]


def test_a_host_is_added_to_a_jam_without_any_when_sent_again(owner: User, other: User, rows: dict) -> None:
    browser, page = browser_of(make_user(is_superuser=True, is_staff=True)), address("jam", "change", rows["jam"].pk)
    rows["jam"].hosts.clear()
    refused = browser.post(page, {**form_of(browser.get(page)), "hosts": [other.pk], "performing_limit": "many"})
    again = form_of(refused) | {"hosts": [other.pk], "performing_limit": "3"}
    assert browser.post(page, again).status_code == 302
    assert [*rows["jam"].hosts.all()] == [other]


def test_untouched_status_of_a_song_stays_as_it_is_now(owner: User, rows: dict) -> None:
    browser, entry = browser_of(owner), rows["entry"]
    pages = [address("jam", "change", rows["jam"].pk), address("entry", "change", entry.pk)]
    shown = [form_of(browser.get(page)) for page in pages]
    Entry.objects.filter(pk=entry.pk).update(status=EntryStatus.ON_DECK, on_deck_at=timezone.now())
    assert [browser.post(*old).status_code for old in zip(pages, shown, strict=True)] == [302, 302]
    assert (Entry.objects.get().status, Event.objects.filter(user=owner).count()) == (EntryStatus.ON_DECK, 0)


@pytest.mark.parametrize("model", MODELS)
def test_admin_pages_open_for_the_host(model: str, owner: User, rows: dict) -> None:
    client = browser_of(owner)
    pages = [address(model, "changelist")]
    pages += [address(model, page, rows[model].pk) for page in ("change", "history")]
    pages += [address(model, "delete", rows[model].pk), address(model, "add")] if model in WRITABLE else []
    assert {page: client.get(page).status_code for page in pages} == dict.fromkeys(pages, 200)


@pytest.mark.parametrize("page", ["change", "history", "delete"])
@pytest.mark.parametrize("model", WRITABLE)
def test_admin_hides_objects_of_other_hosts(model: str, page: str, other: User, rows: dict) -> None:
    response = browser_of(other).get(address(model, page, rows[model].pk), follow=True)
    assert response.redirect_chain == [(reverse("admin:index"), 302)]
    assert "Secret" not in response.text


@pytest.mark.parametrize("model", MODELS)
def test_admin_list_is_empty_for_another_host(model: str, other: User, rows: dict) -> None:
    response = browser_of(other).get(address(model, "changelist"))
    assert (response.status_code, len(response.context["cl"].result_list)) == (200, 0)
    assert "ecret" not in response.text


@pytest.mark.parametrize("person", ["stranger", "nobody"])
@pytest.mark.parametrize("model", MODELS)
def test_admin_redirects_other_users_to_the_login(model: str, person: str, rows: dict) -> None:
    client = browser_of(make_user() if person == "stranger" else None)
    pages = [address(model, "changelist"), address(model, "add")]
    pages += [address(model, page, rows[model].pk) for page in ("change", "history", "delete")]
    answers = {page: client.post(page, {"post": "yes"}) for page in pages}
    expected = {page: f"{reverse('admin:login')}?next={page}" for page in pages}
    assert {page: answer.headers["Location"] for page, answer in answers.items()} == expected
    assert type(rows[model]).objects.filter(pk=rows[model].pk).exists()


@pytest.mark.parametrize("model", WRITABLE)
def test_admin_refuses_staff_without_permission(model: str, rows: dict) -> None:
    client = browser_of(make_user(is_staff=True))
    pages = [address(model, "changelist"), address(model, "change", rows[model].pk), address(model, "add")]
    assert [client.get(page).status_code for page in pages] == [403, 403, 403]


@pytest.mark.parametrize("model", MODELS)
def test_view_permission_does_not_allow_changes(model: str, rows: dict) -> None:
    helper = make_user(is_staff=True)
    helper.user_permissions.set(Permission.objects.filter(codename__startswith="view_"))
    rows["jam"].hosts.add(helper)
    client, page = browser_of(helper), address(model, "change", rows[model].pk)
    assert [client.get(page).status_code, client.post(page, {"name": "x"}).status_code] == [200, 403]


def test_forged_post_of_another_host_changes_nothing(other: User, rows: dict) -> None:
    client = browser_of(other)
    client.post(address("jam", "change", rows["jam"].pk), jam_form(rows["jam"], name="Mine now"))
    client.post(address("attendee", "change", rows["attendee"].pk), {"name": "Mine now"})
    client.post(address("entry", "change", rows["entry"].pk), {"status": "hidden", **MANAGEMENT})
    assert list(Jam.objects.values_list("name", flat=True)) == ["Secret Jam"]
    assert list(Attendee.objects.values_list("name", flat=True)) == ["Secret Sam"]
    assert list(Entry.objects.values_list("status", flat=True)) == ["queued"]


@pytest.mark.parametrize("model", WRITABLE)
def test_delete_is_refused_for_another_host(model: str, other: User, rows: dict) -> None:
    client, row = browser_of(other), rows[model]
    client.post(address(model, "delete", row.pk), {"post": "yes"})
    selected = {"action": "delete_selected", "_selected_action": row.pk, "post": "yes"}
    client.post(address(model, "changelist"), selected)
    assert type(row).objects.filter(pk=row.pk).exists()


@pytest.mark.parametrize("model", WRITABLE)
def test_delete_by_the_host_includes_votes(model: str, owner: User, rows: dict) -> None:
    browser_of(owner).post(address(model, "delete", rows[model].pk), {"post": "yes"})
    assert not type(rows[model]).objects.filter(pk=rows[model].pk).exists()


def test_events_are_read_only(owner: User, rows: dict) -> None:
    for client in (browser_of(owner), browser_of(make_user(is_staff=True, is_superuser=True))):
        answers = [client.post(address("event", "change", rows["event"].pk), {"verb": "x"})]
        answers += [client.post(address("event", "delete", rows["event"].pk), {"post": "yes"})]
        answers += [client.get(address("event", "add"))]
        assert [answer.status_code for answer in answers] == [403, 403, 403]
    assert list(Event.objects.values_list("verb", flat=True)) == ["secret"]


def test_admin_shows_everything_to_a_superuser(rows: dict) -> None:
    client = browser_of(make_user(is_staff=True, is_superuser=True))
    seen = {model: len(client.get(address(model, "changelist")).context["cl"].result_list) for model in MODELS}
    assert seen == dict.fromkeys(MODELS, 1)


# -- Creating and changing a jam --------------------------------------------------------------------------


def test_jam_creator_becomes_its_host(owner: User, other: User) -> None:
    jam = Jam(name="New", venue=make_venue(), starts_at=datetime(2027, 1, 1, 19, tzinfo=UTC))
    jam.ends_at = datetime(2027, 1, 1, 23, tzinfo=UTC)
    browser_of(owner).post(address("jam", "add"), jam_form(jam, slug="new", hosts=[other.pk]))
    assert list(Jam.objects.get(slug="new").hosts.all()) == [owner]


def test_hosts_field_is_ignored_for_a_host(owner: User, other: User, rows: dict) -> None:
    response = browser_of(owner).post(address("jam", "change", rows["jam"].pk), jam_form(rows["jam"], hosts=[other.pk]))
    assert response.status_code == 302
    assert list(rows["jam"].hosts.all()) == [owner]


def test_hosts_field_is_saved_for_a_superuser(other: User, rows: dict) -> None:
    client = browser_of(make_user(is_staff=True, is_superuser=True))
    client.post(address("jam", "change", rows["jam"].pk), jam_form(rows["jam"], hosts=[other.pk]))
    assert list(rows["jam"].hosts.all()) == [other]


def test_save_as_new_does_not_take_over_a_jam(other: User, rows: dict) -> None:
    form = jam_form(rows["jam"], _saveasnew="1", slug="copy")
    browser_of(other).post(address("jam", "change", rows["jam"].pk), form)
    rows["jam"].refresh_from_db()
    assert (rows["jam"].name, list(rows["jam"].hosts.filter(pk=other.pk))) == ("Secret Jam", [])


def test_jam_times_use_the_time_zone_of_the_venue(owner: User) -> None:
    venue = make_venue(time_zone="Pacific/Auckland")
    jam = make_jam(venue=venue, hosts=(owner,), starts_at=datetime(2027, 1, 1, 7, tzinfo=UTC))
    client = browser_of(owner)
    page = client.get(address("jam", "change", jam.pk)).text
    assert ('value="2027-01-01T20:00"' in page, "at the venue (Pacific/Auckland)" in page) == (True, True)
    client.post(address("jam", "change", jam.pk), jam_form(jam, starts_at="2027-01-01T21:30"))
    jam.refresh_from_db()
    assert jam.starts_at == datetime(2027, 1, 1, 8, 30, tzinfo=UTC)


def test_jam_end_before_start_is_a_form_error(owner: User, rows: dict) -> None:
    form = jam_form(rows["jam"], ends_at="2001-01-01T20:00")
    response = browser_of(owner).post(address("jam", "change", rows["jam"].pk), form)
    assert (response.status_code, "The jam must end after it starts." in response.text) == (200, True)


def test_jam_slug_stays_when_the_name_changes(owner: User, rows: dict) -> None:
    browser_of(owner).post(address("jam", "change", rows["jam"].pk), jam_form(rows["jam"], slug="moved"))
    assert not Jam.objects.filter(slug="moved").exists()


def test_voting_change_in_the_form_records_an_event(owner: User, rows: dict) -> None:
    browser_of(owner).post(address("jam", "change", rows["jam"].pk), jam_form(rows["jam"], voting="musicians"))
    event = Event.objects.select_related("user").get(verb="set_voting")
    data = {"from": "everyone", "to": "musicians", "settings": {"voting": ["everyone", "musicians"]}}
    assert (event.user, event.data) == (owner, data)


def test_jam_links_to_its_page(owner: User, rows: dict) -> None:
    page = browser_of(owner).get(address("jam", "change", rows["jam"].pk)).text
    assert f'href="{rows["jam"].get_absolute_url()}"' in page


# -- The set list -----------------------------------------------------------------------------------------


def test_new_songs_inline_adds_an_entry(owner: User, rows: dict) -> None:
    song = make_song()
    new = {"entries-2-TOTAL_FORMS": 1, "entries-2-0-song": song.pk, "entries-2-0-status": "queued"}
    browser_of(owner).post(address("jam", "change", rows["jam"].pk), jam_form(rows["jam"], **new))
    assert set(rows["jam"].entries.values_list("song", flat=True)) == {rows["entry"].song_id, song.pk}


def test_new_songs_inline_refuses_a_listed_song(owner: User, rows: dict) -> None:
    new = {"entries-2-TOTAL_FORMS": 1, "entries-2-0-song": rows["entry"].song_id, "entries-2-0-status": "queued"}
    response = browser_of(owner).post(address("jam", "change", rows["jam"].pk), jam_form(rows["jam"], **new))
    assert (response.status_code, "This song is already on the set list." in response.text) == (200, True)


def test_set_list_inline_ignores_entries_of_another_jam(other: User, rows: dict) -> None:
    jam = make_jam(hosts=(other,))
    forged = {
        "entries-TOTAL_FORMS": 1,
        "entries-INITIAL_FORMS": 1,
        "entries-0-id": rows["entry"].pk,
        "entries-0-status": "hidden",
        "entries-0-DELETE": "on",
    }
    browser_of(other).post(address("jam", "change", jam.pk), jam_form(jam, **forged))
    rows["entry"].refresh_from_db()
    assert (rows["entry"].jam_id, rows["entry"].status) == (rows["jam"].pk, EntryStatus.QUEUED)


@pytest.mark.parametrize("status", ["playing", "played"])
def test_entry_status_that_needs_a_time_is_not_offered(status: str, owner: User, rows: dict) -> None:
    response = browser_of(owner).post(
        address("entry", "change", rows["entry"].pk), {"status": status, "chord_url": "", **MANAGEMENT}
    )
    assert (response.status_code, list(response.context["adminform"].form.errors)) == (200, ["status"])


def test_entry_chord_state_is_reset_for_a_new_link(owner: User, rows: dict) -> None:
    entry = make_entry(jam=rows["jam"], chord_state=ChordState.BROKEN)
    form = {"status": "queued", "chord_url": "https://example.com/chords", **MANAGEMENT}
    browser_of(owner).post(address("entry", "change", entry.pk), form)
    entry.refresh_from_db()
    assert (entry.chord_url, entry.chord_state) == ("https://example.com/chords", ChordState.UNKNOWN)


@pytest.mark.parametrize("status", ["playing", "played"])
def test_entry_status_is_fixed_after_the_stage(status: str, owner: User, rows: dict) -> None:
    now = datetime(2027, 1, 1, tzinfo=UTC)
    times: dict[str, Any] = {"started_at": now, "finished_at": now if status == "played" else None}
    entry = make_entry(jam=rows["jam"], status=status, **times)
    form = {"status": "queued", "chord_url": "", **MANAGEMENT}
    assert browser_of(owner).post(address("entry", "change", entry.pk), form).status_code == 302
    entry.refresh_from_db()
    assert entry.status == status


# -- Foreign keys that are not theirs ---------------------------------------------------------------------


def test_entry_cannot_be_added_to_another_hosts_jam(other: User, rows: dict) -> None:
    form = {"jam": rows["jam"].pk, "song": make_song().pk, "status": "queued", "chord_url": ""}
    response = browser_of(other).post(address("entry", "add"), form)
    assert list(response.context["adminform"].form.errors) == ["jam"]
    assert rows["jam"].entries.count() == 1


def test_attendee_cannot_be_added_to_another_hosts_jam(other: User, rows: dict) -> None:
    response = browser_of(other).post(address("attendee", "add"), {"jam": rows["jam"].pk, "name": "Spy"})
    assert list(response.context["adminform"].form.errors) == ["jam"]
    assert rows["jam"].attendees.count() == 1


def test_attendee_cannot_be_moved_to_another_jam(owner: User, rows: dict) -> None:
    elsewhere = make_jam(hosts=(owner,))
    client = browser_of(owner)
    client.post(address("attendee", "change", rows["attendee"].pk), {"jam": elsewhere.pk, "name": "Sam"})
    client.post(address("entry", "change", rows["entry"].pk), {"jam": elsewhere.pk, "status": "queued", **MANAGEMENT})
    assert (elsewhere.attendees.count(), elsewhere.entries.count()) == (0, 0)


def test_performance_inline_offers_only_people_at_the_jam(owner: User, rows: dict) -> None:
    foreign = make_attendee(jam=make_jam(hosts=(owner,)), name="Elsewhere")
    for attendee, status in ((foreign, 200), (rows["attendee"], 302)):
        row = {"performances-TOTAL_FORMS": 1, "performances-0-attendee": attendee.pk, "performances-0-part": "bass"}
        form = {"status": "queued", "chord_url": "", **MANAGEMENT, **row}
        assert browser_of(owner).post(address("entry", "change", rows["entry"].pk), form).status_code == status
    assert list(rows["entry"].performances.values_list("attendee", flat=True)) == [rows["attendee"].pk]


@pytest.mark.parametrize(
    ("where", "found"),
    [
        (("jams", "entry", "jam"), "Secret Jam"),
        (("jams", "attendee", "jam"), "Secret Jam"),
        (("jams", "performance", "attendee"), "Secret Sam"),
        (("votes", "vote", "attendee"), "Secret Sam"),
    ],
)
def test_autocomplete_offers_only_own_jams(where: tuple, found: str, owner: User, other: User, rows: dict) -> None:
    query = dict(zip(("app_label", "model_name", "field_name"), where, strict=True))
    offered = [browser_of(user).get(reverse("admin:autocomplete"), query).json()["results"] for user in (owner, other)]
    assert [[row["text"] for row in rows] for rows in offered] == [[found], []]


def test_autocomplete_of_users_is_refused_for_hosts(owner: User) -> None:
    query = {"app_label": "jams", "model_name": "jam", "field_name": "hosts"}
    assert browser_of(owner).get(reverse("admin:autocomplete"), query).status_code == 403


def test_other_part_is_refused_for_a_known_part(owner: User, rows: dict) -> None:
    row = {"performances-0-attendee": rows["attendee"].pk, "performances-0-part": "bass"}
    row |= {"performances-TOTAL_FORMS": 1, "performances-0-other_part": "fretless"}
    form = {"status": "queued", "chord_url": "", **MANAGEMENT, **row}
    response = browser_of(owner).post(address("entry", "change", rows["entry"].pk), form)
    assert (response.status_code, "Only fill this in for the part “other”." in response.text) == (200, True)


@pytest.mark.parametrize("number", ["99999999999999999999999999", "0", "٣"])
def test_filters_ignore_unknown_ids(number: str, owner: User) -> None:
    client = browser_of(owner)
    assert client.get(f"/admin/jams/jam/{number}/change/").status_code == 302
    assert client.get(address("entry", "changelist"), {"jam": number}).status_code == 200


@pytest.mark.parametrize("number", ["99999999999999999999999999", "9" * 19, "0", "-1", "x", "1 OR 1"])
def test_forged_choice_is_a_form_error(number: str, owner: User, rows: dict) -> None:
    new = {"entries-2-TOTAL_FORMS": 1, "entries-2-0-song": number, "entries-2-0-status": "queued"}
    form = jam_form(rows["jam"], venue=number, **new)
    response = browser_of(owner).post(address("jam", "change", rows["jam"].pk), form)
    assert (response.status_code, response.text.count("Select a valid choice.")) == (200, 2)


# -- People -----------------------------------------------------------------------------------------------


def test_walk_up_is_added_by_name(owner: User, rows: dict) -> None:
    browser_of(owner).post(address("attendee", "add"), {"jam": rows["jam"].pk, "name": "Walk Up"})
    assert rows["jam"].attendees.filter(name="Walk Up", browser=None).count() == 1


@pytest.mark.parametrize(("name", "reason"), [("", "This field is required."), ("SECRET sam", "already has this name")])
def test_walk_up_needs_a_unique_name(name: str, reason: str, owner: User, rows: dict) -> None:
    response = browser_of(owner).post(address("attendee", "add"), {"jam": rows["jam"].pk, "name": name})
    assert (response.status_code, reason in response.text) == (200, True)


def test_rename_to_a_taken_name_is_a_form_error(owner: User, rows: dict) -> None:
    make_attendee(jam=rows["jam"], name="Dana")
    response = browser_of(owner).post(address("attendee", "change", rows["attendee"].pk), {"name": "dána"})
    assert (response.status_code, "already has this name" in response.text) == (200, True)


def test_browser_key_is_never_shown(rows: dict) -> None:
    attendee = make_attendee(jam=rows["jam"], browser="very-private")
    client = browser_of(make_user(is_staff=True, is_superuser=True))
    pages = [address("attendee", "changelist"), address("attendee", "change", attendee.pk)]
    assert ["very-private" in client.get(page).text for page in pages] == [False, False]


# -- Actions ----------------------------------------------------------------------------------------------


def act(client: Client, action: str, *jams: Jam) -> str:
    selected = {"action": action, "_selected_action": [jam.pk for jam in jams]}
    return client.post(address("jam", "changelist"), selected, follow=True).text


def test_voting_actions_close_and_open_voting(owner: User, rows: dict) -> None:
    client, jam = browser_of(owner), rows["jam"]
    act(client, "close_voting", jam)
    assert Jam.objects.get(pk=jam.pk).voting == Voting.CLOSED
    act(client, "open_voting", jam)
    assert Jam.objects.get(pk=jam.pk).voting == Voting.EVERYONE
    assert [event.data["to"] for event in jam.events.filter(verb="set_voting", user=owner)] == ["everyone", "closed"]


def test_open_voting_leaves_musicians_only_as_it_is(owner: User) -> None:
    jam = make_jam(hosts=(owner,), voting=Voting.MUSICIANS)
    assert "Voting changed for 0 jams." in act(browser_of(owner), "open_voting", jam)
    assert Jam.objects.get(pk=jam.pk).voting == Voting.MUSICIANS


def test_voting_actions_skip_a_jam_that_has_ended(owner: User) -> None:
    ended = make_jam(name="Old", hosts=(owner,), status=JamStatus.ENDED)
    page = act(browser_of(owner), "close_voting", ended, make_jam(hosts=(owner,)))
    assert ("Old: This jam has ended." in page, "Voting changed for 1 jam." in page) == (True, True)
    assert Jam.objects.get(pk=ended.pk).voting == Voting.EVERYONE


def test_close_voting_twice_records_one_event(owner: User, rows: dict) -> None:
    client = browser_of(owner)
    pages = [act(client, "close_voting", rows["jam"]) for _each in range(2)]
    assert ["Voting changed for 1 jam." in pages[0], "Voting changed for 0 jams." in pages[1]] == [True, True]
    assert rows["jam"].events.filter(verb="set_voting").count() == 1


def test_close_voting_is_refused_for_another_host(other: User, rows: dict) -> None:
    page = act(browser_of(other), "close_voting", rows["jam"])
    assert ("Secret" in page, Jam.objects.get(pk=rows["jam"].pk).voting) == (False, Voting.EVERYONE)


# -- Cost -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("model", "queries"), [("jam", 10), ("entry", 10), ("attendee", 10), ("event", 10)])
@pytest.mark.parametrize("number", [1, 30])
def test_admin_lists_take_a_constant_number_of_queries(
    number: int, model: str, queries: int, owner: User, django_assert_num_queries
) -> None:
    for _each in range(number):
        entry = make_entry(jam=make_jam(hosts=(owner,)))
        attendee = make_attendee(jam=entry.jam, name="Sam")
        Event.objects.create(jam=entry.jam, verb="x", user=owner, attendee=attendee, entry=entry)
    client = browser_of(owner)
    with django_assert_num_queries(queries):
        response = client.get(address(model, "changelist"))
    assert len(response.context["cl"].result_list) == number


@pytest.mark.parametrize("number", [1, 30])
def test_jam_pages_take_a_constant_number_of_queries(
    number: int, owner: User, django_assert_num_queries, settings: Settings
) -> None:
    settings.CROWD_ALARM = 1000  # an alarm would be one more row to delete
    jam = make_jam(hosts=(owner,))
    for _each in range(number):
        make_performance(entry=make_vote(entry=make_entry(jam=jam)).entry)
    client = browser_of(owner)
    ContentType.objects.get_for_model(Jam)  # Django keeps it for the life of the process
    with django_assert_num_queries(10):
        client.get(address("jam", "change", jam.pk))
    with django_assert_num_queries(25):  # bands, seats, invitations and questions go with it, too
        client.get(address("jam", "delete", jam.pk))


@pytest.mark.parametrize("number", [1, 30])
def test_entry_page_takes_a_constant_number_of_queries(number: int, owner: User, django_assert_num_queries) -> None:
    entry = make_entry(jam=make_jam(hosts=(owner,)))
    for _each in range(number):
        make_performance(entry=entry)
    client = browser_of(owner)
    ContentType.objects.get_for_model(Entry)  # Django keeps it for the life of the process
    with django_assert_num_queries(12):
        client.get(address("entry", "change", entry.pk))


@pytest.mark.parametrize("venue", ["", "999999", "x", "\x00"])
def test_jam_form_without_a_known_venue_is_shown_again(venue: str, owner: User) -> None:
    """It ended in an error: the words of the search come from the venue, too."""
    assert browser_of(owner).post(address("jam", "add"), {"name": "Jam", "venue": venue}).status_code == 200


@pytest.mark.parametrize("page", ["/admin/jams/jam/add/", "/admin/accounts/apitoken/add/"])
@pytest.mark.parametrize("value", ["x", "2026-01-01 20:00"])
def test_form_for_a_new_row_takes_no_times_from_the_url(page: str, value: str) -> None:
    """Django's widget for times ends in an error for any text."""
    query = {"starts_at": value, "ends_at": value, "expires_at": value}
    administrator = make_user(is_staff=True, is_superuser=True)
    assert browser_of(administrator).get(page, query).status_code == 200
