from django.apps import AppConfig


class PeopleConfig(AppConfig):
    name = "nahbar.people"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from nahbar.audit import retention
        from nahbar.outbox import registry
        from nahbar.outbox.clockwork import every
        from nahbar.people import account_links, own_lists, own_rights, rights
        from nahbar.people import account_mails as mails
        from nahbar.people.erasing import erased_ids
        from nahbar.people.ledger import top_up
        from nahbar.people.retention import IMPORTS, LOOKS, SESSIONS, Files

        for template in account_links.TEMPLATES.values():
            registry.register(template, render=mails.render_link, still_wanted=mails.link_wanted)
        registry.register(mails.NEWS_TEMPLATE, render=mails.render_news, still_wanted=mails.news_wanted)
        for rule in (Files(), IMPORTS, LOOKS, SESSIONS):
            retention.register(rule)
        for keeper in (
            own_rights.RECORD,
            own_rights.HOLD,
            own_rights.FORMER_NUMBERS,
            own_rights.SEARCH_KEYS,
            own_rights.LOOKS,
            own_rights.REPORTS,
            own_lists.LISTS,
        ):
            rights.register(keeper)
        every(seconds=3600, name="people.ledger")(lambda now: top_up(erased_ids()))
