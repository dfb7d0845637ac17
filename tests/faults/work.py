"""Jobs that can be watched while they run; they say what they did in the tables of `Records`."""

import time

from django.db import connection
from django.tasks import task


@task
def play(mark: str, seconds: float) -> None:
    """Take a while, then leave `mark` in the ledger: twice is the same as once."""
    with connection.cursor() as cursor:
        cursor.execute("INSERT INTO begun VALUES (%s)", [mark])
    time.sleep(seconds)
    with connection.cursor() as cursor:
        cursor.execute("INSERT INTO ledger VALUES (%s) ON CONFLICT DO NOTHING", [mark])
