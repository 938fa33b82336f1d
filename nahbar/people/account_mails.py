"""The mails about accounts: the links, and the news that nothing happens to an account unseen.

The outbox holds `<link>:<generation>` or `<account>:<news>:<office>`; all else is looked up when the worker sends.
"""

from __future__ import annotations

import datetime as dt

from django.conf import settings
from django.template.loader import render_to_string
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from nahbar.jobcenters.models import JobCenter
from nahbar.outbox.mail import RenderedMail
from nahbar.outbox.operations import queue
from nahbar.outbox.rules import About
from nahbar.people.account_links import address_of, is_good
from nahbar.people.models import AccountLink, StaffMember
from nahbar.people.rules import LinkPurpose, News

NEWS_TEMPLATE = "account_news"


def tell(*, staff: StaffMember, news: News, now: dt.datetime, jobcenter: JobCenter | None = None) -> None:
    """Queues the news, in the caller's transaction."""
    office = jobcenter.slug if jobcenter else ""
    about = About("account", f"{staff.pk}:{news.value}:{jobcenter.pk if jobcenter else ''}")
    queue(template=NEWS_TEMPLATE, about=about, office=office, now=now)


def link_wanted(about_id: str, now: dt.datetime) -> bool:
    """Whether the link is still good and no newer one was issued."""
    link = _link(about_id)
    return link is not None and is_good(link, now=now)


def render_link(about_id: str) -> RenderedMail:
    """The mail with the link; to the new address where that is to be confirmed. LookupError when it is gone."""
    link = _link(about_id)
    if link is None:
        raise LookupError("the link is gone")
    subjects = {
        LinkPurpose.INVITATION: _("Ihr Zugang zu Nahbar"),
        LinkPurpose.PASSWORD: _("Ihr neues Kennwort"),
        LinkPurpose.EMAIL: _("Bitte bestätigen Sie Ihre neue Adresse"),
    }
    context = {"link": link, "staff": link.staff, "address": address_of(link)}
    to = link.new_email or link.staff.email
    return _mail(to, subjects[LinkPurpose(link.purpose)], "people/account_link.txt", context)


def news_wanted(about_id: str, now: dt.datetime) -> bool:
    """As long as there is an account."""
    return StaffMember.objects.filter(pk=about_id.partition(":")[0]).exists()


def render_news(about_id: str) -> RenderedMail:
    """The mail; LookupError when the account is gone."""
    staff_pk, news, office_pk = about_id.split(":")
    staff = StaffMember.objects.filter(pk=staff_pk).first()
    if staff is None:
        raise LookupError("the account is gone")
    office = JobCenter.objects.filter(pk=office_pk).first() if office_pk else None
    context = {"news": news, "staff": staff, "office": office, "base_url": settings.NAHBAR_BASE_URL}
    return _mail(staff.email, str(News(news).label), "people/account_news.txt", context)


def _link(about_id: str) -> AccountLink | None:
    public_id, generation = about_id.split(":")
    links = AccountLink.objects.select_related("staff", "jobcenter")
    return links.filter(public_id=public_id, generation=int(generation)).first()


def _mail(to: str, subject: str, template: str, context: dict[str, object]) -> RenderedMail:
    contact = {"contact": settings.NAHBAR_CONTACT}
    with translation.override("de"), timezone.override(settings.TIME_ZONE):
        text = render_to_string(template, context | contact)
        return RenderedMail(to=to, subject=subject, text=text, headers={"Content-Language": "de"})
