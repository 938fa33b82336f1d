from django.apps import AppConfig
from django.db.models.signals import post_migrate


class ConsentConfig(AppConfig):
    name = "nahbar.consent"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from nahbar.consent.belongings import register_belongings
        from nahbar.consent.operations import bring_shipped_texts
        from nahbar.consent.own_rights import CONSENTS
        from nahbar.people.rights import register

        register_belongings()
        register(CONSENTS)
        post_migrate.connect(bring_shipped_texts, sender=self)
