"""The group "Hosts", whose members may run jams. Every migration creates or updates it."""

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
        "view_event",
    ],
    "votes": ["view_vote"],
}


def ensure_hosts_group(**kwargs: Any) -> Group:
    """Create or update the group and return it. Receives post_migrate.

    The group's permissions say what its members may do; each jam's list of hosts says with which jams.
    """
    group, _created = Group.objects.get_or_create(name="Hosts")
    wanted = Q(pk__in=[])
    for app, codenames in PERMISSIONS.items():
        wanted |= Q(content_type__app_label=app, codename__in=codenames)
    group.permissions.add(*Permission.objects.filter(wanted))
    return group
