from django.apps import AppConfig


class CallsConfig(AppConfig):
    name = "nahbar.calls"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from nahbar.calls import receivers  # noqa: F401  (receivers connect on import)
        from nahbar.calls.belongings import register_belongings
        from nahbar.calls.operations import forget
        from nahbar.calls.overrun import keep_channels
        from nahbar.calls.reconcile import reconcile
        from nahbar.outbox.clockwork import every

        register_belongings()
        every(seconds=5, name="calls.reconcile")(reconcile)
        every(seconds=15, name="calls.keep_channels")(keep_channels)
        every(seconds=3600, name="calls.forget")(lambda now: forget(now=now))
