"""What the fields of this room are for and how long they are kept."""

from nahbar.audit.privacy import Fields, Period, Privacy, PrivacyClass

_OFFICE = PrivacyClass.TECHNICAL


def _setting(purpose: str) -> Privacy:
    return Privacy(_OFFICE, purpose, Period.OFFICE_SETTINGS)


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
    "Team": {
        "jobcenter": _setting("whose team it is"),
        "name": _setting("what the team is called"),
    },
}
