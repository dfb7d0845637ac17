from django.urls import include, path

from jams.views import console as host
from jams.views import night_report

app_name = "host"

songs = [
    path("start/", host.start, name="start"),
    path("place/", host.place, name="place"),
    path("no-show/", host.presence, {"absent": True}, name="no_show"),
    path("showed-up/", host.presence, {"absent": False}, name="showed_up"),
    *(path(f"{verb}/", host.move_song, {"verb": verb}, name=verb.replace("-", "_")) for verb in host.SONG_VERBS),
]
jam = [
    path("", host.page, name="console"),
    path("live/", host.live, name="live"),
    path("songs/<int:entry_id>/", include(songs)),
    path("report/", night_report.page, name="report"),
    path("report.csv", night_report.table, name="report_csv"),
    path("walk-ups/", host.walk_up, name="walk_up"),
    path("people/rename/", host.rename, name="rename"),
    path("people/remove/", host.remove, name="remove"),
    path("switches/", host.switch, name="switch"),
    path("undo/<int:event_id>/", host.take_back, name="undo"),
    *(path(f"{verb}/", host.run_evening, {"verb": verb}, name=verb.replace("-", "_")) for verb in host.EVENING_VERBS),
]
urlpatterns = [path("<slug:slug>/", include(jam))]
