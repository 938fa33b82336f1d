"""What the fields of this room are for and how long they are kept."""

from nahbar.audit.privacy import Fields, Period, Privacy, PrivacyClass

_OFFICE = PrivacyClass.TECHNICAL


def _setting(purpose: str) -> Privacy:
    return Privacy(_OFFICE, purpose, Period.OFFICE_SETTINGS)


def _report(purpose: str) -> Privacy:
    return Privacy(PrivacyClass.COMMUNICATION, purpose, Period.FOURTEEN_DAYS)


FIELDS: Fields = {
    "JobCenter": {
        "slug": _setting("address of the office's pages"),
        "name": _setting("who invites"),
        "phone": _setting("number to call, for links"),
        "phone_display": _setting("number to call, as people write it"),
        "email": _setting("where people write to"),
        "street": _setting("where people come to"),
        "postcode": _setting("where people come to"),
        "city": _setting("where people come to"),
        "opening_hours": _setting("when people can come"),
        "land": _setting("which public holidays hold"),
        "waiting_room_opens_minutes": _setting("how early the waiting room opens"),
        "buffer_minutes": _setting("how long a channel stays free after a talk"),
        "late_hours": _setting("late and timely cancellations told apart"),
        "deputy_after_minutes": _setting("how long somebody waits until a deputy is told"),
        "video_minutes": _setting("usual length of a video talk"),
        "telephone_minutes": _setting("usual length of a telephone talk"),
        "on_site_minutes": _setting("usual length of a talk on site"),
        "outreach_visit_minutes": _setting("usual length of a visit"),
        "file_years": _setting("how long a person's file is kept after the last contact"),
        "names_counsellor_in_messages": _setting("whether mails name the counsellor"),
        "names_office_in_calendars": _setting("whether a client's calendar entry names the office"),
        "names_client_in_calendars": _setting("whether a counsellor's calendar entry names the client"),
        "proof": _setting("how people show that a link is theirs"),
        "offers_plain_german": _setting("in which languages people are written to"),
        "is_active": _setting("whether it is still worked in"),
        "revision": _setting("telling a stale page of the set-up from a current one"),
        "requires_second_factor": _setting("whether signing in takes a second step"),
    },
    "OpeningHours": {
        "jobcenter": _setting("whose hours"),
        "weekday": _setting("when appointments are proposed"),
        "begins": _setting("when appointments are proposed"),
        "ends": _setting("when appointments are proposed"),
    },
    "LocalHoliday": {
        "jobcenter": _setting("which office is closed"),
        "day": _setting("when it is closed"),
        "name": _setting("what the day is called"),
    },
    "Site": {
        "jobcenter": _setting("whose house it is"),
        "name": _setting("what the house is called"),
        "street": _setting("where people come to"),
        "postcode": _setting("where people come to"),
        "city": _setting("where people come to"),
        "directions": _setting("how people find it"),
        "is_active": _setting("whether teams can work there"),
    },
    "Place": {
        "jobcenter": _setting("whose list of places it is"),
        "name": _setting("what the place is called"),
        "km": _setting("kilometres that a talk by video saves"),
        "is_active": _setting("whether it can be chosen"),
    },
    "Team": {
        "jobcenter": _setting("whose team it is"),
        "name": _setting("what the team is called"),
        "site": _setting("where its clients come to"),
        "is_active": _setting("whether it still exists"),
    },
    "LegalText": {
        "jobcenter": _setting("whose page"),
        "kind": _setting("which page"),
        "version": _setting("which wording"),
        "language": _setting("in which language"),
        "body": _setting("the wording itself"),
        "published_at": _setting("since when it stands there"),
    },
    "TextDraft": {
        "jobcenter": _setting("whose draft"),
        "name": _setting("of which text"),
        "bodies": _setting("what is being written"),
        "state": _setting("two writers told apart"),
        "changed_at": _setting("how old the draft is"),
    },
    "BarrierReport": {
        "public_id": _report("sent twice, told once"),
        "jobcenter": _report("who is told"),
        "body": _report("what could not be used"),
        "answer_to": _report("where an answer goes, if one is wanted"),
        "made_at": _report("when it was said"),
    },
}
