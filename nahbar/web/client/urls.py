"""Addresses of the client pages: `/t/<public id>` is the open half of a link."""

from django.urls import include, path

from nahbar.web.client import appointment, arrive, consent, language, pages, talk

link = [
    path("", arrive.landing, name="client_landing"),
    path("/oeffnen", arrive.open_, name="client_open"),
    path("/nachweis", arrive.proof, name="client_proof"),
    path("/termin", appointment.appointment, name="client_appointment"),
    path("/art", appointment.mode, name="client_mode"),
    path("/einverstaendnis", consent.consent, name="client_consent"),
    path("/widerruf", consent.withdraw, name="client_withdraw"),
    path("/gespraech", talk.call, name="client_call"),
    path("/gespraech/pruefung", talk.check, name="client_call_check"),
    path("/gespraech/leitung", talk.probe, name="client_call_probe"),
    path("/gespraech/ankunft", talk.arrive, name="client_call_arrive"),
    path("/gespraech/stand", talk.state, name="client_call_state"),
    path("/gespraech/verlassen", talk.hang_up, name="client_call_leave"),
    path("/ende", pages.end, name="client_end"),
    path("/datenschutz", pages.privacy, name="client_privacy"),
]

urlpatterns = [
    path("t/<uuid:public_id>", include(link)),
    path("datenschutz", pages.privacy, name="privacy"),
    path("sprache", language.set_language, name="set_language"),
]
