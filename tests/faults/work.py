"""Jobs that can be watched while they run; they say what they did in the tables of `Records`."""

from threading import Event

from django.db import connection
from django.tasks import task


@task
def play(mark: str) -> None:
    """Play until the test says that it may end, then leave `mark` in the ledger: twice is the same as once."""
    with connection.cursor() as cursor:
        cursor.execute("INSERT INTO begun VALUES (%s)", [mark])
    while not _may_end(mark):
        Event().wait(0.02)
    with connection.cursor() as cursor:
        cursor.execute("INSERT INTO ledger VALUES (%s) ON CONFLICT DO NOTHING", [mark])


def _may_end(mark: str) -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT EXISTS (SELECT FROM may_end WHERE mark = %s)", [mark])
        return bool(cursor.fetchone()[0])
