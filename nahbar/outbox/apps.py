from django.apps import AppConfig


class OutboxConfig(AppConfig):
    name = "nahbar.outbox"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from nahbar.outbox import duties  # noqa: F401  registers them with the clock
