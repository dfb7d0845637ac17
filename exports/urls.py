from django.urls import path

from exports import views

app_name = "exports"
urlpatterns = [
    path("", views.export_page, name="page"),
    path("everything.zip", views.download_archive, name="everything"),
    path("<slug:name>.csv", views.download_table, name="table"),
]
