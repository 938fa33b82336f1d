"""Addresses of the pages that set up an office, below `/b/<office>/einrichtung/`."""

from django.urls import path

from nahbar.web.office import channels, closing, deputies, facts, hours, hub, log, policies, sites, teams, topics

urlpatterns = [
    path("", hub.office_setup, name="office_setup"),
    path("buero/", facts.office_facts, name="office_facts"),
    path("standorte/", sites.office_sites, name="office_sites"),
    path("standorte/<int:site>/", sites.office_site, name="office_site"),
    path("standorte/<int:site>/angebot", sites.office_site_offer, name="office_site_offer"),
    path("teams/", teams.office_teams, name="office_teams"),
    path("teams/<int:team>/", teams.office_team, name="office_team"),
    path("teams/<int:team>/angebot", teams.office_team_offer, name="office_team_offer"),
    path("themen/", topics.office_topics, name="office_topics"),
    path("themen/<int:topic>/", topics.office_topic, name="office_topic"),
    path("themen/<int:topic>/angebot", topics.office_topic_offer, name="office_topic_offer"),
    path("videokanaele/", channels.office_channels, name="office_channels"),
    path("videokanaele/<int:channel>/angebot", channels.office_channel_offer, name="office_channel_offer"),
    path("zeiten/", hours.office_hours_page, name="office_hours"),
    path("zeiten/dauer", hours.office_spans, name="office_spans"),
    path("zeiten/schliesstag", hours.office_holiday_new, name="office_holiday_new"),
    path("zeiten/schliesstag-loeschen", hours.office_holiday_remove, name="office_holiday_remove"),
    path("vertretungen/", deputies.office_deputies, name="office_deputies"),
    path("vertretungen/<int:deputyship>/ende", deputies.office_deputy_end, name="office_deputy_end"),
    path("regeln/", policies.office_policies, name="office_policies"),
    path("protokoll/", log.office_log, name="office_log"),
    path("protokoll/datei", log.office_log_file, name="office_log_file"),
    path("schliessen/", closing.office_close, name="office_close"),
    path("schliessen/wieder-oeffnen", closing.office_reopen, name="office_reopen"),
]
