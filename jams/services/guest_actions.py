"""Guest actions: find or create the attendee for a browser, and act, in one transaction.

If the action is refused, no attendee is created.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from core.exceptions import Forbidden
from core.web_push import PushTarget
from jams.models import Attendee, Entry, Jam
from jams.services import (
    acts,
    bands,
    cards,
    device_transfer,
    membership,
    push,
    questions,
    receipts,
    room_code,
    sign_ups,
    waiting_list,
)
from jams.services.attendance import find_attendee, get_or_create_attendee


@transaction.atomic
def join_jam(*, jam: Jam, browser: str, name: str, plays: Iterable[str] = (), now: datetime) -> Attendee:
    """Make `browser` the musician `name` at `jam`, or rename that musician, and return them.

    Raises what `jams.services.membership.join_as_musician` raises.
    """
    attendee = get_or_create_attendee(jam=jam, browser=browser, now=now)
    membership.join_as_musician(jam=jam, attendee=attendee, name=name, plays=plays, now=now)
    cards.meet_again(jam=jam, attendee=attendee, browser=browser)
    return attendee


@transaction.atomic
def remember_me(*, jam: Jam, browser: str) -> bool:
    """Let the series of `jam` remember `browser`, a musician; see `jams.services.cards.remember`."""
    return cards.remember(jam=jam, attendee=require_musician(jam, browser), browser=browser)


@transaction.atomic
def leave_jam(*, jam: Jam, browser: str, now: datetime) -> bool:
    """Make `browser` a listener again; return whether that changed anything.

    Raises what `jams.services.membership.leave_musicians` raises.
    """
    attendee = find_attendee(jam=jam, browser=browser)
    return attendee is not None and membership.leave_musicians(jam=jam, attendee=attendee, now=now)


@transaction.atomic
def sign_up_for_part(*, entry: Entry, browser: str, part: str, other_part: str = "", now: datetime) -> bool:
    """Sign `browser`, a musician, up for `part` in `entry`; return whether that changed anything.

    `entry.jam` must be loaded. Raises what `jams.services.sign_ups.sign_up` raises.
    """
    musician = require_musician(entry.jam, browser)
    return sign_ups.sign_up(entry=entry, attendee=musician, part=part, other_part=other_part, now=now)


@transaction.atomic
def drop_out_of_part(*, entry: Entry, browser: str, part: str, now: datetime) -> bool:
    """Take `browser`, a musician, out of `part` in `entry`; return whether that changed anything.

    `entry.jam` must be loaded. Raises what `jams.services.sign_ups.withdraw` raises, and Forbidden for a listener.
    """
    return sign_ups.withdraw(entry=entry, attendee=require_musician(entry.jam, browser), part=part, now=now)


@transaction.atomic
def change_my_waiting(*, jam: Jam, browser: str, now: datetime, **changes: Any) -> bool:
    """Say how `browser`, a musician, waits; see `jams.services.waiting_list.change_my_waiting`."""
    return waiting_list.change_my_waiting(jam=jam, attendee=require_musician(jam, browser), now=now, **changes)


@transaction.atomic
def sign_up_act(*, jam: Jam, browser: str, instrument: str, now: datetime, **about: Any) -> bool:
    """Put `browser`, a musician, into the running order of an open mic; return whether that changed anything.

    Raises what `jams.services.acts.sign_up_act` raises.
    """
    musician = require_musician(jam, browser)
    return acts.sign_up_act(jam=jam, attendee=musician, instrument=instrument, now=now, **about)


@transaction.atomic
def join_act(*, jam: Jam, browser: str, code: str, instrument: str, now: datetime) -> bool:
    """Let `browser`, a musician, join an act; see `jams.services.acts.join_act`."""
    return acts.join_act(jam=jam, attendee=require_musician(jam, browser), code=code, instrument=instrument, now=now)


def find_act_code(*, jam: Jam, browser: str) -> str:
    """Return the code of the act that `browser` is in, or ""; see `jams.services.acts.find_act_code`."""
    return acts.find_act_code(jam=jam, attendee=require_musician(jam, browser))


@transaction.atomic
def renew_act_code(*, jam: Jam, browser: str, now: datetime) -> str:
    """Give the act of `browser`, a musician, a new code; see `jams.services.acts.renew_act_code`."""
    return acts.renew_act_code(jam=jam, attendee=require_musician(jam, browser), now=now)


@transaction.atomic
def note_call_seen(*, jam: Jam, browser: str, now: datetime, **what: Any) -> bool:
    """Note that `browser`, a musician, has seen that they are called; see `jams.services.receipts.note_call_seen`."""
    return receipts.note_call_seen(jam=jam, attendee=require_musician(jam, browser), now=now, **what)


@transaction.atomic
def note_question_seen(*, jam: Jam, browser: str, question: int, now: datetime) -> bool:
    """Note that `browser`, a musician, has read a question; see `jams.services.receipts.note_question_seen`."""
    musician = require_musician(jam, browser)
    return receipts.note_question_seen(jam=jam, attendee=musician, question=question, now=now)


@transaction.atomic
def answer_question(*, jam: Jam, browser: str, question: int, says_yes: bool, now: datetime) -> bool:
    """Answer for `browser`, a musician, whether they take a place; see `jams.services.questions.answer_question`."""
    musician = require_musician(jam, browser)
    return questions.answer_question(jam=jam, attendee=musician, question=question, says_yes=says_yes, now=now)


@transaction.atomic
def subscribe(*, jam: Jam, browser: str, target: PushTarget, language: str, now: datetime) -> bool:
    """Call `browser`, a musician, when it is locked; see `jams.services.push.subscribe`."""
    return push.subscribe(jam=jam, attendee=require_musician(jam, browser), target=target, language=language, now=now)


@transaction.atomic
def unsubscribe(*, jam: Jam, browser: str) -> bool:
    """Stop calling `browser`, a musician, when it is locked; return whether that changed anything."""
    return push.unsubscribe(attendee=require_musician(jam, browser))


@transaction.atomic
def leave_band(*, jam: Jam, browser: str, now: datetime) -> bool:
    """Take `browser`, a musician, out of their next band or act; see `jams.services.bands.leave_band`."""
    return bands.leave_band(jam=jam, attendee=require_musician(jam, browser), now=now)


@transaction.atomic
def drop_out_of_kinds(*, entry: Entry, browser: str, part: str, now: datetime) -> bool:
    """Take `browser` out of all that counts as `part`, one of `songs.instruments.GENERAL`; otherwise the same."""
    musician = require_musician(entry.jam, browser)
    return sign_ups.withdraw_kinds(entry=entry, attendee=musician, part=part, now=now)


@transaction.atomic
def enter_room_code(*, jam: Jam, browser: str, code: str, now: datetime) -> bool:
    """Check the room code, so that `browser` can vote; return whether that changed anything.

    Raises Forbidden for a wrong code.
    """
    attendee = get_or_create_attendee(jam=jam, browser=browser, now=now)
    return room_code.enter_room(jam=jam, attendee=attendee, code=code, now=now)


@transaction.atomic
def request_move_code(*, jam: Jam, browser: str, now: datetime) -> str:
    """Return a code that moves this musician to another phone. Raises Forbidden for a listener."""
    return device_transfer.create_move_code(attendee=require_musician(jam, browser), now=now)


def require_musician(jam: Jam, browser: str) -> Attendee:
    """Return the musician that `browser` is at `jam`; raises Forbidden for a listener."""
    attendee = find_attendee(jam=jam, browser=browser)
    if attendee is None or not attendee.is_musician:
        raise Forbidden(_("Join in with your name first."))
    return attendee
