"""Tests: the desk's settings on a database of their own, with quick password hashes."""

import tempfile
from pathlib import Path

from aladdin.settings.base import DATABASES, env
from aladdin.settings.development import *  # noqa: F403  settings files are made to be layered

SECRET_KEY = "tests only"  # noqa: S105  signs nothing that leaves a test
DEBUG = False
DATABASES["default"]["TEST"] = {"NAME": env("ALADDIN_TEST_DATABASE", default="test_aladdin")}
# A pooled connection left open would keep the test database from being dropped.
DATABASES["default"]["OPTIONS"].pop("pool", None)
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
MEDIA_ROOT = Path(tempfile.gettempdir()) / "aladdin-test-media"
REPLAY_CLOCK = True
