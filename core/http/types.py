"""Types of requests."""

from django.contrib.auth.models import User
from django.http import HttpRequest


class AuthenticatedRequest(HttpRequest):
    """A request of a logged-in user, for views behind a login: Django's own type also allows AnonymousUser."""

    user: User
