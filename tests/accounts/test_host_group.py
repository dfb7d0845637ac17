import pytest
from django.contrib.auth.models import Group

pytestmark = pytest.mark.django_db


def test_the_first_migration_makes_the_hosts_group() -> None:
    names = set(Group.objects.get(name="Hosts").permissions.values_list("codename", flat=True))
    assert {"change_jam", "add_song", "view_vote"} <= names
    assert not {"delete_vote", "change_event", "add_user", "change_user"} & names
