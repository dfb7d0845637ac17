from django.urls import path

from votes.views import crowd_control, song_merging, suggestions, votes

app_name = "votes"
urlpatterns = [
    path("jams/<slug:slug>/songs/<int:entry_id>/vote/", votes.vote, name="heart"),
    path("jams/<slug:slug>/suggest/", suggestions.suggest, name="suggest"),
    path("jams/<slug:slug>/arrivals/", crowd_control.arrivals, name="arrivals"),
    path("jams/<slug:slug>/arrivals/room-code/", crowd_control.room_code, name="room-code"),
    path("jams/<slug:slug>/arrivals/void/", crowd_control.void, name="void"),
    path("admin/songs/song/twins/", song_merging.show_twins, name="twins"),
    path("admin/songs/song/twins/merge/", song_merging.merge, name="merge"),
    path("admin/songs/song/twins/<int:pk>/undo/", song_merging.undo, name="unmerge"),
]
