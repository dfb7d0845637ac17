from django.urls import path

app_name = "songs"
urlpatterns: list = []
