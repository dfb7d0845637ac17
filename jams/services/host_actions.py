"""The registry of host actions: for each its name, service, undo function, label and arguments.

Console URLs, API operations, undo, the activity feed and the buttons are derived from this table, so an action has one
spelling everywhere: `Verb.START_SONG` is "start_song" in the URL, in the API and in the database. To add one, see
docs/development.md.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib.auth.models import User
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from jams.models import EntryStatus, Event, Format, Jam, JamStatus, SignUps, Suggestions, Voting
from jams.services import (
    announcements,
    band_order,
    bands,
    host_people,
    jam_settings,
    jam_status,
    merging,
    questions,
    room_code,
    set_list,
    stage,
    stage_link,
    undoers,
    waiting_list,
)
from jams.services.event_log import Verb
from songs.instruments import GENERAL
from songs.shipped_instruments import InstrumentSet


@dataclass(frozen=True)
class Argument:
    """A keyword argument of a service, which is also a field of the action's form and API request.

    `kind` is the type of the value. For "entry" it is the id of a song on the jam's set list; the service gets the
    entry itself.
    """

    name: str
    kind: type[int] | type[str] | type[bool] | str
    is_required: bool = True
    choices: tuple[str, ...] = ()
    help: str = ""


@dataclass(frozen=True)
class HostAction:
    """One action. `run` takes jam, user, now, the arguments and, if `about_song`, the entry.

    `run` returns the event, or None if there was nothing to change. `undo` reverses the event; None means that the
    action is final.
    """

    verb: Verb
    run: Callable[..., Event | None]
    label: str | Promise
    undo: Callable[[Event], None] | None
    about_song: bool = False
    arguments: tuple[Argument, ...] = ()
    rate: str = ""  # how often the hosts of a jam may do it, like "6/m"

    @property
    def name(self) -> str:
        return self.verb.value

    @property
    def url_name(self) -> str:
        return f"host:{self.name}"


def _jam_action(verb: Verb, run: Callable[..., Event | None], label: str | Promise) -> HostAction:
    return HostAction(verb, run, label, undoers.restore_settings)


def _song_action(
    verb: Verb,
    run: Callable[..., Event | None],
    label: str | Promise,
    *arguments: Argument,
    undo: Callable[[Event], None] = undoers.restore_entries,
) -> HostAction:
    return HostAction(verb, run, label, undo, about_song=True, arguments=arguments)


def _setting_action(
    verb: Verb, run: Callable[..., Event | None], label: str | Promise, argument: Argument
) -> HostAction:
    return HostAction(verb, run, label, undoers.restore_settings, arguments=(argument,))


def _person_action(
    verb: Verb, run: Callable[..., Event | None], label: str | Promise, *arguments: Argument
) -> HostAction:
    return HostAction(verb, run, label, undoers.restore_waiting, arguments=(_NAME, *arguments))


def _band_action(
    verb: Verb, run: Callable[..., Event | None], label: str | Promise, *arguments: Argument
) -> HostAction:
    return HostAction(verb, run, label, undoers.restore_bands, arguments=arguments)


_NAME = Argument("name", str)
_PLAYS = Argument("plays", str, help="Instruments, the main one first: “bass, vocals”.")
_BAND = Argument("band", int)
_SEATS = Argument("seats", str, is_required=False, help="One line for each musician: “bass: Valerie”.")
_ACT_NAME = Argument("name", str, is_required=False, help="The name of an act.")
_NEEDS = Argument("needs", str, is_required=False, help="What an act needs on stage: “one mic, DI”.")
_SEEN = Argument("seen", int, is_required=False, help="The song that was on stage when you looked; empty for none.")

_ACTIONS = (
    _jam_action(Verb.OPEN_JAM, jam_status.open_jam, _("Open the jam")),
    _jam_action(Verb.PAUSE_JAM, jam_status.pause_jam, _("Take a break")),
    _jam_action(Verb.RESUME_JAM, jam_status.resume_jam, _("End the break")),
    _jam_action(Verb.ANNOUNCE_LAST_CALL, jam_status.announce_last_call, _("Last call")),
    _jam_action(Verb.END_JAM, jam_status.end_jam, _("End the jam")),
    _jam_action(Verb.REOPEN_JAM, jam_status.reopen_jam, _("Reopen the jam")),
    _jam_action(Verb.CANCEL_JAM, jam_status.cancel_jam, _("Cancel this night")),
    _jam_action(Verb.REINSTATE_JAM, jam_status.reinstate_jam, _("Plan it again")),
    HostAction(
        Verb.ANNOUNCE,
        announcements.announce,
        _("Tell everybody"),
        undoers.restore_announcement,
        arguments=(Argument("announcement", str, help="One sentence for all open phones and the stage screen."),),
        rate="6/m",
    ),
    HostAction(
        Verb.WITHDRAW_ANNOUNCEMENT,
        announcements.withdraw_announcement,
        _("Withdraw"),
        undoers.restore_announcement,
    ),
    _song_action(Verb.START_SONG, stage.start_song, _("Start"), _SEEN),
    _song_action(Verb.FINISH_SONG, stage.finish_song, _("Done"), undo=undoers.restore_played_song),
    _song_action(Verb.SKIP_SONG, stage.skip_song, _("Skip"), _SEEN),
    HostAction(
        Verb.QUEUE_SONG,
        set_list.queue_song,
        _("Add a song"),
        undoers.restore_entries,
        arguments=(
            Argument("song", int, is_required=False, help="Its id in the library; or send title and artist."),
            Argument("title", str, is_required=False),
            Argument("artist", str, is_required=False),
        ),
    ),
    _song_action(Verb.PUT_ON_DECK, set_list.put_on_deck, _("On deck")),
    _song_action(Verb.TAKE_OFF_DECK, set_list.take_off_deck, _("Back to queue")),
    _song_action(Verb.ORDER_DECK, set_list.order_deck, _("Move up"), Argument("place", int, help="1 is the first.")),
    _song_action(Verb.HIDE_SONG, set_list.hide_song, _("Hide")),
    _song_action(Verb.APPROVE_SONG, set_list.approve_song, _("Approve")),
    _song_action(Verb.BRING_SONG_BACK, set_list.bring_song_back, _("Bring back")),
    _song_action(Verb.MARK_NO_SHOW, host_people.mark_no_show, _("No-show"), _NAME, undo=undoers.restore_present),
    _song_action(Verb.MARK_TURNED_UP, host_people.mark_turned_up, _("Turned up"), _NAME, undo=undoers.restore_absent),
    HostAction(
        Verb.ADD_WALK_UP,
        host_people.add_walk_up,
        _("Add a walk-up"),
        undoers.remove_added_performer,
        arguments=(
            Argument("entry", "entry"),
            _NAME,
            Argument("part", str, choices=GENERAL),
            Argument("other_part", str, is_required=False, help="The name of any instrument, for the part “other”."),
            Argument("known", bool, is_required=False, help="Whether they are a musician who is here, with a phone."),
        ),
    ),
    HostAction(
        Verb.RENAME_PERSON,
        host_people.rename_person,
        _("Rename"),
        undoers.restore_name,
        arguments=(_NAME, Argument("to", str)),
    ),
    HostAction(
        Verb.MERGE_PERSON,
        merging.merge_person,
        _("This is …"),
        merging.split_person,
        arguments=(
            Argument("name", str, help="Who has no phone."),
            Argument("to", str, help="Who joined by phone, and is the same person."),
        ),
    ),
    HostAction(
        Verb.REMOVE_PERSON,
        host_people.remove_person,
        _("Remove from this jam"),
        undoers.restore_person,
        arguments=(_NAME,),
    ),
    _setting_action(
        Verb.SET_VOTING, jam_settings.set_voting, _("Voting"), Argument("voting", str, choices=tuple(Voting.values))
    ),
    _setting_action(
        Verb.SET_SIGN_UPS,
        jam_settings.set_sign_ups,
        _("Sign-ups"),
        Argument("sign_ups", str, choices=tuple(SignUps.values)),
    ),
    _setting_action(
        Verb.SET_SUGGESTIONS,
        jam_settings.set_suggestions,
        _("Suggestions"),
        Argument("suggestions", str, choices=tuple(Suggestions.values)),
    ),
    _setting_action(
        Verb.SET_INSTRUMENT_SET,
        jam_settings.set_instrument_set,
        _("Instruments shown first"),
        Argument("instrument_set", str, choices=tuple(InstrumentSet.values)),
    ),
    _setting_action(
        Verb.SET_PERFORMING_LIMIT,
        jam_settings.set_performing_limit,
        _("Songs per musician"),
        Argument("performing_limit", int),
    ),
    _setting_action(
        Verb.SET_MUSICIANS_EDIT_CHORDS,
        jam_settings.set_musicians_edit_chords,
        _("Musicians can change chord sheets"),
        Argument("musicians_edit_chords", bool),
    ),
    _setting_action(
        Verb.SET_FORMAT, jam_settings.set_format, _("Format"), Argument("format", str, choices=tuple(Format.values))
    ),
    _setting_action(Verb.SET_SET_SONGS, jam_settings.set_set_songs, _("Songs per set"), Argument("set_songs", int)),
    _setting_action(
        Verb.SET_SET_MINUTES,
        jam_settings.set_set_minutes,
        _("Minutes per set"),
        Argument("set_minutes", int, is_required=False, help="Nothing to count a set in songs."),
    ),
    HostAction(
        Verb.SHORTEN_SETS,
        jam_settings.shorten_sets,
        _("Shorten the sets"),
        undoers.restore_settings,
        arguments=(
            Argument("songs", int, is_required=False, help="For each set; or send minutes, if sets are counted so."),
            Argument("minutes", int, is_required=False),
        ),
    ),
    _setting_action(
        Verb.SET_CHANGEOVER_MINUTES,
        jam_settings.set_changeover_minutes,
        _("Minutes between sets"),
        Argument("changeover_minutes", int),
    ),
    _setting_action(
        Verb.SET_HARD_STOP_AT,
        jam_settings.set_hard_stop_at,
        _("Hard stop"),
        Argument("hard_stop_at", str, is_required=False, help="A time like 23:30, or in ISO 8601; nothing for none."),
    ),
    _setting_action(
        Verb.SET_STAGE_PLAN,
        jam_settings.set_stage_plan,
        _("Stage plan"),
        Argument(
            "stage_plan", str, is_required=False, help="How many of each: “vocals, 2 guitars, bass, drums, keys?”."
        ),
    ),
    _setting_action(
        Verb.SET_EVERYONE_ONCE_FIRST,
        jam_settings.set_everyone_once_first,
        _("Everyone once before anyone twice"),
        Argument("everyone_once_first", bool),
    ),
    _person_action(Verb.ADD_PERSON, waiting_list.add_person, _("Add a person"), _PLAYS),
    _person_action(Verb.START_WAITING, waiting_list.start_waiting, _("Put on the waiting list")),
    _person_action(Verb.STOP_WAITING, waiting_list.stop_waiting, _("Take off the waiting list")),
    _person_action(Verb.SIT_OUT, waiting_list.sit_out, _("Sits out")),
    _person_action(Verb.COME_BACK, waiting_list.come_back, _("Is back")),
    _person_action(
        Verb.SET_LEAVING,
        waiting_list.set_leaving,
        _("Has to leave at"),
        Argument("leaves_at", str, is_required=False, help="A time like 22:30, or in ISO 8601; nothing for none."),
    ),
    _person_action(Verb.SET_FIRST_TIME, waiting_list.set_first_time, _("First time here"), Argument("is_new", bool)),
    _person_action(
        Verb.SET_HOUSE_BAND, waiting_list.set_house_band, _("In the house band"), Argument("in_house_band", bool)
    ),
    _person_action(Verb.SET_PLAYS, waiting_list.set_plays, _("Change what they play"), _PLAYS),
    _band_action(Verb.FORM_BAND, bands.form_band, _("Put a band together"), _SEATS, _ACT_NAME, _NEEDS),
    _band_action(
        Verb.CHANGE_SEAT,
        bands.change_seat,
        _("Change the band"),
        _BAND,
        Argument("name", str, is_required=False, help="Who leaves the band; empty if somebody joins it."),
        Argument("to", str, is_required=False, help="Who takes the place; empty if it stays free."),
        Argument("instrument", str, is_required=False, help="Empty for the instrument of the one who leaves."),
    ),
    _band_action(
        Verb.CALL_BAND,
        bands.call_band,
        _("Call this band"),
        Argument("band", int, is_required=False, help="A band in the running order; without it, seats say who plays."),
        _SEATS,
        Argument("seen", int, is_required=False, help="The band that was called last when you looked; empty for none."),
    ),
    _band_action(
        Verb.START_BAND,
        bands.start_band,
        _("Put on stage"),
        _BAND,
        Argument("seen", int, is_required=False, help="The band that was on stage when you looked; empty for none."),
    ),
    _band_action(Verb.FINISH_BAND, bands.finish_band, _("Done"), _BAND),
    _band_action(Verb.DROP_BAND, bands.drop_band, _("Drop"), _BAND),
    _band_action(Verb.ORDER_BAND, band_order.order_band, _("Move"), _BAND, Argument("place", int)),
    _band_action(
        Verb.SHUFFLE_BANDS,
        band_order.shuffle_bands,
        _("Draw lots"),
        Argument("seed", int, is_required=False, help="To repeat a draw; without it, one is chosen."),
    ),
    _band_action(Verb.RENAME_BAND, bands.rename_band, _("Change the act"), _BAND, _ACT_NAME, _NEEDS),
    _band_action(Verb.MARK_MISSING, bands.mark_missing, _("No-show"), _BAND, _NAME),
    _band_action(Verb.MARK_PRESENT, bands.mark_present, _("Turned up"), _BAND, _NAME),
    HostAction(
        Verb.ASK_PLAYERS,
        questions.ask_players,
        _("Ask who can play"),
        undoers.remove_question,
        arguments=(
            Argument("instrument", str, help="The slug of the instrument that is missing."),
            Argument("band", int, is_required=False, help="The band that lacks it."),
            Argument("entry", "entry", is_required=False, help="Or the song that lacks it."),
            _SEATS,
        ),
    ),
    HostAction(
        Verb.STOP_ASKING,
        questions.stop_asking,
        _("Stop asking"),
        undoers.reopen_question,
        arguments=(Argument("question", int),),
    ),
    # Final: undoing it would not let in again who had entered the code. Turning it off and on asks everyone again.
    HostAction(
        Verb.SET_ROOM_CODE, room_code.set_room_code, _("Room code"), None, arguments=(Argument("wanted", bool),)
    ),
    _setting_action(
        Verb.SET_RECAP_PUBLIC, jam_settings.set_recap_public, _("Public recap"), Argument("recap_public", bool)
    ),
    # Final: an old link that worked again would be no use, and a leaked one a hole.
    HostAction(Verb.RENEW_STAGE_LINK, stage_link.renew_stage_link, _("Make a new link"), None),
)
HOST_ACTIONS: dict[str, HostAction] = {action.name: action for action in _ACTIONS}

#: The action that changes a setting of a jam, by field name.
SETTING_ACTIONS = {
    action.arguments[0].name: action
    for action in _ACTIONS
    if action.arguments and action.name == f"set_{action.arguments[0].name}" and action.undo is undoers.restore_settings
}
#: The action for each allowed change of a jam's status, by (from, to).
JAM_STATUS_ACTIONS = {
    (JamStatus.SCHEDULED, JamStatus.LIVE): HOST_ACTIONS[Verb.OPEN_JAM],
    (JamStatus.LIVE, JamStatus.PAUSED): HOST_ACTIONS[Verb.PAUSE_JAM],
    (JamStatus.PAUSED, JamStatus.LIVE): HOST_ACTIONS[Verb.RESUME_JAM],
    (JamStatus.SCHEDULED, JamStatus.CANCELLED): HOST_ACTIONS[Verb.CANCEL_JAM],
    (JamStatus.CANCELLED, JamStatus.SCHEDULED): HOST_ACTIONS[Verb.REINSTATE_JAM],
    (JamStatus.LIVE, JamStatus.ENDED): HOST_ACTIONS[Verb.END_JAM],
    (JamStatus.PAUSED, JamStatus.ENDED): HOST_ACTIONS[Verb.END_JAM],
    (JamStatus.ENDED, JamStatus.LIVE): HOST_ACTIONS[Verb.REOPEN_JAM],
}
#: The action for each allowed change of an entry's status, by (from, to), except those on stage.
ENTRY_STATUS_ACTIONS = {
    (EntryStatus.SUGGESTED, EntryStatus.QUEUED): HOST_ACTIONS[Verb.APPROVE_SONG],
    (EntryStatus.SUGGESTED, EntryStatus.HIDDEN): HOST_ACTIONS[Verb.HIDE_SONG],
    (EntryStatus.QUEUED, EntryStatus.ON_DECK): HOST_ACTIONS[Verb.PUT_ON_DECK],
    (EntryStatus.QUEUED, EntryStatus.SKIPPED): HOST_ACTIONS[Verb.SKIP_SONG],
    (EntryStatus.QUEUED, EntryStatus.HIDDEN): HOST_ACTIONS[Verb.HIDE_SONG],
    (EntryStatus.ON_DECK, EntryStatus.QUEUED): HOST_ACTIONS[Verb.TAKE_OFF_DECK],
    (EntryStatus.ON_DECK, EntryStatus.SKIPPED): HOST_ACTIONS[Verb.SKIP_SONG],
    (EntryStatus.ON_DECK, EntryStatus.HIDDEN): HOST_ACTIONS[Verb.HIDE_SONG],
    (EntryStatus.SKIPPED, EntryStatus.QUEUED): HOST_ACTIONS[Verb.BRING_SONG_BACK],
    (EntryStatus.HIDDEN, EntryStatus.QUEUED): HOST_ACTIONS[Verb.BRING_SONG_BACK],
}


def change_settings(*, jam: Jam, settings: Mapping[str, Any], user: User, now: datetime) -> None:
    """Change settings of `jam`, given by field name, each with its action. Raises what the actions raise."""
    for name in SETTING_ACTIONS.keys() & settings.keys():
        SETTING_ACTIONS[name].run(jam=jam, user=user, now=now, **{name: settings[name]})
