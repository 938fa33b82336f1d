from django.apps import AppConfig


class ConfigConfig(AppConfig):
    name = "nahbar.config"
    label = "config"

    def ready(self) -> None:
        from nahbar.config import checks  # noqa: F401  (checks register on import)
