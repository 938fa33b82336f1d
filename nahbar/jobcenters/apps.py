from django.apps import AppConfig


class JobCentersConfig(AppConfig):
    name = "nahbar.jobcenters"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from nahbar.jobcenters import barriers
        from nahbar.outbox import registry
        from nahbar.outbox.clockwork import every

        registry.register(barriers.TEMPLATE, render=barriers.render, still_wanted=barriers.still_wanted)
        every(seconds=3600, name="jobcenters.forget")(lambda now: barriers.forget(now=now))
