"""What a role in the team of a venue allows, in one table, and whose venues that opens to an account.

The pages for hosts, the console, the admin and the API all ask here. An unknown role, such as one that a later release
wrote to the database, allows nothing.

A venue without a team belongs to the site: accounts to which an administrator gave the permission may use it.
"""

from enum import Enum, auto
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet

from accounts.permissions import find_grants, has_host_account
from venues.models import Membership, Role, VenueQuerySet


class Right(Enum):
    """What a role may allow at its venue.

    `PLAN_NIGHTS`: plan nights and series, and run those. `RUN_ALL_NIGHTS`: change and run every night and series,
    whoever planned it. `CHANGE_VENUE`: change the venue's name, address and description. `MANAGE_TEAM`: invite and
    remove members, and change their roles. `USE_LIBRARY`: add and change songs of the library, which all venues share;
    with open registration, only add.
    """

    PLAN_NIGHTS = auto()
    RUN_ALL_NIGHTS = auto()
    CHANGE_VENUE = auto()
    MANAGE_TEAM = auto()
    USE_LIBRARY = auto()


RIGHTS: dict[str, frozenset[Right]] = {
    Role.HOST: frozenset({Right.PLAN_NIGHTS}),
    Role.MANAGER: frozenset(Right),
}


def allows(role: str, right: Right) -> bool:
    """Whether `role` gives `right`; an unknown role gives none."""
    return right in RIGHTS.get(role, ())


def list_roles(right: Right) -> list[Role]:
    """Return the roles that give `right`."""
    return [role for role in Role if allows(role, right)]


def find_memberships(user: Any, right: Right) -> QuerySet[Membership]:
    """Return the memberships of `user` whose role gives `right`."""
    return Membership.objects.filter(user=user, role__in=list_roles(right))


def filter_plannable(venues: VenueQuerySet, user: Any) -> VenueQuerySet:
    """Return those of `venues` where `user` may plan nights."""
    return _filter_by_right(venues, user, Right.PLAN_NIGHTS, "jams.add_jam")


def filter_changeable(venues: VenueQuerySet, user: Any) -> VenueQuerySet:
    """Return those of `venues` that `user` may change."""
    return _filter_by_right(venues, user, Right.CHANGE_VENUE, "venues.change_venue")


def filter_managed(venues: VenueQuerySet, user: Any) -> VenueQuerySet:
    """Return those of `venues` whose team `user` may manage; only administrators begin the team of a site's venue."""
    return _filter_by_right(venues, user, Right.MANAGE_TEAM, None)


def filter_with_member(venues: VenueQuerySet, user: Any) -> VenueQuerySet:
    """Return those of `venues` whose team `user` may see: as a member, with whatever role, or as an administrator."""
    if not has_host_account(user):
        return venues.none()
    return venues if user.is_superuser else venues.filter(team__user=user)


def _filter_by_right(venues: VenueQuerySet, user: Any, right: Right, permission: str | None) -> VenueQuerySet:
    """Filter by a right of members; for venues without a team, `user` needs `permission` from an administrator."""
    if not has_host_account(user):
        return venues.none()
    if user.is_superuser:
        return venues
    allowed = Q(pk__in=find_memberships(user, right).values("venue"))
    if permission:
        has_team = Exists(Membership.objects.filter(venue=OuterRef("pk")))
        allowed |= Q(~has_team, Exists(find_grants(user, permission)))
    return venues.filter(allowed)
