"""Planning jams: what a host says before the night."""

from typing import Any

from django.contrib.auth.models import User
from django.db import transaction

from core.validation import validate_and_save
from jams.models import Jam


@transaction.atomic
def plan_jam(*, user: User, **values: Any) -> Jam:
    """Return the new jam, which `user` hosts. Raises ValidationError, also for a slug that is taken."""
    jam = Jam()
    validate_and_save(jam, values)
    jam.hosts.add(user)
    return jam


def change_plan(*, jam: Jam, **values: Any) -> None:
    """Give `jam` these values; its slug stays, for it is in links. Raises ValidationError."""
    validate_and_save(jam, values)
