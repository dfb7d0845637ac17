"""The one rule of who may change a jam or a series now."""

from typing import Any

from django.contrib.auth.models import Permission
from django.db.models import Exists, Q, QuerySet


def filter_run_by[Rows: QuerySet[Any]](rows: Rows, user: Any) -> Rows:
    """Return those of `rows`, which have `hosts`, that `user` may change now: the ones they host, all for a superuser.

    The account must still be active staff with the permission to change jams, as the group "Hosts" has: whoever
    loses it has lost the console, the API and the admin with the next request.
    """
    if not (user.is_active and user.is_staff):
        return rows.none()
    if user.is_superuser:
        return rows
    rights = Permission.objects.filter(content_type__app_label="jams", codename="change_jam")
    return rows.filter(Exists(rights.filter(Q(user=user) | Q(group__user=user))), hosts=user)
