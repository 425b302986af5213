"""`manage.py renew_stream_epochs`: after the database was restored from a backup."""

from typing import Any

from django.core.management.base import BaseCommand

from notifications import streams


class Command(BaseCommand):
    help = "恢复备份后执行：各消息流换新纪元，客户端重新读取"

    def handle(self, *args: Any, **options: Any) -> None:
        renewed = streams.renew_epochs()
        self.stdout.write(f"已更换 {renewed} 个消息流的纪元")
