"""Audit log of a jam: one `Event` for each action, written in the same transaction as the action."""

from datetime import datetime
from typing import Any

from django.contrib.auth.models import User
from django.db import models
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext, pgettext_lazy

from jams.models import Attendee, Entry, Event, Format, Jam, SignUps, Suggestions, Voting
from songs.parts import describe_part
from songs.shipped_instruments import InstrumentSet

UNKNOWN_VERB = "%(who)s: %(verb)s"


class Verb(models.TextChoices):
    """The actions. Each label is a sentence with placeholders for the actor, the song, the musician and the details."""

    OPEN_JAM = "open_jam", gettext_lazy("%(who)s opened the jam")
    PAUSE_JAM = "pause_jam", gettext_lazy("%(who)s started a break")
    RESUME_JAM = "resume_jam", gettext_lazy("%(who)s ended the break")
    ANNOUNCE_LAST_CALL = "announce_last_call", gettext_lazy("Last call: sign-ups and suggestions are closed")
    END_JAM = "end_jam", gettext_lazy("%(who)s ended the jam")
    CANCEL_JAM = "cancel_jam", gettext_lazy("%(who)s cancelled the night")
    REINSTATE_JAM = "reinstate_jam", gettext_lazy("%(who)s planned the night again")
    REOPEN_JAM = "reopen_jam", gettext_lazy("%(who)s reopened the jam")
    ANNOUNCE = "announce", gettext_lazy("%(who)s announced: “%(to)s”")
    WITHDRAW_ANNOUNCEMENT = "withdraw_announcement", gettext_lazy("%(who)s withdrew the announcement “%(to)s”")
    CLOSE_LEFT_OPEN = "close_left_open", gettext_lazy("The jam was closed automatically because nobody ended it")

    ADD_SONGS = "add_songs", gettext_lazy("%(who)s added songs to the set list: %(n)s")
    START_SONG = "start_song", gettext_lazy("%(who)s started %(song)s")
    FINISH_SONG = "finish_song", gettext_lazy("%(song)s was played")
    SKIP_SONG = "skip_song", gettext_lazy("%(who)s skipped %(song)s")
    QUEUE_SONG = "queue_song", gettext_lazy("%(who)s added %(song)s to the queue")
    PUT_ON_DECK = "put_on_deck", gettext_lazy("%(who)s put %(song)s on deck")
    TAKE_OFF_DECK = "take_off_deck", gettext_lazy("%(who)s moved %(song)s back to the queue")
    ORDER_DECK = "order_deck", gettext_lazy("%(who)s changed the order on deck: %(song)s")
    MERGE_SONGS = "merge_songs", gettext_lazy("%(who)s merged the song %(from)s into %(to)s")
    HIDE_SONG = "hide_song", gettext_lazy("%(who)s hid %(song)s")
    APPROVE_SONG = "approve_song", gettext_lazy("%(who)s approved %(song)s")
    BRING_SONG_BACK = "bring_song_back", gettext_lazy("%(who)s brought %(song)s back")

    ADD_WALK_UP = "add_walk_up", gettext_lazy("%(name)s added to %(song)s")
    MARK_NO_SHOW = "mark_no_show", gettext_lazy("%(name)s did not show up for %(song)s")
    MARK_TURNED_UP = "mark_turned_up", gettext_lazy("%(name)s turned up for %(song)s")
    RENAME_PERSON = "rename_person", gettext_lazy("%(who)s renamed %(from)s to %(to)s")
    MERGE_PERSON = "merge_person", gettext_lazy("%(who)s merged %(from)s with %(to)s")
    REMOVE_PERSON = "remove_person", gettext_lazy("%(who)s removed %(name)s")

    SET_VOTING = "set_voting", gettext_lazy("%(who)s set voting to “%(to)s”")
    SET_SIGN_UPS = "set_sign_ups", gettext_lazy("%(who)s set sign-ups to “%(to)s”")
    SET_INSTRUMENT_SET = "set_instrument_set", gettext_lazy("%(who)s chose “%(to)s” as the instruments shown first")
    SET_SUGGESTIONS = "set_suggestions", gettext_lazy("%(who)s set suggestions to “%(to)s”")
    SET_PERFORMING_LIMIT = "set_performing_limit", gettext_lazy("%(who)s set songs per musician to %(to)s")
    SET_MUSICIANS_EDIT_CHORDS = (
        "set_musicians_edit_chords",
        gettext_lazy("%(who)s turned “Musicians can change chord sheets” %(to)s"),
    )

    SET_FORMAT = "set_format", gettext_lazy("%(who)s set the format to “%(to)s”")
    SET_SET_SONGS = "set_set_songs", gettext_lazy("%(who)s set songs per set to %(to)s")
    SET_SET_MINUTES = "set_set_minutes", gettext_lazy("%(who)s set minutes per set to %(to)s")
    SHORTEN_SETS = "shorten_sets", gettext_lazy("%(who)s made sets shorter: %(to)s")
    SET_CHANGEOVER_MINUTES = "set_changeover_minutes", gettext_lazy("%(who)s set minutes between sets to %(to)s")
    SET_HARD_STOP_AT = "set_hard_stop_at", gettext_lazy("%(who)s set the hard stop to %(to)s")
    SET_STAGE_PLAN = "set_stage_plan", gettext_lazy("%(who)s set the stage plan to %(to)s")
    SET_EVERYONE_ONCE_FIRST = (
        "set_everyone_once_first",
        gettext_lazy("%(who)s turned “Everyone once before anyone twice” %(to)s"),
    )
    SET_RECAP_PUBLIC = "set_recap_public", gettext_lazy("%(who)s turned “Public recap” %(to)s")

    ADD_PERSON = "add_person", gettext_lazy("%(who)s added %(name)s")
    START_WAITING = "start_waiting", gettext_lazy("%(name)s joined the waiting list")
    STOP_WAITING = "stop_waiting", gettext_lazy("%(name)s left the waiting list")
    SIT_OUT = "sit_out", gettext_lazy("%(name)s sits out for a while")
    COME_BACK = "come_back", gettext_lazy("%(name)s is ready to play again")
    SET_LEAVING = "set_leaving", gettext_lazy("%(name)s has to leave at %(to)s")
    SET_FIRST_TIME = "set_first_time", gettext_lazy("%(name)s is here for the first time")
    SET_HOUSE_BAND = "set_house_band", gettext_lazy("%(name)s is in the house band")
    SET_PLAYS = "set_plays", gettext_lazy("%(who)s changed what %(name)s plays")

    FORM_BAND = "form_band", gettext_lazy("%(who)s put a band together: %(band)s")
    CHANGE_SEAT = "change_seat", gettext_lazy("%(who)s changed a band: %(band)s")
    CALL_BAND = "call_band", gettext_lazy("%(who)s called the band %(band)s")
    START_BAND = "start_band", gettext_lazy("%(who)s put the band %(band)s on stage")
    FINISH_BAND = "finish_band", gettext_lazy("The band %(band)s has played")
    DROP_BAND = "drop_band", gettext_lazy("%(who)s dropped the band %(band)s")
    ORDER_BAND = "order_band", gettext_lazy("%(who)s changed the running order: %(band)s")
    SHUFFLE_BANDS = "shuffle_bands", gettext_lazy("%(who)s drew lots for the running order: %(n)s (seed %(seed)s)")
    RENAME_BAND = "rename_band", gettext_lazy("%(who)s changed the act %(band)s")
    MARK_MISSING = "mark_missing", gettext_lazy("%(name)s did not show up for the band %(band)s")
    MARK_PRESENT = "mark_present", gettext_lazy("%(name)s turned up for the band %(band)s")

    ASK_PLAYERS = "ask_players", gettext_lazy("%(who)s asked for %(instrument)s (phones: %(n)s)")
    STOP_ASKING = "stop_asking", gettext_lazy("%(who)s stopped asking for %(instrument)s")

    SET_ROOM_CODE = "set_room_code", gettext_lazy("%(who)s turned the room code %(to)s")
    RENEW_STAGE_LINK = "renew_stage_link", gettext_lazy("%(who)s made a new link for the television")
    CROWD = (
        "crowd",
        gettext_lazy("%(n)s new phones joined within a minute. Open Voting access to check whether they are real."),
    )
    VOTES_AT_ONCE = (
        "votes_at_once",
        gettext_lazy(
            "%(n)s new phones on one network voted for %(song)s within a minute."
            " Open Voting access to check whether they are real."
        ),
    )
    VOTES_OF_ONE_NETWORK = (
        "votes_of_one_network",
        gettext_lazy(
            "%(n)s new phones on one network voted for %(song)s and hardly anything else."
            " Open Voting access to check whether they are real."
        ),
    )
    VOTES_FOR_ONE_SONG = (
        "votes_for_one_song",
        gettext_lazy(
            "%(n)s new phones voted for %(song)s and hardly anything else."
            " Open Voting access to check whether they are real."
        ),
    )
    VOID_VOTES = "void_votes", gettext_lazy("%(who)s removed votes: %(n)s (phones: %(phones)s)")

    JOIN = "join", pgettext_lazy("event", "%(name)s joined")
    LEAVE = "leave", pgettext_lazy("event", "%(name)s left")
    RENAME = "rename", gettext_lazy("%(from)s is now called %(to)s")
    MOVE_NAME = "move_name", gettext_lazy("%(name)s moved to another phone")
    SIGN_UP = "sign_up", gettext_lazy("%(name)s signed up for %(song)s")
    WITHDRAW = "withdraw", gettext_lazy("%(name)s dropped out of %(song)s")
    SUGGEST_SONG = "suggest_song", gettext_lazy("%(who)s suggested %(song)s")
    SIGN_UP_ACT = "sign_up_act", gettext_lazy("%(name)s signed up for the running order: %(band)s")
    JOIN_ACT = "join_act", gettext_lazy("%(name)s joined an act: %(band)s")
    LEAVE_BAND = "leave_band", gettext_lazy("%(name)s dropped out of their band")
    RENEW_ACT_CODE = "renew_act_code", gettext_lazy("%(name)s made a new code for an act")
    SAY_YES = "say_yes", gettext_lazy("%(name)s said yes: %(instrument)s")
    SAY_NOT_NOW = "say_not_now", gettext_lazy("%(name)s said not now: %(instrument)s")
    SET_CHORDS = "set_chords", gettext_lazy("%(who)s changed the chord sheet of %(song)s")

    UNDO = "undo", gettext_lazy("%(who)s undid “%(undone)s”")


