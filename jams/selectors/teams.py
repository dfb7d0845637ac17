"""Who runs a venue, a night or a series, for the page on which they are invited and removed."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib.auth.models import User

from jams.models import Invitation, Jam, Series
from jams.services.invitations import Target, may_invite
from venues.models import Role, Venue


@dataclass(frozen=True)
class Person:
    """A member or host. `pk` is that of their place in the list, not of their account; a host has no `role`."""

    pk: int
    name: str
    role: str
    is_me: bool


@dataclass(frozen=True)
class Team:
    """`may_manage` says whether the reader may invite and remove others; `roles` is empty for a night or a series."""

    people: list[Person]
    invitations: list[Invitation]
    roles: list[Role]
    may_manage: bool

    def get_person(self, pk: int) -> Person | None:
        return next((person for person in self.people if person.pk == pk), None)


def read_team(target: Target, user: User, *, now: datetime) -> Team:
    """Return who runs `target`; for a user who may invite people, the open invitations as well."""
    may_manage = may_invite(user, target)
    where = {str(target._meta.model_name): target}
    open_ones = Invitation.objects.open(now).filter(**where).select_related("invited_by")
    return Team(
        people=[_describe(row, user) for row in _list_rows(target)],
        invitations=list(open_ones) if may_manage else [],
        roles=list(Role) if isinstance(target, Venue) else [],
        may_manage=may_manage,
    )


def find_invitation(pk: int, user: User, *, now: datetime) -> Invitation | None:
    """Return the open invitation with this id, if `user` may invite people to the same."""
    rows = Invitation.objects.open(now).select_related("venue", "jam__venue", "series__venue")
    found = rows.filter(pk=pk).first()
    return found if found and may_invite(user, found.target) else None


def _list_rows(target: Target) -> Any:
    match target:
        case Venue():
            return target.team.select_related("user").order_by("joined_at", "pk")
        case Jam() | Series():
            rows = target.hosts.through.objects.filter(**{str(target._meta.model_name): target.pk})
            return rows.select_related("user").order_by("pk")


def _describe(row: Any, user: User) -> Person:
    role = row.get_role_display() if hasattr(row, "role") else ""
    return Person(row.pk, row.user.get_full_name() or row.user.get_username(), str(role), row.user_id == user.pk)
