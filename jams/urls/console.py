"""URLs of the host console: its page, the night report, and one URL for each action in `HOST_ACTIONS`."""

from django.urls import URLPattern, URLResolver, include, path

from jams.services.host_actions import HOST_ACTIONS
from jams.views import console, night_report, share

app_name = "host"


def _addresses(*, about_song: bool) -> list[URLPattern | URLResolver]:
    return [
        path(f"{action.name}/", console.run_action, {"action": action}, name=action.name)
        for action in HOST_ACTIONS.values()
        if action.about_song == about_song
    ]


jam: list[URLPattern | URLResolver] = [
    path("", console.console_page, name="console"),
    path("live/", console.console_fragment, name="live"),
    path("songs/<int:entry_id>/", include(_addresses(about_song=True))),
    path("report/", night_report.night_report_page, name="report"),
    path("report.csv", night_report.night_report_csv, name="report_csv"),
    path("share/", share.share_page, name="share"),
    path("undo/<int:event_id>/", console.undo_action, name="undo"),
    *_addresses(about_song=False),
]
urlpatterns = [path("<slug:slug>/", include(jam))]
