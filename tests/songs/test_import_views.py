import pytest
from django.contrib.auth.models import Permission
from django.core.files.uploadedfile import SimpleUploadedFile
from django.tasks import TaskResultStatus
from django.urls import reverse
from django.utils import timezone

from jobs.models import Job
from jobs.queue import MAX_ATTEMPTS, claim_next_job
from jobs.worker import run_job
from songs.models import ImportState, Song, SongImport
from songs.selectors.imports import get_import_progress
from songs.services.imports.uploads import submit_import
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
    job = claim_next_job("worker", now=timezone.now())
    assert job is not None
    run_job(job)


def test_import_pages_lead_from_upload_to_import(host):
    browser = browser_of(host)
    address = send(browser)["Location"]
    assert "The file is being checked." in browser.get(address).text
    work()
    page = browser.get(address).text
    assert ("New songs: 2" in " ".join(page.split()), Song.objects.count()) == (True, 0)
    response = browser.post(f"{address}confirm/")
    assert (response.status_code, response["Location"]) == (303, address)
    work()
    page = browser.get(address).text
    assert ("The file was imported." in page, Song.objects.count()) == (True, 2)
    assert '<a href="/host/">Put the songs on a night</a>' in page


def test_show_import_lists_errors_and_offers_no_import(host):
    browser = browser_of(host)
    address = send(browser, FILE + b";<b>Nobody</b>;5\n")["Location"]
    work()
    page = browser.get(address).text
    assert ('<th scope="row">4</th><td>artist: This field cannot be blank.' in page, "confirm" in page) == (
        True,
        False,
    )
    assert browser.post(f"{address}confirm/").status_code == 409


def test_show_import_sends_htmx_the_progress_bar_until_it_ends(host):
    browser = browser_of(host)
    address = send(browser)["Location"]
    waiting = browser.get(address, headers=HTMX)
    assert ("<progress" in waiting.text, "<html" in waiting.text) == (True, False)
    work()
    assert browser.get(address, headers=HTMX)["HX-Refresh"] == "true"


def test_show_import_gives_the_progress_in_percent(host):
    sent = SongImport.objects.create(user=host, name="x", content=b"", state=ImportState.IMPORTING, done=30, total=120)
    assert 'value="25"' in browser_of(host).get(sent.get_absolute_url(), headers=HTMX).text


def test_show_import_says_when_the_job_has_failed(host):
    browser = browser_of(host)
    address = send(browser)["Location"]
    SongImport.objects.update(content=b"torn")
    for _attempt in range(MAX_ATTEMPTS):
        Job.objects.update(run_after=timezone.now())
        work()
    assert "This didn't work" in browser.get(address).text
    assert browser.get(address, headers=HTMX)["HX-Refresh"] == "true"


def test_import_progress_is_that_of_its_own_job(host):
    failed, waiting = (
        submit_import(user=host, name="songs.csv", content=FILE, now=timezone.now()) for _upload in range(2)
    )
    Job.objects.filter(pk=str(failed.job)).update(status=TaskResultStatus.FAILED)
    progress = [get_import_progress(host, upload.pk) for upload in (failed, waiting)]
    assert [(found.has_failed, found.is_waiting) for found in progress] == [(True, False), (False, True)]


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"name\nx\n", "The file needs the columns title and artist."),
        (b"\xff\xfetitle,artists", "in this encoding."),
        (b"", "The submitted file is empty."),
        (b"x" * 5_000_001, "The file is larger than 5 MB."),
        (b"title,artist\n" + b"a,b\n" * 50_000, "Files can have up to 50,000 lines"),
    ],
    ids=["other columns", "not UTF-16", "empty", "too large", "too many lines"],
)
def test_upload_file_shows_a_form_error(host, content, sentence):
    response = send(browser_of(host), content)
    assert (response.status_code, sentence in response.text, SongImport.objects.count()) == (200, True, 0)


def test_upload_file_lists_recent_uploads(host):
    browser = browser_of(host)
    address = send(browser, name="\u202efriday <b>.csv")["Location"]
    assert f'<a href="{address}"><bdi>friday &lt;b&gt;.csv</bdi></a>' in browser.get(START).text


@pytest.mark.parametrize("rights", [[], ["add_song"], ["change_song"]])
def test_upload_file_needs_both_permissions(rights):
    user = make_user(is_staff=True)
    user.user_permissions.set(Permission.objects.filter(codename__in=rights))
    assert (browser_of(user).get(START).status_code, send(browser_of(user)).status_code) == (403, 403)
    assert SongImport.objects.count() == 0


def test_upload_file_asks_strangers_to_log_in():
    assert [browser_of(None).get(START).status_code, send(browser_of(None)).status_code] == [302, 302]


def test_show_import_is_for_the_uploader_and_administrators(host):
    address = send(browser_of(host))["Location"]
    other, administrator = browser_of(make_host()), browser_of(make_user(is_staff=True, is_superuser=True))
    assert [other.get(address).status_code, other.post(f"{address}confirm/").status_code] == [404, 404]
    assert (other.get(START).context["recent"].count(), administrator.get(address).status_code) == (0, 200)


def test_song_list_in_the_admin_links_to_the_import_with_permission(host):
    reader = make_user(is_staff=True)
    reader.user_permissions.set(Permission.objects.filter(codename="view_song"))
    pages = [browser_of(user).get(reverse("admin:songs_song_changelist")).text for user in (host, reader)]
    assert [START in page for page in pages] == [True, False]


@pytest.mark.parametrize("number", [1, 30])
def test_upload_file_takes_six_queries_for_any_number_of_uploads(host, number, django_assert_num_queries):
    for _ in range(number):
        SongImport.objects.create(user=host, name="x", content=b"")
    browser = browser_of(host)
    with django_assert_num_queries(6):
        browser.get(START)


