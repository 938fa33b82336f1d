"""Addresses of the client pages: `/t/<public id>` is the open half of a link."""

from django.urls import path

from nahbar.web.client import appointment, arrive, consent, language, legal, pages, survey, talk

LINK = "t/<uuid:public_id>"

urlpatterns = [
    path(LINK, arrive.landing, name="client_landing"),
    path(LINK + "/oeffnen", arrive.open_, name="client_open"),
    path(LINK + "/nachweis", arrive.proof, name="client_proof"),
    path(LINK + "/termin", appointment.appointment, name="client_appointment"),
    path(LINK + "/termin.ics", appointment.calendar_file, name="client_calendar"),
    path(LINK + "/art", appointment.mode, name="client_mode"),
    path(LINK + "/einverstaendnis", consent.consent, name="client_consent"),
    path(LINK + "/widerruf", consent.withdraw, name="client_withdraw"),
    path(LINK + "/gespraech", talk.call, name="client_call"),
    path(LINK + "/gespraech/pruefung", talk.check, name="client_call_check"),
    path(LINK + "/gespraech/leitung", talk.probe, name="client_call_probe"),
    path(LINK + "/gespraech/ankunft", talk.arrive, name="client_call_arrive"),
    path(LINK + "/gespraech/stand", talk.state, name="client_call_state"),
    path(LINK + "/gespraech/telefon", talk.telephone, name="client_call_telephone"),
    path(LINK + "/gespraech/verlassen", talk.hang_up, name="client_call_leave"),
    path(LINK + "/ende", pages.end, name="client_end"),
    path(LINK + "/datenschutz", pages.privacy, name="client_privacy"),
    path("o/<slug:office>/<slug:page>", legal.legal, name="legal"),
    path("impressum", legal.legal, {"page": "impressum"}, name="imprint"),
    path("datenschutz", pages.privacy, name="privacy"),
    path("barrierefreiheit", legal.legal, {"page": "barrierefreiheit"}, name="accessibility"),
    path("einfache-sprache", legal.legal, {"page": "einfache-sprache"}, name="plain"),
    path("meinung/", survey.survey, name="survey"),
    path("meinung/<str:language>/", survey.survey, name="survey_in"),
    path("sprache", language.set_language, name="set_language"),
]
