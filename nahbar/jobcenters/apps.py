from django.apps import AppConfig


class JobCentersConfig(AppConfig):
    name = "nahbar.jobcenters"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from nahbar.audit import retention
        from nahbar.jobcenters import barriers
        from nahbar.jobcenters.retention import BARRIERS
        from nahbar.outbox import registry

        registry.register(barriers.TEMPLATE, render=barriers.render, still_wanted=barriers.still_wanted)
        retention.register(BARRIERS)
