"""One ASGI application: pages and API over HTTP, the notice stream over WebSocket."""

import os

from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "aladdin.settings.development")
http = get_asgi_application()

# The socket's consumers import models, which exist only after the line above.
from channels.routing import ProtocolTypeRouter  # noqa: E402  after the models

from notifications.socket import socket  # noqa: E402  after the models

application = ProtocolTypeRouter({"http": http, "websocket": socket})
