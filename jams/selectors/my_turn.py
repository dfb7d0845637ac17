"""Where a musician stands at a jam of bands or acts, in words. No query: it reads what the board has read."""

from dataclasses import dataclass
from datetime import datetime, tzinfo

from django.utils.translation import gettext as _

from jams import policies
from jams.models import Attendee
from jams.selectors.band_night import BandNight, BandTurn, find_waiting_place
from jams.services.band_records import is_act
from songs.parts import describe_part


@dataclass(frozen=True)
class MyTurn:
    """What a musician reads about their turn. `call` is a sentence for whoever is on stage or has been called.

    `short` is the same in a few words, for the bar at the thumb. `band` is the one they are in that is on stage or to
    come. `unseen_call` is the moment of a call that the host does not know to be seen.
    """

    sentence: str
    short: str
    call: str = ""
    band: BandTurn | None = None
    unseen_call: datetime | None = None

    @property
    def is_called(self) -> bool:
        return self.band is not None and self.band.is_called


def find_my_turn(night: BandNight, me: Attendee, *, zone: tzinfo) -> MyTurn:
    """Return where `me`, a musician, stands."""
    if night.on_stage and night.on_stage.has(me.pk):
        sentence = _("You're on stage now.")
        return MyTurn(sentence, _("on stage"), call=sentence, band=night.on_stage)
    for place, band in enumerate(night.coming):
        if band.has(me.pk):
            return _find_turn_of_band(night, band, me, place, zone)
    return _find_place(night, me, zone)


def find_my_act(night: BandNight, me: Attendee) -> BandTurn | None:
    """Return the upcoming act that `me` is in; a band that a host put together does not count."""
    return next((band for band in night.coming if band.has(me.pk) and is_act(night.jam, band.name)), None)


def _find_place(night: BandNight, me: Attendee, zone: tzinfo) -> MyTurn:
    if me.sits_out:
        return MyTurn(_("You're sitting out. Nobody will put you in a band until you come back."), _("sitting out"))
    found = find_waiting_place(night, me.pk)
    if found:
        words = {"place": found.place, "of": found.of, "instrument": describe_part(found.instrument)}
        sentence, short = _("You're number %(place)d of %(of)d for %(instrument)s") % words, f"{found.place}/{found.of}"
        if found.start is None:
            return MyTurn(f"{sentence}.", short)
        return MyTurn(f"{sentence}, {found.start.describe(zone)}.", f"{short} · {found.start.describe_likely(zone)}")
    if me.in_house_band:
        return MyTurn(_("You're in the house band: you play when nobody else can."), _("house band"))
    return _find_no_place(night, me)


def _find_no_place(night: BandNight, me: Attendee) -> MyTurn:
    if policies.has_waiting_list(night.jam):
        return MyTurn(_("You're not on the waiting list."), _("not waiting"))
    if policies.who_may_sign_up_act(night.jam).includes(me):
        return MyTurn(_("You're not in the running order yet."), _("sign up to perform"))
    return MyTurn(_("You're not in the running order. Sign-ups are closed."), _("not signed up"))


def _find_turn_of_band(night: BandNight, band: BandTurn, me: Attendee, place: int, zone: tzinfo) -> MyTurn:
    when, short = (band.start.describe(zone), band.start.describe_likely(zone)) if band.start else ("", "")
    if not band.is_called:
        return MyTurn(_("You play %(when)s.") % {"when": when}, short, band=band)
    if place:
        sentence = _("Get ready: you play %(when)s.") % {"when": when}
    elif night.on_stage:
        sentence = _("You're up after this one, %(when)s.") % {"when": when}
    else:
        sentence = _("You're up next, %(when)s.") % {"when": when}
    has_seen = any(player.attendee == me.pk and player.seen_at for player in band.players)
    return MyTurn(sentence, short, call=sentence, band=band, unseen_call=None if has_seen else band.called_at)
