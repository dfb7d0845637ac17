"""Adding and changing venues, and their teams."""

import logging
from typing import Any

from django.conf import settings
from django.contrib.auth.models import User
from django.db import transaction
from django.utils.translation import gettext as _

from core.exceptions import Conflict, Forbidden, NotFound
from core.pictures import delete_file
from core.rate_limits import enforce_shared_limit
from core.validation import validate_and_save
from venues.models import Membership, Role, Venue
from venues.policies import Right, allows, filter_managed, list_roles

logger = logging.getLogger(__name__)

NEW_VENUE_RATE = "10/d"  # of one account, while strangers may register: venues are public at once


@transaction.atomic
def add_venue(*, user: User, **values: Any) -> Venue:
    """Return the new venue, whose first manager is `user`. Raises ValidationError, also when its name or slug is taken.

    Raises TooManyRequests above NEW_VENUE_RATE, with open registration. An administrator does not become a manager: all
    hosts may use the venue until somebody is invited.
    """
    venue = Venue()
    validate_and_save(venue, values)
    start_team(venue=venue, user=user)
    return venue


def start_team(*, venue: Venue, user: User) -> None:
    """Make `user`, who has just added `venue`, its first manager, except an administrator. Raises TooManyRequests."""
    if settings.REGISTRATION:
        enforce_shared_limit(group="new venues", who=f"user:{user.pk}", rate=NEW_VENUE_RATE)
    if not user.is_superuser:
        Membership.objects.create(venue=venue, user=user, role=Role.MANAGER)


def change_venue(*, venue: Venue, **values: Any) -> None:
    """Set these fields of `venue`. Its slug never changes, because links contain it. Raises ValidationError."""
    before = Venue.objects.get(pk=venue.pk).picture
    validate_and_save(venue, values)
    if before.name != venue.picture.name:
        delete_file(before)


@transaction.atomic
def join_team(*, venue: Venue, user: User, role: Role) -> Membership:
    """Put `user` into the team of `venue`, or give a member the role of a manager.

    Raises Conflict for a member whose role would not change or would be lower.
    """
    _lock_team(venue)
    member = Membership.objects.filter(venue=venue, user=user).first()
    if member is None:
        return Membership.objects.create(venue=venue, user=user, role=role)
    if member.role == role or not allows(role, Right.MANAGE_TEAM):
        raise Conflict(_("You're already in the team of %(venue)s.") % {"venue": venue.name})
    member.role = role
    member.save(update_fields=["role"])
    return member


@transaction.atomic
def change_role(*, venue: Venue, member_id: int, role: Role, user: User) -> Membership:
    """Give a member another role, as a manager of the team.

    Raises Forbidden, NotFound, and Conflict if nobody would be left to manage the team.
    """
    _lock_team(venue)
    _require_manager(venue, user)
    member = _get_member(venue, member_id)
    if member.role != role:
        if not allows(role, Right.MANAGE_TEAM):
            _keep_a_manager(venue, member)
        member.role = role
        member.save(update_fields=["role"])
        logger.info("%s made %s %s of %s", user.get_username(), member.user.get_username(), role, venue)
    return member


@transaction.atomic
def end_membership(*, venue: Venue, member_id: int, user: User) -> Membership:
    """Take a member out of the team and off the nights there, as that member or a manager; return the membership.

    Raises Forbidden, NotFound, and Conflict if nobody would be left to manage the team.
    """
    _lock_team(venue)
    member = _get_member(venue, member_id)
    if member.user_id != user.pk:
        _require_manager(venue, user)
    _keep_a_manager(venue, member)
    member.delete()  # a signal removes them from the nights
    logger.info("%s took %s out of the team of %s", user.get_username(), member.user.get_username(), venue)
    return member


def _lock_team(venue: Venue) -> None:
    """Lock the team: if two managers left at the same moment, nobody would be left."""
    Venue.objects.select_for_update(no_key=True).only("pk").get(pk=venue.pk)


def _require_manager(venue: Venue, user: User) -> None:
    if not filter_managed(Venue.objects.filter(pk=venue.pk), user).exists():
        raise Forbidden(_("You're not a manager of this venue."))


def _get_member(venue: Venue, member_id: int) -> Membership:
    try:
        return Membership.objects.select_related("user", "venue").get(venue=venue, pk=member_id)
    except Membership.DoesNotExist:
        raise NotFound(_("This person isn't in the team any more.")) from None


def _keep_a_manager(venue: Venue, leaving: Membership) -> None:
    managers = Membership.objects.filter(venue=venue, role__in=list_roles(Right.MANAGE_TEAM))
    if allows(leaving.role, Right.MANAGE_TEAM) and not managers.exclude(pk=leaving.pk).exists():
        raise Conflict(_("%(venue)s needs a manager. Make somebody else a manager first.") % {"venue": venue.name})