def test_import_page_takes_pasted_text(host):
    response = browser_of(host).post(START, {"text": "title\tartist\nKiss\tPrince\n"})
    work()
    assert (response.status_code, SongImport.objects.get().found["added"]) == (303, 1)


def test_import_page_asks_for_a_file_or_text(host):
    response = browser_of(host).post(START, {"text": " "})
    assert (response.status_code, "Choose a file, or paste its text." in response.text) == (200, True)


def test_preview_reads_the_file_again_in_a_chosen_encoding(host):
    browser = browser_of(host)
    address = send(browser, "title,artist\n\u0141\u0105ka,X\n".encode("cp1250"))["Location"]
    work()
    assert "\u0141\u0105ka" not in browser.get(address).text
    assert browser.post(f"{address}reading/", {"encoding": "nonsense"}).status_code == 400
    assert browser.post(f"{address}reading/", {"encoding": "cp1250"}).status_code == 303
    work()
    assert "\u0141\u0105ka" in browser.get(address).text


def test_every_refused_line_can_be_downloaded(host):
    browser = browser_of(host)
    address = send(browser, b"title,artist\n" + b",Nobody\n" * 150)["Location"]
    work()
    lines = browser.get(f"{address}refused.csv").text.splitlines()
    assert (len(lines), lines[-1][:11]) == (151, "151,title: ")


def test_file_whose_first_line_cannot_be_read_is_refused(host):
    response = send(browser_of(host), b'"Title" x,Artist\nKiss,Prince\n')
    assert (response.status_code, "columns title and artist" in response.text) == (200, True)


UNNAMED = "Nummer;Was;Wer;Wie schnell\n1;Kiss;Prince;111\n2;Valerie;The Zutons;\n"


def test_columns_without_known_names_are_assigned_by_hand(host):
    browser = browser_of(host)
    address = send(browser, UNNAMED.encode())["Location"]
    page = browser.get(address).text
    assert ("Which column is the title" in page, "Kiss \u00b7 Valerie" in page, Job.objects.count()) == (True, True, 0)
    assert browser.post(f"{address}confirm/").status_code == 409
    sent = {"encoding": "utf-8", "has_names": "on", "field": ["", "title", "artist", ""]}
    assert browser.post(f"{address}reading/", sent).status_code == 303
    work()
    assert SongImport.objects.get().found["added_rows"] == [
        [2, "Kiss \u2013 Prince", ""],
        [3, "Valerie \u2013 The Zutons", ""],
    ]
    assert browser.post(f"{address}reading/", {**sent, "field": ["", "title", "artist", "tempo"]}).status_code == 303
    work()
    assert '<option value="tempo" selected>' in browser.get(address).text
    assert browser.post(f"{address}reading/", {"encoding": "cp1252"}).status_code == 303  # the choice stays
    work()
    browser.post(f"{address}confirm/")
    work()
    assert set(Song.objects.values_list("title", "artist", "tempo")) == {
        ("Kiss", "Prince", 111),
        ("Valerie", "The Zutons", None),
    }


def test_file_without_a_line_of_names_is_read_from_its_first_line(host):
    browser = browser_of(host)
    address = send(browser, b"sep=|\nKiss|Prince\nValerie|The Zutons\n")["Location"]
    browser.post(f"{address}reading/", {"encoding": "utf-8", "field": ["title", "artist"]})
    work()
    assert SongImport.objects.get().found["added"] == 2
    assert 'name="has_names">' in browser.get(address).text


@pytest.mark.parametrize(
    ("fields", "status"),
    [
        (["title", "title", "artist", ""], 400),
        (["title", "artist", "times_played", ""], 400),
        (["title", "artist", "x" * 5_000, ""], 400),
        (["title", "", "", ""], 303),
        (["title", "artist"], 303),
        (["title", "artist", "", "", "", "", "tempo"], 303),
    ],
)
def test_odd_choices_of_columns_are_refused_or_asked_again(host, fields, status):
    browser = browser_of(host)
    address = send(browser, UNNAMED.encode())["Location"]
    assert browser.post(f"{address}reading/", {"encoding": "utf-8", "field": fields}).status_code == status
    assert (SongImport.objects.get().state == ImportState.ASKING) == ("artist" not in fields or status == 400)


def test_known_names_can_be_assigned_otherwise_and_wide_files_are_read(host):
    browser = browser_of(host)
    names = ["Title", "Artist", *(f"c{number}" for number in range(150))]
    line = ["Prince", "Kiss", *("x" for _ in range(150))]
    address = send(browser, f"{','.join(names)}\n{','.join(line)}\n".encode())["Location"]
    work()
    sent = {"encoding": "utf-8", "has_names": "on", "field": ["artist", "title"]}
    browser.post(f"{address}reading/", sent)
    work()
    assert SongImport.objects.get().found["added_rows"] == [[2, "Kiss \u2013 Prince", ""]]


def test_choice_stays_in_another_encoding_which_adds_the_names_it_makes_known(host):
    browser = browser_of(host)
    address = send(browser, "Nr;Wer;K\u00fcnstler;Tonalit\u00e9\n1;Kiss;Prince;Am\n".encode("mac_roman"))["Location"]
    fields = ["", "title", "", ""]
    browser.post(f"{address}reading/", {"encoding": "cp1251", "has_names": "on", "field": fields})
    assert SongImport.objects.get().state == ImportState.ASKING
    browser.post(f"{address}reading/", {"encoding": "mac_roman", "has_names": "on", "field": fields})
    assert [column["field"] for column in SongImport.objects.get().columns] == ["", "title", "artist", "key"]
