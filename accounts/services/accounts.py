"""Creating accounts of hosts."""

import logging

from django.contrib.auth.models import User

from core.validation import validate_and_save

logger = logging.getLogger(__name__)


def create_account(*, username: str, password: str, email: str = "") -> User:
    """Create and return an account that may log in and do nothing else yet. Its password has been validated.

    Raises ValidationError for an odd name, Conflict if it is taken.
    """
    user = User()
    user.set_password(password)
    validate_and_save(user, {"username": username, "email": email, "is_staff": True})
    logger.info("The account %s was created", username)
    return user
