from django.urls import path

from performance import api

urlpatterns = [
    path("performance/metrics", api.MetricListView.as_view(), name="metrics"),
    path("performance/ranking", api.RankingView.as_view(), name="ranking"),
    path("performance/standing", api.StandingView.as_view(), name="standing"),
    path("performance/entries", api.EntryListView.as_view(), name="ledger-entries"),
]
