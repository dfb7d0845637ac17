"""A host's acts, with a token for jams: planning, switches, and what happens on stage."""

from collections.abc import Callable
from typing import Any, Literal

from django.db.models import FETCH_RAISE
from django.http import HttpRequest
from django.shortcuts import get_object_or_404
from django.utils import timezone
from ninja import Body, Path, Schema, Status
from pydantic import Field

from accounts.identity import TokenAuth
from accounts.models import Scope
from accounts.permissions import require_permission
from core.api.schemas import Id, Integer, IsoDateTime, Slug, StrictSchema, problem_responses
from jams.api.public import JamRow, router
from jams.identity.host_access import get_own_jam
from jams.models import Entry, Jam, SignUps, Suggestions, Voting
from jams.services import jam_settings, jam_status, set_list, stage
from jams.services.planning import change_plan, plan_jam
from venues.models import Venue

ANSWERS = problem_responses(400, 401, 403, 404, 409, 429)
FOR_HOSTS: dict[str, Any] = {"tags": ["console"], "auth": TokenAuth(Scope.JAMS)}
EVENING: dict[str, Callable[..., Any]] = {
    "open": jam_status.open_jam,
    "pause": jam_status.pause_jam,
    "resume": jam_status.resume_jam,
    "last-call": jam_status.last_call,
    "end": jam_status.end_jam,
}
SONG: dict[str, Callable[..., Any]] = {
    "start": stage.start_song,
    "finish": stage.finish_song,
    "skip": stage.skip_song,
    "put-on-deck": set_list.put_on_deck,
    "take-off-deck": set_list.take_off_deck,
    "hide": set_list.hide_song,
    "approve": set_list.approve_song,
    "bring-back": set_list.bring_back,
}
EveningAct = Literal[tuple(EVENING)]  # type: ignore[valid-type]
SongAct = Literal[tuple(SONG)]  # type: ignore[valid-type]


class JamChange(StrictSchema):
    """Fields left out stay unchanged."""

    name: str = Field(None, min_length=1, max_length=120)
    starts_at: IsoDateTime = None
    ends_at: IsoDateTime = None
    description: str = Field(None, max_length=2000)


class NewJam(JamChange):
    name: str = Field(min_length=1, max_length=120)
    slug: Slug = Field(description="Its part of the address; it can't be changed later.")
    venue: Slug = Field(description="The slug of its venue.")
    starts_at: IsoDateTime
    ends_at: IsoDateTime


class Switches(StrictSchema):
    """Fields left out stay unchanged."""

    voting: Literal[tuple(Voting.values)] = None  # type: ignore[valid-type]
    suggestions: Literal[tuple(Suggestions.values)] = None  # type: ignore[valid-type]
    sign_ups: Literal[tuple(SignUps.values)] = None  # type: ignore[valid-type]
    performing_limit: Integer = Field(None, ge=1, le=50)


class Seen(StrictSchema):
    seen: Integer | None = Field(
        None, ge=1, description="For start: the entry that was on stage when you last checked."
    )


class Done(Schema):
    changed: bool = Field(description="False if there was nothing to change.")


@router.post("", **FOR_HOSTS, response={201: JamRow, **ANSWERS}, operation_id="plan_jam", summary="Plan a jam")
def plan(request: HttpRequest, new: NewJam) -> Status:
    """The token's user becomes its host. 404 if there is no such venue."""
    require_permission(request.auth, "jams.add_jam")
    values = new.changed_fields
    venue = get_object_or_404(Venue.objects.current().fetch_mode(FETCH_RAISE), slug=values.pop("venue"))
    jam = plan_jam(user=request.auth.user, venue=venue, **values)
    return Status(201, Jam.objects.for_list().get(pk=jam.pk))


@router.patch(
    "/{slug}",
    **FOR_HOSTS,
    response={200: JamRow, **ANSWERS},
    operation_id="change_jam",
    summary="Change a jam",
)
def change(request: HttpRequest, slug: Path[Slug], changes: JamChange) -> Jam:
    jam = _own(request, slug)
    change_plan(jam=jam, **changes.changed_fields)
    return Jam.objects.for_list().get(pk=jam.pk)


@router.put(
    "/{slug}/switches",
    **FOR_HOSTS,
    response={200: Done, **ANSWERS},
    operation_id="switch",
    summary="Change a jam's settings",
)
def switch(request: HttpRequest, slug: Path[Slug], wanted: Switches) -> Done:
    """Who can vote, who can suggest songs, whether sign-ups are open, and songs per musician."""
    act = {"user": request.auth.user, "now": timezone.now(), "jam": _own(request, slug)}
    asked = wanted.changed_fields
    limit = {"limit": asked.pop("performing_limit")} if "performing_limit" in asked else {}
    events = [getattr(jam_settings, f"set_{name}")(**{name: value}, **act) for name, value in asked.items()]
    if limit:
        events.append(jam_settings.set_limit(**limit, **act))
    return Done(changed=any(events))


@router.post(
    "/{slug}/acts/{act}",
    **FOR_HOSTS,
    response={200: Done, **ANSWERS},
    operation_id="act",
    summary="Open, pause or end a jam",
)
def evening_act(request: HttpRequest, slug: Path[Slug], act: Path[EveningAct]) -> Done:
    jam = _own(request, slug)
    return Done(changed=bool(EVENING[act](jam=jam, user=request.auth.user, now=timezone.now())))


@router.post(
    "/{slug}/entries/{entry_id}/acts/{act}",
    **FOR_HOSTS,
    response={200: Done, **ANSWERS},
    operation_id="act_on_song",
    summary="Start, finish or skip a song",
)
def song_act(
    request: HttpRequest, slug: Path[Slug], entry_id: Path[Id], act: Path[SongAct], body: Body[Seen | None] = None
) -> Done:
    """Idempotent. 409 if another host has changed what is on stage in the meantime."""
    jam = _own(request, slug)
    entry = get_object_or_404(Entry.objects.fetch_mode(FETCH_RAISE), pk=entry_id, jam=jam)
    seen = {"seen": body and body.seen} if act == "start" else {}
    return Done(changed=bool(SONG[act](jam=jam, entry=entry, user=request.auth.user, now=timezone.now(), **seen)))


def _own(request: HttpRequest, slug: str) -> Jam:
    """Return the jam if the token's user runs it; raises Http404, and Forbidden for somebody else's."""
    require_permission(request.auth, "jams.change_jam")
    return get_own_jam(request.auth.user, slug)
