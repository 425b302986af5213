"""Write every room's thresholds that are not in the parameter table yet."""

from importlib import import_module
from importlib.util import find_spec
from typing import Any

from django.apps import apps
from django.core.management.base import BaseCommand

from aladdin import parameters


class Command(BaseCommand):
    help = "Write the thresholds of every room (<room>/thresholds.py) that are not there yet."

    def handle(self, *args: Any, **options: Any) -> None:
        written = 0
        for app in apps.get_app_configs():
            name = f"{app.name}.thresholds"
            if find_spec(name) is not None:
                written += parameters.sow(import_module(name).SEED)
        self.stdout.write(f"parameters written: {written}")
