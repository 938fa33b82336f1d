from django.apps import AppConfig
from django.db.models.signals import post_migrate


class ConsentConfig(AppConfig):
    name = "nahbar.consent"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from nahbar.consent.belongings import register_belongings
        from nahbar.consent.operations import bring_shipped_texts

        register_belongings()
        post_migrate.connect(bring_shipped_texts, sender=self)
