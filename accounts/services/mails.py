"""Sending mail. Only background jobs do it, so that a slow mail server keeps no page waiting."""

import logging
from http import HTTPStatus
from smtplib import SMTPRecipientsRefused

from django.conf import settings
from django.core.mail import EmailMessage

from core.rate_limits import count_within
from core.text import fold_text
from jobs.queue import RetryLaterError

logger = logging.getLogger(__name__)


def count_mail(email: str) -> bool:
    """Count a mail that somebody asks for; return whether `email` still gets it, which it does not above MAIL_RATE."""
    return count_within(group="mail", who=fold_text(email), rate=settings.MAIL_RATE)


def send_mail(*, to: str, subject: str, text: str) -> bool:
    """Send a mail; return False if there is no way to send one to this address.

    Raises RetryLaterError when the mail server could not be reached, or does not take the mail at the moment. The error
    and the log name no address, as those of smtplib and Django do.
    """
    try:
        EmailMessage(subject, text, to=[to]).send()
    except SMTPRecipientsRefused as error:
        if any(code < HTTPStatus.INTERNAL_SERVER_ERROR for code, _reply in error.recipients.values()):  # not for now
            raise RetryLaterError("The mail server does not take mail for this address at the moment.") from None
        logger.info("The mail server refused an address")
        return False
    except ValueError:  # Django sends no mail to an address with letters outside ASCII before the @
        logger.info("A mail was not sent, because its address or sender is not valid")
        return False
    except OSError as error:  # also the base class of smtplib's errors
        raise RetryLaterError(f"The mail server does not work: {type(error).__name__}.") from None
    return True
