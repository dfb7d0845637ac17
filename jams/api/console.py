"""Host operations with an API token: plan jams, and run every action of `HOST_ACTIONS`."""

from typing import Any, Literal

from django.shortcuts import get_object_or_404
from django.utils import timezone
from ninja import Path, Schema, Status
from ninja.params.functions import Body
from pydantic import Field, StrictBool, create_model

from accounts.identity import TokenAuth, TokenRequest
from accounts.models import Scope
from accounts.permissions import require_permission
from core.api.schemas import OMITTED, Id, Integer, IsoDateTime, Slug, StrictSchema, problem_responses
from core.rate_limits import enforce_shared_limit
from jams.api.public import JamRow, router
from jams.identity.host_access import get_hosted_jam
from jams.models import Jam
from jams.services.host_actions import HOST_ACTIONS, Argument, HostAction
from jams.services.planning import change_plan, plan_jam
from venues.models import Venue

ANSWERS = problem_responses(400, 401, 403, 404, 409, 429)
FOR_HOSTS: dict[str, Any] = {"tags": ["console"], "auth": TokenAuth(Scope.JAMS)}


class JamChange(StrictSchema):
    """Only the fields that are sent are changed."""

    name: str = Field(OMITTED, min_length=1, max_length=120)
    starts_at: IsoDateTime = OMITTED
    ends_at: IsoDateTime = OMITTED
    description: str = Field(OMITTED, max_length=2000)


class NewJam(JamChange):
    name: str = Field(min_length=1, max_length=120)
    slug: Slug = Field(description="Its word in addresses, for good.")
    venue: Slug = Field(description="The slug of its venue.")
    starts_at: IsoDateTime
    ends_at: IsoDateTime


class Done(Schema):
    changed: bool = Field(description="False if there was nothing to change.")


@router.post("", **FOR_HOSTS, response={201: JamRow, **ANSWERS}, operation_id="plan_jam", summary="Plan a jam")
def plan_new_jam(request: TokenRequest, new: NewJam) -> Status[Jam]:
    """The token's user is its host. 404 for an unknown venue."""
    require_permission(request.auth, "jams.add_jam")
    values = new.changed_fields
    venue = get_object_or_404(Venue.objects.current(), slug=values.pop("venue"))
    jam = plan_jam(user=request.auth.user, venue=venue, **values)
    return Status(201, Jam.objects.for_list().get(pk=jam.pk))


@router.patch(
    "/{slug}",
    **FOR_HOSTS,
    response={200: JamRow, **ANSWERS},
    operation_id="change_jam",
    summary="Change a jam's plan",
)
def change(request: TokenRequest, slug: Path[Slug], changes: JamChange) -> Jam:
    jam = _get_hosted_jam(request, slug)
    change_plan(jam=jam, **changes.changed_fields)
    return Jam.objects.for_list().get(pk=jam.pk)


def _build_schema(action: HostAction) -> type[StrictSchema]:
    """Return the request schema of `action`."""
    fields: dict[str, Any] = {argument.name: _build_field(argument) for argument in action.arguments}
    return create_model(f"{action.name.title().replace('_', '')}Arguments", __base__=StrictSchema, **fields)


def _build_field(argument: Argument) -> tuple[Any, Any]:
    """Return the type of a field and its default."""
    kinds: dict[Any, Any] = {int: Integer, str: str, bool: StrictBool, "entry": Id}
    kind = Literal[argument.choices] if argument.choices else kinds[argument.kind]
    if argument.is_required:
        return kind, Field(description=argument.help)
    return (str, "") if argument.kind is str else (kind | None, Field(None, description=argument.help))


def _add_operation(action: HostAction) -> None:
    """Add the operation for `action`: POST to actions/ of the jam, or of a song on its set list."""
    is_needed = any(argument.is_required for argument in action.arguments)
    schema: Any = _build_schema(action) if is_needed else _build_schema(action) | None
    body: Any = Body(...) if is_needed else Body(None)
    song = "entries/{entry_id}/" if action.about_song else ""

    # Each action has its own schema, created at run time.
    def act_on_jam(request: TokenRequest, slug: Path[Slug], sent: schema = body) -> Done:
        return _run(request, action, slug, sent)

    def act_on_song(request: TokenRequest, slug: Path[Slug], entry_id: Path[Id], sent: schema = body) -> Done:
        return _run(request, action, slug, sent, entry_id)

    router.post(
        f"/{{slug}}/{song}actions/{action.name}",
        **FOR_HOSTS,
        response={200: Done, **ANSWERS},
        operation_id=action.name,
        summary=str(action.label),
        description="Repeating it changes nothing. 409 if the state of the jam or the song does not allow it.",
    )(act_on_song if action.about_song else act_on_jam)


def _run(request: TokenRequest, action: HostAction, slug: str, sent: Any, entry_id: int | None = None) -> Done:
    jam = _get_hosted_jam(request, slug)
    if action.rate:
        enforce_shared_limit(group=action.name, who=f"jam:{jam.pk}", rate=action.rate)
    what: dict[str, Any] = {argument.name: getattr(sent, argument.name, None) for argument in action.arguments}
    if entry_id is not None:
        what["entry"] = entry_id
    if what.get("entry") is not None:
        what["entry"] = jam.entries.get_on_list(what["entry"])
    return Done(changed=bool(action.run(jam=jam, user=request.auth.user, now=timezone.now(), **what)))


def _get_hosted_jam(request: TokenRequest, slug: str) -> Jam:
    """Return the jam; raises Http404, or Forbidden if the token's user is not a host."""
    require_permission(request.auth, "jams.change_jam")
    return get_hosted_jam(request.auth.user, slug)


for action in HOST_ACTIONS.values():
    _add_operation(action)
