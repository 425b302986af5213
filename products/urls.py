from django.urls import path

from products import api

urlpatterns = [
    path("products", api.ShelfProductListView.as_view(), name="products"),
    path("products/<uuid:product_id>", api.ShelfProductView.as_view(), name="product"),
]
