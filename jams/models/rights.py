"""The one rule of who may change a jam or a series now."""

from typing import Any

from django.db.models import Exists, Q, QuerySet

from accounts.permissions import find_grants, has_host_account
from venues.policies import Right, find_memberships


def filter_run_by[Rows: QuerySet[Any]](rows: Rows, user: Any) -> Rows:
    """Return those of `rows`, which have `hosts` and a `venue`, that `user` may change now; all for a superuser.

    These are the ones at venues where their role runs all nights, and those that list them as a host: this takes the
    permission to change jams, as the group "Hosts" has it, or a place in the team of the venue. The account must still
    be active staff. Whoever loses any of that has lost the console, the API and the admin with the next request.
    """
    if not has_host_account(user):
        return rows.none()
    if user.is_superuser:
        return rows
    may_host = Q(Exists(find_grants(user, "jams.change_jam"))) | _at_venues(user, Right.PLAN_NIGHTS)
    return rows.filter(_at_venues(user, Right.RUN_ALL_NIGHTS) | (_listed(rows, user) & may_host))


def filter_shown_to[Rows: QuerySet[Any]](rows: Rows, user: Any) -> Rows:
    """Return those of `rows` that the admin shows to `user`: what they may change, if they may change any.

    Staff with the permission to view jams and no more see those that list them as a host.
    """
    if user.is_superuser or user.has_perm("jams.change_jam"):
        return filter_run_by(rows, user)
    return rows.filter(_listed(rows, user))


def _listed(rows: QuerySet[Any], user: Any) -> Q:
    return Q(pk__in=rows.model._base_manager.filter(hosts=user).values("pk"))


def _at_venues(user: Any, right: Right) -> Q:
    return Q(venue__in=find_memberships(user, right).values("venue"))
