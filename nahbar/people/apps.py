from datetime import datetime

from django.apps import AppConfig


class PeopleConfig(AppConfig):
    name = "nahbar.people"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from nahbar.outbox import registry
        from nahbar.outbox.clockwork import every
        from nahbar.people import account_links
        from nahbar.people import account_mails as mails
        from nahbar.people.imports import forget_imports
        from nahbar.people.records import forget_looks
        from nahbar.people.sessions import forget_sessions

        for template in account_links.TEMPLATES.values():
            registry.register(template, render=mails.render_link, still_wanted=mails.link_wanted)
        registry.register(mails.NEWS_TEMPLATE, render=mails.render_news, still_wanted=mails.news_wanted)

        @every(seconds=3600, name="people.sessions")
        def forget(now: datetime) -> object:
            return forget_sessions(now=now)

        every(seconds=3600, name="people.forget_imports")(lambda now: forget_imports(now=now))
        every(seconds=3600, name="people.forget_looks")(lambda now: forget_looks(now=now))

        from nahbar.audit import retention
        from nahbar.people import own_rights, rights
        from nahbar.people.erasing import erased_ids
        from nahbar.people.ledger import top_up
        from nahbar.people.retention import Files

        retention.register(Files())
        for keeper in (own_rights.RECORD, own_rights.HOLD):
            rights.register(keeper)
        every(seconds=3600, name="people.ledger")(lambda now: top_up(erased_ids()))
