"""The groups "Hosts", who may run jams, "Co-hosts", who help at some, and "Registered", who have just registered.

Every migration creates or updates them.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from django.contrib.auth.models import Group, Permission
from django.db.models import Q

PERMISSIONS = {
    "venues": ["add_venue", "change_venue", "delete_venue", "view_venue"],
    "songs": ["add_song", "change_song", "delete_song", "view_song"],
    "jams": [
        *("add_jam", "change_jam", "delete_jam", "view_jam"),
        *("add_entry", "change_entry", "delete_entry", "view_entry"),
        *("add_attendee", "change_attendee", "delete_attendee", "view_attendee"),
        *("add_series", "change_series", "delete_series", "view_series"),
        *("add_performance", "change_performance", "delete_performance", "view_performance"),
        *("view_event", "view_band", "view_seat"),
    ],
    "votes": ["view_vote"],
}

#: What a co-host of one night or series needs, who neither plans others nor changes the library.
CO_HOSTS = {
    "jams": [
        *("change_jam", "view_jam", "change_series", "view_series", "view_event"),
        *("add_entry", "change_entry", "delete_entry", "view_entry"),
        *("add_attendee", "change_attendee", "delete_attendee", "view_attendee"),
        *("add_performance", "change_performance", "delete_performance", "view_performance"),
    ],
    "songs": ["view_song"],
    "venues": ["view_venue"],
    "votes": ["view_vote"],
}

#: What an account needs that registered: with a venue of its own comes the role of a manager there.
REGISTERED = {"venues": ["add_venue"]}


def ensure_hosts_group(**kwargs: Any) -> Group:
    """Create or update the group "Hosts" and return it. Receives post_migrate.

    The group's permissions say what its members may do; `venues.policies` and each jam's list of hosts say where.
    """
    return _ensure_group("Hosts", PERMISSIONS)


def ensure_co_hosts_group(**kwargs: Any) -> Group:
    """Create or update the group "Co-hosts" and return it. Receives post_migrate."""
    return _ensure_group("Co-hosts", CO_HOSTS)


def ensure_registered_group(**kwargs: Any) -> Group:
    """Create or update the group "Registered" and return it. Receives post_migrate."""
    return _ensure_group("Registered", REGISTERED)


def _ensure_group(name: str, permissions: Mapping[str, Sequence[str]]) -> Group:
    group, _created = Group.objects.get_or_create(name=name)
    wanted = Q(pk__in=[])
    for app, codenames in permissions.items():
        wanted |= Q(content_type__app_label=app, codename__in=codenames)
    group.permissions.add(*Permission.objects.filter(wanted))
    return group
