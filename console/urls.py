from django.urls import path

from console import entry, views

app_name = "console"
urlpatterns = [
    path("", views.home, name="home"),
    path("sign-in", entry.sign_in, name="sign-in"),
    path("sign-out", entry.sign_out, name="sign-out"),
    path("parts/figures", views.figures, name="figures"),
    path("parts/ranking", views.ranking, name="ranking"),
    path("parts/pipeline", views.pipeline, name="pipeline"),
    path("parts/late", views.late, name="late"),
    path("parts/events", views.events, name="events"),
    path("parts/trend", views.trend, name="trend"),
]
