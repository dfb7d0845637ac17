"""What is done for jams in the background."""

from datetime import timedelta
from typing import Any

from django.tasks import TaskContext, task
from django.utils import timezone

from core.safe_http import UnreachableError
from jams.services import auto_close, chord_link_checks, privacy
from jobs.periodic import every
from jobs.queue import MAX_ATTEMPTS, RetryLaterError, list_pending_arguments


@every(timedelta(minutes=10))
@task
def close_jams_left_open() -> int:
    """End the jams that nobody ended; return how many."""
    return auto_close.end_jams_left_open(now=timezone.now())


@every(timedelta(minutes=1))
@task
def find_new_chord_links() -> int:
    """Have every link that nobody looked at yet checked, unless that was asked for already; return how many."""
    asked = list_pending_arguments(check_chord_link)
    new = [link for link in chord_link_checks.find_unchecked_links() if list(link) not in asked]
    for link in new:
        check_chord_link.enqueue(*link)
    return len(new)


@task(priority=-5, takes_context=True)
def check_chord_link(context: "TaskContext[..., Any]", kind: str, pk: int) -> str | None:
    """Note whether the chord sheet of a song or an entry is there."""
    try:
        return chord_link_checks.check_link(kind, pk, last_try=context.attempt >= MAX_ATTEMPTS)
    except UnreachableError as error:
        raise RetryLaterError(str(error)) from error


@every(timedelta(days=1))
@task(priority=-10)
def find_old_chord_links() -> int:
    """Have the links of the library whose turn it is looked at again, unless they wait for it; return how many."""
    asked = list_pending_arguments(check_chord_link_again)
    due = [pk for pk in chord_link_checks.find_links_due(timezone.now().date()) if [pk] not in asked]
    for pk in due:
        check_chord_link_again.enqueue(pk)
    return len(due)


@task(priority=-10, takes_context=True)
def check_chord_link_again(context: "TaskContext[..., Any]", pk: int) -> str | None:
    """Note whether the chord sheet of a song is still there, or there again."""
    try:
        return chord_link_checks.check_link("song", pk, last_try=context.attempt >= MAX_ATTEMPTS, again=True)
    except UnreachableError as error:
        raise RetryLaterError(str(error)) from error


@every(timedelta(days=1))
@task
def forget_old_jams() -> int:
    """Forget who was at jams of long ago; return at how many."""
    return privacy.forget_old_jams(now=timezone.now())
