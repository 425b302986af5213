"""Production: every secret must be given, everything goes over TLS."""

from django.core.exceptions import ImproperlyConfigured

from aladdin.settings.base import *  # noqa: F403  settings files are made to be layered
from aladdin.settings.base import DATABASES, env

SECRET_KEY = env("SECRET_KEY")
DATABASES["default"] |= env.db_url("DATABASE_URL")
REDIS_URL = env("REDIS_URL")
FIELD_KEYS = env.list("FIELD_KEYS")
BLIND_INDEX_KEY = env("BLIND_INDEX_KEY")
PAPER_SEAL = env("PAPER_SEAL")
if not PAPER_SEAL.startswith("pkcs12:"):
    raise ImproperlyConfigured("PAPER_SEAL: a bank seals its papers with a key of its certificate authority (pkcs12:…)")

SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
SECURE_SSL_REDIRECT = True
SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$"]
SECURE_HSTS_SECONDS = 31_536_000
SECURE_HSTS_INCLUDE_SUBDOMAINS = True
SECURE_HSTS_PRELOAD = True
SESSION_COOKIE_SECURE = True
CSRF_COOKIE_SECURE = True
SESSION_COOKIE_NAME = "__Host-session"
CSRF_COOKIE_NAME = "__Host-csrf"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}
