import pytest
from django.contrib.auth.models import Permission
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone

from jobs.models import Job
from jobs.queue import MAX_ATTEMPTS, claim_next_job
from jobs.worker import run_job
from songs.models import ImportState, Song, SongImport
from tests.builders import make_user
from tests.hosts import browser_of, make_host

pytestmark = pytest.mark.django_db
START = "/admin/songs/song/import/"
FILE = b"\xef\xbb\xbfArtist;Title;Tempo\nPrince;Kiss;111\nThe Zutons;Valerie;\n"
HTMX = {"HX-Request": "true"}


@pytest.fixture
def host():
    return make_host()


def send(browser, content=FILE, name="songs.csv"):
    return browser.post(START, {"file": SimpleUploadedFile(name, content)})


def work():
    run_job(claim_next_job("worker", now=timezone.now()))


def test_a_host_looks_at_a_file_and_imports_it(host):
    browser = browser_of(host)
    address = send(browser)["Location"]
    assert "The file is being checked." in browser.get(address).text
    work()
    page = browser.get(address).text
    assert ("New songs: 2" in " ".join(page.split()), Song.objects.count()) == (True, 0)
    response = browser.post(f"{address}carry-out/")
    assert (response.status_code, response["Location"]) == (303, address)
    work()
    assert ("The file was imported." in browser.get(address).text, Song.objects.count()) == (True, 2)


def test_faults_are_shown_with_their_lines_and_nothing_can_be_imported(host):
    browser = browser_of(host)
    address = send(browser, FILE + b";<b>Nobody</b>;5\n")["Location"]
    work()
    page = browser.get(address).text
    assert ('<th scope="row">4</th><td>artist: This field cannot be blank.' in page, "carry-out" in page) == (
        True,
        False,
    )
    assert browser.post(f"{address}carry-out/").status_code == 409


def test_the_bar_is_asked_for_alone_until_there_is_something_to_see(host):
    browser = browser_of(host)
    address = send(browser)["Location"]
    waiting = browser.get(address, headers=HTMX)
    assert ("<progress" in waiting.text, "<html" in waiting.text) == (True, False)
    work()
    assert browser.get(address, headers=HTMX)["HX-Refresh"] == "true"


def test_the_bar_tells_how_far_it_is(host):
    sent = SongImport.objects.create(user=host, name="x", content=b"", state=ImportState.IMPORTING, done=30, total=120)
    assert 'value="25"' in browser_of(host).get(sent.get_absolute_url(), headers=HTMX).text


def test_an_import_that_was_given_up_says_so(host):
    browser = browser_of(host)
    address = send(browser)["Location"]
    SongImport.objects.update(content=b"torn")
    for _attempt in range(MAX_ATTEMPTS):
        Job.objects.update(run_after=timezone.now())
        work()
    assert "This didn't work" in browser.get(address).text
    assert browser.get(address, headers=HTMX)["HX-Refresh"] == "true"


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"name\nx\n", "The file needs the columns title and artist."),
        (b"title,artist\n\xff,x\n", "in UTF-8. Save it as"),
        (b"", "The submitted file is empty."),
        (b"x" * 5_000_001, "The file is larger than 5 MB."),
        (b"title,artist\n" + b"a,b\n" * 50_000, "Files can have up to 50,000 lines"),
    ],
    ids=["other columns", "not UTF-8", "empty", "too large", "too many lines"],
)
def test_what_is_no_list_of_songs_is_a_form_error(host, content, sentence):
    response = send(browser_of(host), content)
    assert (response.status_code, sentence in response.text, SongImport.objects.count()) == (200, True, 0)


def test_what_was_sent_is_found_again(host):
    browser = browser_of(host)
    address = send(browser, name="\u202efriday <b>.csv")["Location"]
    assert f'<a href="{address}"><bdi>friday &lt;b&gt;.csv</bdi></a>' in browser.get(START).text


@pytest.mark.parametrize("rights", [[], ["add_song"], ["change_song"]])
def test_who_may_not_add_and_change_songs_imports_none(rights):
    user = make_user(is_staff=True)
    user.user_permissions.set(Permission.objects.filter(codename__in=rights))
    assert (browser_of(user).get(START).status_code, send(browser_of(user)).status_code) == (403, 403)
    assert SongImport.objects.count() == 0


def test_a_stranger_is_asked_to_log_in():
    assert [browser_of(None).get(START).status_code, send(browser_of(None)).status_code] == [302, 302]


def test_another_host_does_not_see_a_file_and_an_administrator_does(host):
    address = send(browser_of(host))["Location"]
    other, administrator = browser_of(make_host()), browser_of(make_user(is_staff=True, is_superuser=True))
    assert [other.get(address).status_code, other.post(f"{address}carry-out/").status_code] == [404, 404]
    assert (other.get(START).context["recent"].count(), administrator.get(address).status_code) == (0, 200)


def test_the_list_of_songs_leads_to_it_for_those_who_may(host):
    reader = make_user(is_staff=True)
    reader.user_permissions.set(Permission.objects.filter(codename="view_song"))
    pages = [browser_of(user).get(reverse("admin:songs_song_changelist")).text for user in (host, reader)]
    assert [START in page for page in pages] == [True, False]


@pytest.mark.parametrize("number", [1, 30])
def test_the_form_costs_the_same_however_many_files_were_sent(host, number, django_assert_num_queries):
    for _ in range(number):
        SongImport.objects.create(user=host, name="x", content=b"")
    browser = browser_of(host)
    with django_assert_num_queries(5):
        browser.get(START)
