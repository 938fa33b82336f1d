"""Addresses of the counsellor pages."""

from django.urls import include, path

from nahbar.web.counsellor import (
    appointment,
    booking,
    calendars,
    calltasks,
    changes,
    client_edit,
    client_links,
    client_merge,
    clients,
    contacts,
    day,
    deputy,
    meetings,
    moving,
    own_video,
    results,
    survey,
    tablet,
    tablet_code,
    talk,
    times,
    waiting,
    week,
)

of_appointment = [
    path("", appointment.appointment_page, name="appointment_page"),
    path("verschieben/", moving.appointment_move, name="appointment_move"),
    path("absagen/", changes.appointment_cancel, name="appointment_cancel"),
    path("art/", changes.appointment_mode, name="appointment_mode"),
    path("zuruecknehmen/", changes.appointment_undo, name="appointment_undo"),
    path("ergebnis/", results.appointment_outcome, name="appointment_outcome"),
    path("ergebnis/berichtigen/", results.appointment_correct, name="appointment_correct"),
    path("uebernehmen/", deputy.appointment_take_over, name="appointment_take_over"),
    path("link-neu/", changes.invitation_reissue, name="invitation_reissue"),
    path("freigeben/", changes.invitation_unlock, name="invitation_unlock"),
    path("nachrichten/<uuid:message>/", changes.message_decide, name="message_decide"),
    path("gespraech/", talk.staff_call, name="staff_call"),
    path("gespraech/beitreten", talk.staff_join, name="staff_join"),
    path("gespraech/einlassen", talk.staff_admit, name="staff_admit"),
    path("gespraech/hinaussetzen", talk.staff_eject, name="staff_eject"),
    path("gespraech/geraet-wechseln", talk.staff_change_device, name="staff_change_device"),
    path("gespraech/geraet-ablehnen", talk.staff_refuse_device, name="staff_refuse_device"),
    path("gespraech/telefon", talk.staff_telephone, name="staff_telephone"),
    path("gespraech/beenden", talk.staff_end, name="staff_end"),
    path("gespraech/verlassen", talk.staff_leave, name="staff_leave"),
    path("gespraech/stand", talk.staff_state, name="staff_state"),
    path("gespraech/tablet-code", tablet_code.staff_tablet_code, name="staff_tablet_code"),
    path("gespraech/tablet-holen", tablet_code.staff_tablet_fetch, name="staff_tablet_fetch"),
    path("gespraech/tablet-trennen", tablet_code.staff_tablet_drop, name="staff_tablet_drop"),
    path("gespraech/gesehen", talk.staff_seen, name="staff_seen"),
]

of_person = [
    path("", clients.person_page, name="person_page"),
    path("aendern/", client_edit.person_edit, name="person_edit"),
    path("grund/", clients.person_reason, name="person_reason"),
    path("zusammenfuehren/", client_merge.person_merge, name="person_merge"),
    path("kontakte/", contacts.person_contacts, name="person_contacts"),
    path("kontakte/neu/", contacts.person_contact_new, name="person_contact_new"),
    path("kontakte/<uuid:contact>/entfernen", contacts.person_contact_remove, name="person_contact_remove"),
    path("kontakte/<uuid:contact>/dritte", contacts.person_contact_third, name="person_contact_third"),
]

urlpatterns = [
    path("heute/", day.staff_day, name="staff_day"),
    path("woche/", week.staff_week, name="staff_week"),
    path("team/", week.staff_team_day, name="staff_team_day"),
    path("ergebnisse/", results.staff_results, name="staff_results"),
    path("umfrage-spaeter/", survey.survey_skip, name="survey_skip"),
    path("wartende/", waiting.waiting_poll, name="waiting_poll"),
    path("zeiten/", times.staff_times, name="staff_times"),
    path("zeiten/abwesenheit/", times.absence_new, name="absence_new"),
    path("zeiten/abwesenheit/<uuid:public_id>/", times.absence_drop, name="absence_drop"),
    path("kalender/", calendars.staff_calendar, name="staff_calendar"),
    path("kalender/abo/", calendars.staff_feed, name="staff_feed"),
    path("mein-video/", own_video.own_video, name="own_video"),
    path("personen/", clients.person_list, name="person_list"),
    path("personen/neu/", client_edit.person_new, name="person_new"),
    path("personen/zugriffe/", clients.person_looks, name="person_looks"),
    path("personen/<uuid:public_id>/", include(of_person)),
    path("personen/suche/", booking.client_search, name="client_search"),
    path("anrufe/<uuid:public_id>/", calltasks.call_task, name="call_task"),
    path("termine/neu/", booking.appointment_new, name="appointment_new"),
    path("besprechungen/neu/", meetings.meeting_new, name="meeting_new"),
    path("besprechungen/<uuid:public_id>/", meetings.meeting_page, name="meeting_page"),
    path("besprechungen/<uuid:public_id>/absagen/", meetings.meeting_cancel, name="meeting_cancel"),
    path("termine/<uuid:public_id>/", include(of_appointment)),
]

# Calendars read it without a session: the key is all there is to know.
of_feeds = [path("kalender/<str:key>.ics", calendars.calendar_feed, name="calendar_feed")]

# Specialist software knows the customer number and no office.
# Numbers are what offices write, strokes and all.
of_people = [path("p/<path:number>", client_links.person_by_number, name="person_by_number")]

TABLET = "g/<slug:code>"

# The tablet beside the PC: nobody is signed in there, and no office stands in the address.
of_tablet = [
    path(TABLET, tablet.tablet_landing, name="tablet_landing"),
    path(TABLET + "/verbinden", tablet.tablet_pair, name="tablet_pair"),
    path(TABLET + "/gespraech", tablet.tablet_call, name="tablet_call"),
    path(TABLET + "/holen", tablet.tablet_take, name="tablet_take"),
    path(TABLET + "/beitreten", tablet.tablet_join, name="tablet_join"),
    path(TABLET + "/stand", tablet.tablet_state, name="tablet_state"),
    path(TABLET + "/zurueck", tablet.tablet_back, name="tablet_back"),
]
