from django.urls import path

from songs.views import library

app_name = "songs"
urlpatterns = [
    path("", library.song_list, name="list"),
    path("<int:pk>/", library.detail, name="detail"),
]
