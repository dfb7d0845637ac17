"""Plan jams: name, times, venue and description."""

from typing import Any

from django.contrib.auth.models import User
from django.db import transaction

from core.validation import validate_and_save
from jams.models import Jam


@transaction.atomic
def plan_jam(*, user: User, **values: Any) -> Jam:
    """Create and return a jam with `user` as its host. Raises ValidationError, also for a slug that is taken."""
    jam = Jam()
    validate_and_save(jam, values)
    jam.hosts.add(user)
    return jam


def change_plan(*, jam: Jam, **values: Any) -> None:
    """Change these fields of `jam`; the slug is not one of them, because links contain it. Raises ValidationError."""
    validate_and_save(jam, values)
