"""`manage.py remove_demo`: clear the demo away for a site of one's own."""

from django.core.management.base import BaseCommand

from demo.removal import is_demo_here, remove_demo


class Command(BaseCommand):
    help = "Remove the demo's jams, songs, venues and accounts, and nothing of your own."

    def handle(self, **options: object) -> None:
        if not is_demo_here():
            self.stdout.write("The demo is not here; nothing was removed.")
            return
        removed = remove_demo()
        self.stdout.write(f"Removed {removed.jams} jams, {removed.songs} songs and {removed.venues} venues.")
        for name in removed.kept_accounts:
            self.stdout.write(f'The account "{name}" is needed and stays. Change its password on /admin/.')
