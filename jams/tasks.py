"""Background tasks for jams."""

from datetime import timedelta
from typing import Any

from django.tasks import TaskContext, task
from django.utils import timezone

from core.safe_http import UnreachableError
from jams.selectors import calls
from jams.services import auto_close, cards, chord_link_checks, privacy, push, series
from jobs.periodic import every
from jobs.queue import MAX_ATTEMPTS, RetryLaterError, list_pending_arguments


@every(timedelta(minutes=10))
@task
def close_jams_left_open() -> int:
    """End the jams that their hosts left open; return how many."""
    return auto_close.end_jams_left_open(now=timezone.now())


@every(timedelta(minutes=1))
@task
def find_new_chord_links() -> int:
    """Enqueue a check for every unchecked link that has none pending; return how many."""
    pending = list_pending_arguments(check_chord_link)
    new = [link for link in chord_link_checks.find_unchecked_links() if list(link) not in pending]
    for link in new:
        check_chord_link.enqueue(*link)
    return len(new)


@task(priority=-5, takes_context=True)
def check_chord_link(context: "TaskContext[..., Any]", kind: str, pk: int) -> str | None:
    """Check the chord sheet link of a song or an entry, and save the result."""
    try:
        return chord_link_checks.check_link(kind, pk, last_try=context.attempt >= MAX_ATTEMPTS)
    except UnreachableError as error:
        raise RetryLaterError(str(error)) from error


@every(timedelta(days=1))
@task(priority=-10)
def find_old_chord_links() -> int:
    """Enqueue another check for the library links that are due and have none pending; return how many."""
    pending = list_pending_arguments(check_chord_link_again)
    due = [pk for pk in chord_link_checks.find_links_due(timezone.now().date()) if [pk] not in pending]
    for pk in due:
        check_chord_link_again.enqueue(pk)
    return len(due)


@task(priority=-10, takes_context=True)
def check_chord_link_again(context: "TaskContext[..., Any]", pk: int) -> str | None:
    """Check the chord sheet link of a song again, and save the result."""
    try:
        return chord_link_checks.check_link("song", pk, last_try=context.attempt >= MAX_ATTEMPTS, again=True)
    except UnreachableError as error:
        raise RetryLaterError(str(error)) from error


@task(priority=10)
def push_call(seat: int) -> str | None:
    """Call somebody in a band on a locked phone, unless they know already; return what became of it."""
    return _send_call(calls.read_call(seat, now=timezone.now()))


@task(priority=10)
def push_song_call(performance: int) -> str | None:
    """Call somebody whose song is on deck on a locked phone; return what became of it."""
    return _send_call(calls.read_song_call(performance))


@task(priority=10)
def push_question(question: int) -> int:
    """Enqueue a job for each locked phone on which a question is to be asked; return how many."""
    recipients = calls.list_asked_phones(question)
    for recipient in recipients:
        push_question_to.enqueue(recipient)
    return len(recipients)


@task(priority=5)  # after calls to who plays next, and after mails that somebody waits for
def push_question_to(recipient: int) -> str | None:
    """Ask somebody on a locked phone whether they can play, while nobody has said yes; return what became of it."""
    return _send_call(calls.read_question(recipient, now=timezone.now()))


def _send_call(call: calls.Call | None) -> str | None:
    if call is None:
        return None
    try:
        return push.send_call(call.subscription, call.message).name.lower()
    except UnreachableError as error:
        raise RetryLaterError(str(error)) from error


@every(timedelta(days=1))
@task
def forget_old_jams() -> int:
    """Anonymise the people at jams past the retention period; return the number of jams."""
    return privacy.forget_old_jams(now=timezone.now())


@every(timedelta(days=1))
@task
def forget_old_cards() -> int:
    """Delete the cards of musicians who have not come for a long time; return how many."""
    return cards.forget_old_cards(now=timezone.now())


@every(timedelta(hours=1))
@task
def make_nights_of_series() -> int:
    """Make the nights of all series that have come within reach; return how many."""
    return series.make_all_nights(now=timezone.now())
