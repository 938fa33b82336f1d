"""The table of scenes: one line for each. Pictures are named `<scene>[.<state>].<look>.png`."""

from __future__ import annotations

from dataclasses import dataclass

from tests.pictures import account_scenes as account
from tests.pictures import beside_scenes as beside
from tests.pictures import calendar_scenes as calendars
from tests.pictures import call_scenes as call
from tests.pictures import client_scenes as client
from tests.pictures import demo_scenes as demo
from tests.pictures import figures_scenes as figures
from tests.pictures import ledger_scenes as contacts
from tests.pictures import outcome_scenes as outcomes
from tests.pictures import people_scenes as people
from tests.pictures import rights_scenes as rights
from tests.pictures import setup_scenes as setup
from tests.pictures import sign_in_scenes as sign_in
from tests.pictures import staff_scenes as staff
from tests.pictures import survey_scenes as surveys
from tests.pictures import tablet_scenes as beside_pc
from tests.pictures import text_scenes as texts
from tests.pictures.looks import CALENDAR_PAGE, CLIENT_PAGE, CLIENT_TALK, PRINTED_PAGE, STAFF_PAGE, TABLET_PAGE, Looks
from tests.pictures.stage import Play


@dataclass(frozen=True)
class Scene:
    """What is played, and how it is looked at."""

    play: Play
    looks: Looks


