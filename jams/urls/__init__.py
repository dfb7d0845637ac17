from django.urls import path

from jams.views import attendee, calendars, embed, home, jam, privacy, room_code, set_list, song_sheet, stage_screen

app_name = "jams"
urlpatterns = [
    path("", home.home, name="home"),
    path("about/", home.about, name="about"),
    path("privacy/", privacy.privacy, name="privacy"),
    path("jams.ics", calendars.site_calendar, name="calendar"),
    path("venues/<slug:slug>/jams.ics", calendars.venue_calendar, name="venue_calendar"),
    path("jams/<slug:slug>/jam.ics", calendars.jam_calendar, name="jam_calendar"),
    path("embed/venues/<slug:slug>/", embed.venue_embed, name="embed"),
    path("jams/", home.jam_list, name="list"),
    path("jams/<slug:slug>/", jam.jam_detail, name="detail"),
    path("jams/<slug:slug>/board/", jam.board_fragment, name="board"),
    path("jams/<slug:slug>/songs/", set_list.set_list, name="set_list"),
    path("jams/<slug:slug>/me/", attendee.attendee_strip, name="me"),
    path("jams/<slug:slug>/me/join/", attendee.join_jam, name="join"),
    path("jams/<slug:slug>/me/leave/", attendee.leave_jam, name="leave"),
    path("jams/<slug:slug>/me/code/", attendee.move_code, name="new_code"),
    path("jams/<slug:slug>/me/move/", attendee.move_to_this_phone, name="use_code"),
    path("jams/<slug:slug>/songs/<int:entry_id>/mine/", song_sheet.song_sheet, name="mine"),
    path("jams/<slug:slug>/songs/<int:entry_id>/sign-up/", song_sheet.sign_up, name="sign_up"),
    path("jams/<slug:slug>/songs/<int:entry_id>/withdraw/", song_sheet.drop_out, name="withdraw"),
    path("jams/<slug:slug>/songs/<int:entry_id>/chords/", song_sheet.set_chords, name="chords"),
    path("jams/<slug:slug>/stage/", stage_screen.stage_screen, name="stage"),
    path("jams/<slug:slug>/stage/live/", stage_screen.stage_fragment, name="stage_live"),
    path("j/<slug:code>/", stage_screen.short_url, name="by_code"),
    path("jams/<slug:slug>/room/", room_code.room_code_form, name="room"),
    path("jams/<slug:slug>/me/remove/", privacy.remove_me, name="remove-me"),
    path("jams/<slug:slug>/qr.svg", jam.qr_code, name="qr"),
]
