"""Announcements: one sentence from a host, on all open phones and the stage screen until it is withdrawn."""

from datetime import datetime

from django.contrib.auth.models import User
from django.db import transaction
from django.utils.translation import gettext as _

from core.exceptions import Invalid
from core.text import clean_text
from jams.models import ANNOUNCEMENT_LENGTH, Event, Jam
from jams.services.entry_transitions import lock_jam, lock_open_jam
from jams.services.event_log import Verb, record_event


@transaction.atomic
def announce(*, jam: Jam, announcement: str, user: User, now: datetime) -> Event | None:
    """Show `announcement` to everybody in place of the one before; return the event, or None if it is the same.

    Raises Invalid for an empty or overlong one, and Conflict when the jam is over.
    """
    words = clean_text(announcement)
    if not words:
        raise Invalid(_("Enter an announcement."))
    if len(words) > ANNOUNCEMENT_LENGTH:
        raise Invalid(_("Use at most %(most)d characters.") % {"most": ANNOUNCEMENT_LENGTH})
    return _replace(lock_open_jam(jam), words, Verb.ANNOUNCE, user, now)


@transaction.atomic
def withdraw_announcement(*, jam: Jam, user: User, now: datetime) -> Event | None:
    """Take the announcement away everywhere; return the event, or None if there is none."""
    return _replace(lock_jam(jam), "", Verb.WITHDRAW_ANNOUNCEMENT, user, now)


def _replace(jam: Jam, words: str, verb: Verb, user: User, now: datetime) -> Event | None:
    before, jam.announcement = jam.announcement, words
    if before == words:
        return None
    jam.save(update_fields=["announcement"])
    return record_event(
        jam=jam, verb=verb, now=now, user=user, to=words or before, settings={"announcement": [before, words]}
    )
