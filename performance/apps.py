from django.apps import AppConfig


class PerformanceConfig(AppConfig):
    name = "performance"
    verbose_name = "业绩与排名"

    def ready(self) -> None:
        """Let the official account answer about figures."""
        from performance.wechat_answers import register  # noqa: PLC0415  models are not loaded before

        register()
