from django.urls import path

from songs import views

app_name = "songs"
urlpatterns = [
    path("", views.song_list, name="list"),
    path("<int:pk>/", views.detail, name="detail"),
]
