"""What the fields of this room are for and how long they are kept."""

from nahbar.audit.privacy import Fields, Period, Privacy, PrivacyClass


def _setting(purpose: str) -> Privacy:
    return Privacy(PrivacyClass.TECHNICAL, purpose, Period.OFFICE_SETTINGS)


def _file(purpose: str) -> Privacy:
    return Privacy(PrivacyClass.SOCIAL, purpose, Period.AS_FILE)


def _desk(purpose: str) -> Privacy:
    return Privacy(PrivacyClass.CONTACT, purpose, Period.UNTIL_REPLACED)


def _staff(purpose: str) -> Privacy:
    return Privacy(PrivacyClass.CONTACT, purpose, Period.EMPLOYMENT)


FIELDS: Fields = {
    "VideoChannel": {
        "jobcenter": _setting("whose channel it is"),
        "number": _setting("which channel"),
        "is_active": _setting("whether it can be booked"),
    },
    "Topic": {
        "jobcenter": _setting("whose topic it is"),
        "name": _setting("what is talked about"),
        "allows_video": _setting("the office's policy"),
        "allows_telephone": _setting("the office's policy"),
        "allows_on_site": _setting("the office's policy"),
        "allows_outreach_visit": _setting("the office's policy"),
        "is_active": _setting("whether it can be booked"),
    },
    "Appointment": {
        "public_id": _file("naming the appointment without a person"),
        "jobcenter": _file("which office"),
        "team": _file("who needs to know"),
        "topic": _file("what is talked about"),
        "mode": _file("how people meet"),
        "starts_at": _file("when"),
        "ends_at": _file("until when"),
        "state": _file("what came of it"),
        "revision": _file("telling a stale page or mail from a current one"),
        "sequence": _file("a calendar entry is replaced, never doubled"),
        "agreed_by": _file("that video was agreed, and how"),
        "agreed_with": _file("with whom it was agreed"),
        "agreed_at": _file("when it was agreed"),
        "cancelled_by": _file("who called it off"),
        "cancel_reason": _file("what could be done better; never a matter of health or money"),
        "cancelled_at": _file("late and after-the-fact cancellations told apart"),
        "not_held_reason": _file("honest attendance; technical failure apart"),
        "booking_key": _file("one form books once"),
        "series": _file("what was booked together is called off together"),
        "created_at": _file("when it was booked"),
    },
    "Meeting": {
        "public_id": _staff("naming the meeting without a person"),
        "jobcenter": _staff("which office"),
        "team": _staff("who needs to know"),
        "organiser": _staff("who may change it"),
        "kind": _staff("what staff meet for"),
        "title": _staff("telling meetings apart; the form asks for no client's name"),
        "uses_channel": _staff("whether a channel is taken"),
        "is_cancelled": _staff("whether it was called off"),
        "starts_at": _staff("when"),
        "ends_at": _staff("until when"),
        "revision": _staff("telling a stale page from a current one"),
        "sequence": _staff("a calendar entry is replaced, never doubled"),
        "booking_key": _staff("one form books once"),
        "created_at": _staff("when it was booked"),
    },
    "Participation": {
        "public_id": _file("naming the participation without a person"),
        "appointment": _file("in which appointment"),
        "meeting": _file("in which meeting"),
        "role": _file("as whom"),
        "client": _file("who takes part"),
        "staff": _file("who takes part"),
        "starts_at": _file("nobody is in two places at once"),
        "ends_at": _file("nobody is in two places at once"),
        "is_active": _file("nobody is in two places at once"),
    },
    "ChannelBooking": {
        "channel": _file("which channel is taken"),
        "appointment": _file("by which appointment"),
        "meeting": _file("by which meeting"),
        "starts_at": _file("from when"),
        "ends_at": _file("until when"),
    },
    "AppointmentChange": {
        "appointment": _file("what changed"),
        "kind": _file("how it changed"),
        "at": _file("when it changed"),
        "by_kind": _file("whether office or client changed it"),
        "by_id": _file("who changed it, by id only"),
        "old_starts_at": _file("telling people the difference"),
        "old_ends_at": _file("taking a move back"),
        "new_starts_at": _file("telling people the difference"),
        "old_mode": _file("telling people the difference"),
        "new_mode": _file("telling people the difference"),
        "old_outcome": _file("history of a corrected outcome"),
        "new_outcome": _file("history of a corrected outcome"),
    },
    "WorkingHours": {
        "staff": _desk("when appointments are proposed for them"),
        "jobcenter": _desk("in which office"),
        "weekday": _desk("when appointments are proposed"),
        "begins": _desk("when appointments are proposed"),
        "ends": _desk("when appointments are proposed"),
    },
    "Absence": {
        "public_id": _desk("naming the absence without a person"),
        "staff": _desk("who cannot be booked; no reason is kept"),
        "starts_at": _desk("from when they cannot be booked"),
        "ends_at": _desk("until when they cannot be booked"),
    },
    "CalendarFeed": {
        "staff": _desk("whose appointments it shows"),
        "jobcenter": _desk("in which office"),
        "key_hash": Privacy(PrivacyClass.CREDENTIAL, "who has the address reads the feed", Period.UNTIL_REPLACED),
        "made_at": _desk("since when it exists"),
    },
    "CallTask": {
        "public_id": _file("naming the task without a person"),
        "jobcenter": _file("which office"),
        "client": _file("who is called"),
        "topic": _file("about what"),
        "for_staff": _file("who calls"),
        "wanted_at": _file("for which time"),
        "minutes": _file("how long the talk would be"),
        "state": _file("whether the call was made"),
        "attempts": _file("how often nobody was reached"),
        "call_again_at": _file("from when to try again"),
        "appointment": _file("what was booked on the phone"),
        "booking_key": _file("one form makes one task"),
        "created_at": _file("since when it waits"),
        "done_at": _file("when the call was made"),
    },
    "ContactType": {
        "jobcenter": _setting("whose type it is"),
        "name": _setting("what the type is called"),
        "counts": _setting("whether it counts for the contact density"),
        "is_active": _setting("whether it is offered"),
    },
    "Contact": {
        "public_id": _file("naming the contact without a name"),
        "jobcenter": _file("contact density"),
        "client": _file("contact density"),
        "appointment": _file("a contact counts once"),
        "kind": _file("contact density by mode"),
        "at": _file("contact density"),
        "minutes": _file("length per mode"),
        "team": _file("contacts by team"),
        "km": _file("kilometres that talks by video save"),
        "with_third_party": _file("a mark, not a mode"),
        "own_type": _file("contacts by the office's own types"),
        "entered_by": _file("whom to ask about an entry"),
        "entered_at": _file("taking an entry back"),
        "form_key": _file("the same form counts once"),
    },
}
