"""URLs for hosts: their home, the plan and the songs of a night, its console with one URL per action, its report.

What is about no jam has two parts or none, so that it stands in no jam's way, whatever its slug is.
"""

from django.urls import URLPattern, URLResolver, include, path

from jams.services.host_actions import HOST_ACTIONS
from jams.views import console, host_home, night_report, planning, series_plan, share, song_choice, teams

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
    path("find/", console.find_songs, name="find_songs"),
    path("edit/", planning.edit_night, name="edit"),
    path("copy/", planning.copy_night, name="copy"),
    path("delete/", planning.delete_night, name="delete"),
    path("cancel/", planning.cancel_night, name="cancel"),
    path("repeat/", series_plan.repeat_night, name="repeat"),
    path("songs/", song_choice.library, name="songs"),
    path("songs/last/", song_choice.last_night, name="songs_last"),
    path("songs/paste/", song_choice.paste, name="songs_paste"),
    path("songs/<int:entry_id>/", include(_addresses(about_song=True))),
    path("report/", night_report.night_report_page, name="report"),
    path("report.csv", night_report.night_report_csv, name="report_csv"),
    path("share/", share.share_page, name="share"),
    path("team/", teams.night_team, name="night_team"),
    path("team/<int:person>/", teams.night_host, name="night_host"),
    path("undo/<int:event_id>/", console.undo_action, name="undo"),
    *_addresses(about_song=False),
]
urlpatterns = [
    path("", host_home.home, name="home"),
    path("help/first-night/", host_home.first_night, name="first_night"),
    path("nights/new/", planning.new_night, name="new"),
    path("series/new/", series_plan.new_series, name="new_series"),
    path("series/<int:pk>/", series_plan.series_home, name="series"),
    path("series/<int:pk>/edit/", series_plan.edit_series, name="edit_series"),
    path("series/<int:pk>/end/", series_plan.end, name="end_series"),
    path("series/<int:pk>/template/", series_plan.set_series_template, name="series_template"),
    path("series/<int:pk>/team/", teams.series_team, name="series_team"),
    path("series/<int:pk>/team/<int:person>/", teams.series_host, name="series_host"),
    path("venues/new/", planning.new_venue, name="new_venue"),
    path("venues/<slug:venue>/team/", teams.venue_team, name="venue_team"),
    path("venues/<slug:venue>/team/<int:person>/", teams.member, name="member"),
    path("invitations/<int:pk>/", teams.invitation, name="invitation"),
    path("invitations/<int:pk>/withdraw/", teams.withdraw_invitation, name="withdraw_invitation"),
    path("venues/<slug:venue>/edit/", planning.edit_venue, name="edit_venue"),
    path("<slug:slug>/", include(jam)),
]
