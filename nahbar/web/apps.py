from django.apps import AppConfig


class WebConfig(AppConfig):
    name = "nahbar.web"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from nahbar.web.shared import accounts, factors  # noqa: F401  (receivers connect on import)
