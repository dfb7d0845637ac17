"""Invitations of co-hosts: a signed link that one person uses once, within a week.

The role and target are stored in its row, never taken from the request. It stops working when its maker may no longer
invite people, so a manager who leaves takes their open invitations along.
"""

import logging
from datetime import datetime, timedelta

from django.contrib.auth.models import User
from django.core import signing
from django.db import transaction
from django.utils.translation import gettext as _

from accounts.host_group import ensure_co_hosts_group
from accounts.permissions import find_grants
from accounts.services.accounts import create_account
from core.exceptions import Conflict, Forbidden, Gone, NotFound
from core.stable_names import INVITATION_SALT
from jams.models import Invitation, Jam, Series
from venues.models import Role, Venue
from venues.policies import filter_managed
from venues.services import join_team

LIFETIME = timedelta(days=7)
MAX_OPEN = 20  # for one venue, night or series

logger = logging.getLogger(__name__)

type Target = Venue | Jam | Series


def may_invite(user: User, target: Target) -> bool:
    """Whether `user` may invite people to `target`: those who manage the team, or who host the night or series."""
    match target:
        case Venue():
            return filter_managed(Venue.objects.filter(pk=target.pk), user).exists()
        case Jam():
            return Jam.objects.run_by(user).filter(pk=target.pk).exists()
        case Series():
            return Series.objects.run_by(user).filter(pk=target.pk).exists()


@transaction.atomic
def invite(*, target: Target, role: Role | None = None, user: User, now: datetime) -> Invitation:
    """Create and return an invitation; `role` is that in the team of a venue.

    Raises Forbidden if `user` may not invite people, Conflict if too many invitations are open.
    """
    if not may_invite(user, target):
        raise Forbidden(_("You can't invite people here."))
    where = {_name_target(target): target}
    if Invitation.objects.open(now).filter(**where).count() >= MAX_OPEN:
        raise Conflict(_("Too many invitations are open. Withdraw one first."))
    invitation = Invitation.objects.create(
        **where, role=role or "", invited_by=user, created_at=now, expires_at=now + LIFETIME
    )
    logger.info("%s made invitation %d to %s", user.get_username(), invitation.pk, target)
    return invitation


def withdraw_invitation(*, invitation: Invitation, user: User, now: datetime) -> None:
    """Withdraw an invitation to something that `user` runs. Raises Conflict if it was accepted meanwhile."""
    unused = Invitation.objects.filter(pk=invitation.pk, used_at=None)
    if not unused.update(withdrawn_at=now):  # no page shows it to others
        raise Conflict(_("This invitation has just been accepted."))
    logger.info("%s withdrew invitation %d", user.get_username(), invitation.pk)


def sign_invitation(invitation: Invitation) -> str:
    """Return the token in the link of `invitation`."""
    return signing.Signer(salt=INVITATION_SALT).sign(invitation.key)


def get_open_invitation(token: str, *, now: datetime) -> Invitation:
    """Return the invitation with this token, with what it is for.

    Raises NotFound for a token that this site did not sign, Conflict for one that was used, and Gone for one that has
    expired, was withdrawn, or whose maker may no longer invite people.
    """
    try:
        key = signing.Signer(salt=INVITATION_SALT).unsign(token)
        found = Invitation.objects.select_related("venue", "jam__venue", "series__venue", "invited_by").get(key=key)
    except (signing.BadSignature, Invitation.DoesNotExist):
        raise NotFound(_("This invitation isn't valid here. Check that the link is complete.")) from None
    if found.used_at:
        raise Conflict(_("This invitation has been used already. Ask for a new one."))
    if found.withdrawn_at or not may_invite(found.invited_by, found.target):
        raise Gone(_("This invitation was withdrawn. Ask for a new one."))
    if found.expires_at <= now:
        raise Gone(_("This invitation has expired. Ask for a new one."))
    return found


@transaction.atomic
def accept_invitation(*, token: str, user: User, now: datetime) -> Invitation:
    """Make `user` what the invitation says, and use it up.

    Raises what `get_open_invitation` raises, and Conflict if somebody else has just used it. If `user` already has the
    role, raises Conflict and leaves the invitation open.
    """
    invitation = get_open_invitation(token, now=now)
    claimed = Invitation.objects.open(now).filter(pk=invitation.pk)
    if not claimed.update(used_at=now, used_by=user):  # waits for the other; no page shows it
        raise Conflict(_("This invitation has been used already. Ask for a new one."))
    match invitation.target:
        case Venue() as venue:
            join_team(venue=venue, user=user, role=Role(invitation.role))
        case Jam() as jam:
            _add_host(jam, user)
        case Series() as series:
            _add_host(series, user)
            for night in series.nights.filter(ends_at__gt=now):
                night.hosts.add(user)
    logger.info("%s accepted invitation %d to %s", user.get_username(), invitation.pk, invitation.target)
    return invitation


@transaction.atomic
def accept_with_new_account(*, token: str, username: str, password: str, email: str = "", now: datetime) -> User:
    """Create an account and accept the invitation with it; return the account. If one fails, neither is done."""
    get_open_invitation(token, now=now)
    user = create_account(username=username, password=password, email=email)
    accept_invitation(token=token, user=user, now=now)
    return user


def _add_host(row: Jam | Series, user: User) -> None:
    """List `user` as a host, with the permissions of a co-host if the account has none."""
    if row.hosts.filter(pk=user.pk).exists():
        raise Conflict(_("You're already a host of %(name)s.") % {"name": row.name})
    row.hosts.add(user)
    if not find_grants(user, "jams.change_jam").exists():
        user.groups.add(ensure_co_hosts_group())


def _name_target(target: Target) -> str:
    return str(target._meta.model_name)
