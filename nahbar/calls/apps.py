from django.apps import AppConfig


class CallsConfig(AppConfig):
    name = "nahbar.calls"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from nahbar.audit.retention import register
        from nahbar.calls import own_rights, receivers, retention  # noqa: F401  (receivers connect on import)
        from nahbar.calls.belongings import register_belongings
        from nahbar.calls.overrun import keep_channels
        from nahbar.calls.reconcile import reconcile
        from nahbar.outbox.clockwork import every
        from nahbar.people import rights

        register_belongings()
        every(seconds=5, name="calls.reconcile")(reconcile)
        every(seconds=15, name="calls.keep_channels")(keep_channels)
        for rule in (retention.CALLS, retention.SESSION_KEYS, retention.WEBHOOKS):
            register(rule)
        for keeper in (own_rights.CALLS, own_rights.PLACES, own_rights.PRESENCES):
            rights.register(keeper)
