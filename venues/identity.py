"""The permissions that come with a role in a team, beside those that an administrator gives to an account."""

from typing import Any

from django.conf import settings
from django.contrib.auth.backends import BaseBackend

from accounts.permissions import has_host_account
from venues.models import Membership
from venues.policies import Right, allows

NIGHTS = frozenset(
    [f"jams.{act}_{what}" for what in ("jam", "entry", "attendee", "series", "performance")
     for act in ("add", "change", "delete", "view")]
    + ["jams.view_event", "jams.view_band", "jams.view_seat", "votes.view_vote", "songs.view_song", "venues.view_venue"]
)  # fmt: skip
VENUES = frozenset(["venues.add_venue", "venues.change_venue"])
ADD_SONGS = frozenset(["songs.add_song"])
LIBRARY = ADD_SONGS | {"songs.change_song", "songs.delete_song"}


class TeamBackend(BaseBackend):
    """Gives members of a team the permissions of their role, as long as they are in it.

    Like Django's, these permissions apply to models; `venues.policies` decides which nights and venues they cover. This
    backend logs nobody in.
    """

    def get_user_permissions(self, user_obj: Any, obj: Any = None) -> set[str]:
        if obj is not None or user_obj.is_anonymous or not has_host_account(user_obj):
            return set()
        if not hasattr(user_obj, "team_permissions"):  # checked many times in a request, as Django's own are
            roles = Membership.objects.filter(user=user_obj).order_by().values_list("role", flat=True).distinct()
            user_obj.team_permissions = set().union(*map(list_permissions, roles))
        return set(user_obj.team_permissions)

    def has_module_perms(self, user_obj: Any, app_label: str) -> bool:
        return any(name.startswith(f"{app_label}.") for name in self.get_user_permissions(user_obj))


def list_permissions(role: str) -> set[str]:
    """Return the permissions that a `role` comes with; none for an unknown one.

    With open registration anybody can become a manager, so that roles add songs, but change none that others may use.
    """
    library = ADD_SONGS if settings.REGISTRATION else LIBRARY
    by_right = {Right.PLAN_NIGHTS: NIGHTS, Right.CHANGE_VENUE: VENUES, Right.USE_LIBRARY: library}
    return set().union(*(permissions for right, permissions in by_right.items() if allows(role, right)))
