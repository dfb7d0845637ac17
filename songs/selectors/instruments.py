"""The instruments to choose from in a form: a short set first, and the rest by family."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass

from songs.instruments import KnownInstrument, get_catalogue
from songs.shipped_instruments import INSTRUMENT_SETS, Family, InstrumentSet

type Choice = tuple[str, str]
type Group = tuple[str, list[Choice]]


@dataclass(frozen=True)
class InstrumentChoice:
    """What a form offers, each instrument once, as slug and name. `more` is behind a fold, by family."""

    short: list[Choice]
    more: list[Group]


def list_choices(instrument_set: str, *, also: Collection[str] = ()) -> InstrumentChoice:
    """Return the instruments of a set and those in `also` first, in the order of the catalogue, and then the others."""
    known, active = get_catalogue().by_slug.values(), get_catalogue().active
    wanted = {one.slug for one in active if instrument_set == InstrumentSet.ALL}
    wanted.update(INSTRUMENT_SETS.get(instrument_set, ()))
    short = [one for one in known if one.slug in also or (one.is_active and one.slug in wanted)]
    shown = {one.slug for one in short}
    return InstrumentChoice(_label(short), _group(one for one in active if one.slug not in shown))


def list_all_choices() -> list[Group]:
    """Return all instruments by family, with those that are no longer offered, for the admin."""
    return _group(get_catalogue().by_slug.values())


def _label(instruments: Iterable[KnownInstrument]) -> list[Choice]:
    return [(one.slug, one.describe()) for one in instruments]


def _group(instruments: Iterable[KnownInstrument]) -> list[Group]:
    families: dict[str, list[KnownInstrument]] = {family: [] for family in Family.values}
    for one in instruments:
        families[one.family].append(one)
    return [(str(Family(family).label), _label(members)) for family, members in families.items() if members]