SETTINGS: dict[str, type[models.TextChoices]] = {
    Verb.SET_VOTING: Voting,
    Verb.SET_SIGN_UPS: SignUps,
    Verb.SET_SUGGESTIONS: Suggestions,
    Verb.SET_FORMAT: Format,
    Verb.SET_INSTRUMENT_SET: InstrumentSet,
}
#: The sentences of actions that took a value away.
TAKEN_AWAY = {
    Verb.SET_SET_MINUTES: gettext_lazy("%(who)s removed the minutes per set"),
    Verb.SET_HARD_STOP_AT: gettext_lazy("%(who)s removed the hard stop"),
    Verb.SET_STAGE_PLAN: gettext_lazy("%(who)s removed the stage plan"),
    Verb.SET_LEAVING: gettext_lazy("%(name)s can stay until the end"),
    Verb.SET_FIRST_TIME: gettext_lazy("%(name)s has been here before"),
    Verb.SET_HOUSE_BAND: gettext_lazy("%(name)s is no longer in the house band"),
}


def record_event(
    *,
    jam: Jam,
    verb: str,
    now: datetime,
    user: User | None = None,
    attendee: Attendee | None = None,
    entry: Entry | None = None,
    **data: Any,
) -> Event:
    """Record an action of a host (`user`) or an attendee. Call this in the transaction that makes the change.

    When a host acts on a musician, `attendee` is that musician. `data` must be JSON serialisable. The musician's name
    and the song's title are copied into it, so that the sentence still works after either row is deleted.
    """
    if attendee is not None and attendee.name:
        data.setdefault("name", attendee.name)
    if entry is not None:
        data.setdefault("song", entry.song.title)
    return Event.objects.create(jam=jam, at=now, verb=verb, user=user, attendee=attendee, entry=entry, data=data)


