from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class VotesConfig(AppConfig):
    name = "votes"
    verbose_name = _("Votes")

    def ready(self) -> None:
        from jams.services.event_log import Verb
        from jams.services.undo import register_undo
        from votes import signals  # noqa: F401  (connects the signals)
        from votes.services.void_votes import restore_votes

        register_undo(Verb.VOID_VOTES, restore_votes)
