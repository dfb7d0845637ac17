from django.urls import path

app_name = "jams"
urlpatterns: list = []
