import pytest
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from jams.models import Jam
from tests.builders import make_jam

BEFORE, AFTER = [("jams", "0003_musicians")], [("jams", "0004_codes_and_undo")]


@pytest.mark.django_db(transaction=True)
def test_jams_that_were_there_before_get_short_codes_of_their_own() -> None:
    for _ in range(3):
        make_jam()
    latest = MigrationExecutor(connection).loader.graph.leaf_nodes()
    MigrationExecutor(connection).migrate(BEFORE)
    MigrationExecutor(connection).migrate(AFTER)
    MigrationExecutor(connection).migrate(latest)
    assert len(set(Jam.objects.values_list("code", flat=True))) == 3
