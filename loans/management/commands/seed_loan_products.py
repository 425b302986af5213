"""Put the five loan products and the published prime rates on the shelf."""

from typing import Any

from django.core.management.base import BaseCommand

from loans import products


class Command(BaseCommand):
    help = "Write the loan products and LPR quotes that the house ships; what is there stays as it is."

    def handle(self, *args: Any, **options: Any) -> None:
        codes = ", ".join(product.code for product in products.seed())
        self.stdout.write(f"loan products on the shelf: {codes}")
