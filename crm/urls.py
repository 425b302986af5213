from django.urls import path

from crm.api import core_banking, customers, feeds, holdings

urlpatterns = [
    path("customers", customers.CustomerListView.as_view(), name="customers"),
    path("customers/<uuid:customer_id>", customers.CustomerView.as_view(), name="customer"),
    path("customers/<uuid:customer_id>/reveal", customers.RevealView.as_view(), name="customer-reveal"),
    path("customers/<uuid:customer_id>/ownership", customers.OwnershipView.as_view(), name="customer-ownership"),
    path("customers/<uuid:customer_id>/accounts", holdings.AccountListView.as_view(), name="customer-accounts"),
    path(
        "customers/<uuid:customer_id>/transactions",
        holdings.TransactionListView.as_view(),
        name="customer-transactions",
    ),
    path("feeds", feeds.FeedListView.as_view(), name="feeds"),
    path("feeds/<uuid:file_id>", feeds.FeedView.as_view(), name="feed"),
    path("feeds/<uuid:file_id>/rejects.csv", feeds.FeedRejectsView.as_view(), name="feed-rejects"),
    path("core-banking/feeds", core_banking.FeedDoor.as_view(), name="core-banking-feeds"),
    path("core-banking/events", core_banking.EventDoor.as_view(), name="core-banking-events"),
]
