"""`manage.py password_link NAME`: a link with which somebody sets a new password."""

from argparse import ArgumentParser

from django.conf import settings
from django.contrib.auth.models import User
from django.core.management.base import BaseCommand, CommandError

from accounts.services.passwords import build_password_url


class Command(BaseCommand):
    help = "Print a link with which an account sets a new password. It works once, for a day."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("username")
        parser.add_argument("--base", default="", help="The site's address, if BASE_URL does not say it.")

    def handle(self, *, username: str, base: str, **options: object) -> None:
        user = User.objects.filter(username=username, is_active=True).first()
        if user is None:
            raise CommandError(f"There is no active account with the name {username}.")
        self.stdout.write(build_password_url(user, base or settings.BASE_URL or f"http://127.0.0.1:{settings.PORT}"))
