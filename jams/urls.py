from django.urls import path

from jams import calendars, embed, lists, screen, views
from jams.attendees import me_views, privacy_views, room_views, song_views

app_name = "jams"
urlpatterns = [
    path("", lists.home, name="home"),
    path("about/", lists.about, name="about"),
    path("privacy/", privacy_views.privacy, name="privacy"),
    path("jams.ics", calendars.all_jams, name="calendar"),
    path("venues/<slug:slug>/jams.ics", calendars.jams_at, name="venue_calendar"),
    path("embed/venues/<slug:slug>/", embed.venue, name="embed"),
    path("jams/", lists.jam_list, name="list"),
    path("jams/<slug:slug>/", views.detail, name="detail"),
    path("jams/<slug:slug>/board/", views.board_fragment, name="board"),
    path("jams/<slug:slug>/me/", me_views.strip, name="me"),
    path("jams/<slug:slug>/me/join/", me_views.join_jam, name="join"),
    path("jams/<slug:slug>/me/leave/", me_views.leave_jam, name="leave"),
    path("jams/<slug:slug>/me/code/", me_views.new_code, name="new_code"),
    path("jams/<slug:slug>/me/move/", me_views.use_code, name="use_code"),
    path("jams/<slug:slug>/songs/<int:entry_id>/mine/", song_views.mine, name="mine"),
    path("jams/<slug:slug>/songs/<int:entry_id>/sign-up/", song_views.sign_up_for, name="sign_up"),
    path("jams/<slug:slug>/songs/<int:entry_id>/withdraw/", song_views.withdraw_from, name="withdraw"),
    path("jams/<slug:slug>/songs/<int:entry_id>/chords/", song_views.set_chords, name="chords"),
    path("jams/<slug:slug>/stage/", screen.stage, name="stage"),
    path("jams/<slug:slug>/stage/live/", screen.stage_live, name="stage_live"),
    path("j/<slug:code>/", screen.by_code, name="by_code"),
    path("jams/<slug:slug>/room/", room_views.room, name="room"),
    path("jams/<slug:slug>/me/remove/", privacy_views.remove_me, name="remove-me"),
    path("jams/<slug:slug>/qr.svg", views.qr_code, name="qr"),
]
