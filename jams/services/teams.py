"""Taking hosts off a night or a series. The teams of venues are in `venues.services`."""

import logging
from typing import Any

from django.contrib.auth.models import User
from django.db import transaction
from django.utils.translation import gettext as _

from core.exceptions import Conflict, NotFound
from jams.models import Jam, Series
from venues.policies import Right, list_roles

logger = logging.getLogger(__name__)


@transaction.atomic
def remove_host(*, row: Jam | Series, host_id: int, user: User) -> User:
    """Take a host off a night, or off a series and its nights; return their account.

    `host_id` is that of the entry in the list of hosts. Raises NotFound, and Conflict if nobody would be left.
    """
    model: Any = type(row)
    model.objects.select_for_update(no_key=True).only("pk").get(pk=row.pk)  # if two leave at once, one has to wait
    entry = _list_entries(row).filter(pk=host_id).select_related("user").first()
    if entry is None:
        raise NotFound(_("This person isn't a host any more."))
    has_manager = row.venue.team.filter(role__in=list_roles(Right.RUN_ALL_NIGHTS)).exists()
    if not has_manager and row.hosts.count() == 1:
        raise Conflict(_("%(name)s needs a host. Invite somebody else first.") % {"name": row.name})
    host: User = entry.user
    row.hosts.remove(host)
    if isinstance(row, Series):
        listed = Jam.hosts.through.objects.filter(jam__series=row, user=host)
        listed.delete()  # lists of hosts, which no public page shows
    logger.info("%s took %s off the hosts of %s", user.get_username(), host.get_username(), row)
    return host


def _list_entries(row: Jam | Series) -> Any:
    return row.hosts.through.objects.filter(**{str(row._meta.model_name): row.pk})