SCENES: dict[str, Scene] = {
    # Before any other: afterwards there are offices.
    "first-run": Scene(sign_in.first_run, STAFF_PAGE),
    "survey-offered": Scene(surveys.offered, CLIENT_PAGE),
    "survey": Scene(surveys.survey, CLIENT_PAGE),
    "survey-of-staff": Scene(surveys.of_staff, STAFF_PAGE),
    "login": Scene(staff.login, STAFF_PAGE),
    "second-step": Scene(sign_in.second_step, STAFF_PAGE),
    "factors": Scene(sign_in.factors, STAFF_PAGE),
    "forgotten": Scene(sign_in.forgotten, STAFF_PAGE),
    "new-address": Scene(sign_in.new_address, STAFF_PAGE),
    "own-account": Scene(account.own_account, STAFF_PAGE),
    "account-link": Scene(account.account_link, STAFF_PAGE),
    "office-staff": Scene(account.office_staff, STAFF_PAGE),
    # Before the demo is loaded, whose mails the worker sends for a long time.
    "setup-server": Scene(setup.server, STAFF_PAGE),
    "logout": Scene(staff.logout, STAFF_PAGE),
    "account-inactive": Scene(staff.inactive, STAFF_PAGE),
    "no-office": Scene(staff.no_office, STAFF_PAGE),
    "missing": Scene(staff.missing, STAFF_PAGE),
    "csrf": Scene(staff.csrf, STAFF_PAGE),
    "day-empty": Scene(staff.day_empty, STAFF_PAGE),
    "day-busy": Scene(staff.day_busy, STAFF_PAGE),
    "day-deputy": Scene(beside.deputy, STAFF_PAGE),
    "day-another-device": Scene(beside.another_device, STAFF_PAGE),
    "appointment-telephone": Scene(beside.telephone, STAFF_PAGE),
    "client-telephone": Scene(beside.client_telephone, CLIENT_PAGE),
    "toast": Scene(staff.toast, STAFF_PAGE),
    "find": Scene(staff.find, STAFF_PAGE),
    "booking": Scene(staff.booking, CALENDAR_PAGE),
    "booking-full": Scene(staff.booking_full, CALENDAR_PAGE),
    "booking-busy": Scene(staff.booking_busy, CALENDAR_PAGE),
    "appointment": Scene(staff.appointment, STAFF_PAGE),
    "appointment-states": Scene(staff.appointment_states, STAFF_PAGE),
    "results": Scene(outcomes.results, STAFF_PAGE),
    "outcome": Scene(outcomes.outcome, STAFF_PAGE),
    "move": Scene(staff.move, CALENDAR_PAGE),
    "cancel": Scene(staff.cancel, STAFF_PAGE),
    "call-task": Scene(staff.call_task, STAFF_PAGE),
    "day": Scene(staff.day, CALENDAR_PAGE),
    "week": Scene(calendars.week, CALENDAR_PAGE),
    "times": Scene(calendars.times, STAFF_PAGE),
    "meeting": Scene(calendars.meeting, STAFF_PAGE),
    "calendar": Scene(calendars.calendar, STAFF_PAGE),
    "own-video": Scene(calendars.own_video, STAFF_PAGE),
    "client-record": Scene(people.record, STAFF_PAGE),
    "client-new": Scene(people.new, STAFF_PAGE),
    "client-search": Scene(people.search, STAFF_PAGE),
    "contact-ledger": Scene(contacts.ledger, CALENDAR_PAGE),
    "reason-door": Scene(people.reason, STAFF_PAGE),
    "merge": Scene(people.merge, STAFF_PAGE),
    "import": Scene(people.imports, STAFF_PAGE),
    "rights": Scene(rights.rights, STAFF_PAGE),
    "retention": Scene(rights.retention, STAFF_PAGE),
    "overview": Scene(staff.overview, STAFF_PAGE),
    "figures": Scene(figures.figures, PRINTED_PAGE),
    "figures-none": Scene(figures.nothing, STAFF_PAGE),
    "setup-hub": Scene(setup.hub, STAFF_PAGE),
    "setup-facts": Scene(setup.facts, STAFF_PAGE),
    "setup-places": Scene(setup.places, STAFF_PAGE),
    "setup-ledger": Scene(contacts.setup, STAFF_PAGE),
    "setup-offer": Scene(setup.offer, STAFF_PAGE),
    "setup-times": Scene(setup.times, STAFF_PAGE),
    "setup-deputies": Scene(setup.deputies, STAFF_PAGE),
    "setup-policies": Scene(setup.policies, STAFF_PAGE),
    "setup-closing": Scene(setup.closing, STAFF_PAGE),
    "setup-log": Scene(setup.log, STAFF_PAGE),
    "outbox": Scene(staff.outbox, STAFF_PAGE),
    "doors": Scene(demo.doors, STAFF_PAGE),
    "client-landing": Scene(client.landing, CLIENT_PAGE),
    "client-closed": Scene(client.closed, CLIENT_PAGE),
    "client-proof": Scene(client.proof, CLIENT_PAGE),
    "client-appointment": Scene(client.appointment, CLIENT_PAGE),
    "client-no-channel": Scene(client.no_channel, CLIENT_PAGE),
    "client-consent": Scene(client.consent, CLIENT_PAGE),
    "client-withdrawn": Scene(client.withdrawn, CLIENT_PAGE),
    "client-withdrawn-again": Scene(client.withdrawn_asks_again, CLIENT_PAGE),
    "client-privacy": Scene(client.privacy, CLIENT_PAGE),
    "client-languages": Scene(client.languages, CLIENT_PAGE),
    "client-end": Scene(client.end, CLIENT_PAGE),
    "check": Scene(call.check, CLIENT_PAGE),
    "check-prepared": Scene(call.prepared, CLIENT_PAGE),
    "check-connection": Scene(call.connecting, CLIENT_PAGE),
    "check-no-microphone": Scene(call.no_microphone, CLIENT_PAGE),
    "check-no-camera": Scene(call.no_camera, CLIENT_PAGE),
    "check-in-app": Scene(call.in_app, CLIENT_PAGE),
    "check-too-old": Scene(call.too_old, CLIENT_PAGE),
    "waiting": Scene(call.waiting, CLIENT_PAGE),
    "waiting-late": Scene(call.late, CLIENT_PAGE),
    "waiting-early": Scene(call.early, CLIENT_PAGE),
    "waiting-elsewhere": Scene(call.taken_over, CLIENT_PAGE),
    "talk": Scene(call.talk, CLIENT_TALK),
    "room": Scene(staff.room, STAFF_PAGE),
    "room-no-camera": Scene(staff.room_no_camera, STAFF_PAGE),
    "talk-text": Scene(call.text, CLIENT_TALK),
    "room-text": Scene(call.room_text, STAFF_PAGE),
    "room-talk": Scene(call.room_talk, STAFF_PAGE),
    "room-tablet": Scene(beside_pc.room, STAFF_PAGE),
    "tablet": Scene(beside_pc.tablet, TABLET_PAGE),
    "legal-pages": Scene(texts.pages, CLIENT_PAGE),
    "legal-report": Scene(texts.report, CLIENT_PAGE),
    "legal-row": Scene(texts.row, CLIENT_PAGE),
    "texts-list": Scene(texts.listed, STAFF_PAGE),
    "texts-editor": Scene(texts.editor, STAFF_PAGE),
    # After all others: nobody signs in from here for a minute.
    "too-many": Scene(sign_in.too_many, STAFF_PAGE),
}