def describe_event(event: Event) -> str:
    """Return a sentence that describes `event`; `event.user` must be loaded."""
    words = {
        "song": _("a song"),
        "name": _("somebody"),
        "who": get_actor_name(event),
        "from": "",
        "to": "",
        "undone": "",
        "n": "",
        "phones": "",
        "band": _("a band"),
        "seed": "",
        "instrument": "",
    }
    if event.verb == Verb.UNDO and event.data:
        words["undone"] = _format_sentence(
            event.data["undone"], {**words, **event.data["data"], "who": event.data["by"]}
        )
        return _format_sentence(event.verb, words)
    return _format_sentence(event.verb, {**words, **event.data})


def get_actor_name(event: Event) -> str:
    """Return the display name of the actor; `event.user` must be loaded."""
    if event.user is not None:
        return event.user.get_full_name() or event.user.get_username()
    return event.data.get("name") or _("a listener")


def _format_sentence(verb: str, words: dict[str, Any]) -> str:
    if verb not in Verb.values:
        return UNKNOWN_VERB % {"who": words["who"], "verb": verb}
    instrument = describe_part(words["instrument"]) if words["instrument"] else ""
    sentence = Verb(verb).label if words["to"] else TAKEN_AWAY.get(Verb(verb), Verb(verb).label)
    return str(sentence) % {**words, "to": _format_setting(verb, words), "instrument": instrument}


def _format_setting(verb: str, words: dict[str, Any]) -> str:
    """Return the new value of a setting, worded as on the console, or the new name of a musician."""
    if verb in (Verb.SET_MUSICIANS_EDIT_CHORDS, Verb.SET_ROOM_CODE, Verb.SET_EVERYONE_ONCE_FIRST):
        return pgettext("switched", "on") if words["to"] else pgettext("switched", "off")
    if verb in SETTINGS and words["to"] in SETTINGS[verb].values:
        return str(SETTINGS[verb](words["to"]).label)
    return str(words["to"])
