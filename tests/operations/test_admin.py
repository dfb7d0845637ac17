from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from operations import error_log_handler
from operations.models import Backup, ErrorReport
from tests.builders import make_user
from tests.hosts import browser_of, make_host

pytestmark = pytest.mark.django_db
LIST = reverse("admin:operations_errorreport_changelist")


@pytest.fixture
def administrator():
    return browser_of(make_user(is_staff=True, is_superuser=True))


def make_errors(count):
    for number in range(count):
        at = timezone.now() + timedelta(seconds=number)
        error_log_handler.store_error(
            error_log_handler.LoggedError(f"Error{number}", "x.py:1", "<b>loud</b>", "", "abc", at)
        )


def test_error_list_is_only_for_administrators(administrator):
    assert [browser_of(user).get(LIST).status_code for user in (make_host(), None)] == [403, 302]
    assert administrator.get(LIST).status_code == 200


@pytest.mark.parametrize("rows", [1, 30])
def test_error_list_takes_four_queries_for_any_number_of_errors(administrator, rows, django_assert_num_queries):
    make_errors(rows)
    with django_assert_num_queries(4):
        page = administrator.get(LIST).content.decode()
    assert (page.count(">&lt;b&gt;loud"), "<b>loud" in page) == (rows, False)


def test_backup_list_is_only_for_administrators(administrator):
    Backup.objects.create(at=timezone.now(), file="/srv/x.backup", error="No space left on device")
    backups = reverse("admin:operations_backup_changelist")
    assert [browser_of(user).get(backups).status_code for user in (make_host(), None)] == [403, 302]
    assert "No space left on device" in administrator.get(backups).content.decode()


def test_error_can_be_deleted_by_an_administrator(administrator):
    make_errors(1)
    error = ErrorReport.objects.get()
    administrator.post(reverse("admin:operations_errorreport_delete", args=[error.pk]), {"post": "yes"})
    assert ErrorReport.objects.count() == 0
