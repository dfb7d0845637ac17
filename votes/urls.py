from django.urls import path

app_name = "votes"
urlpatterns: list = []
