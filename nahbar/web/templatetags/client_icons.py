"""Icons of the client pages: from one file that the browser keeps, since every byte is somebody's prepaid data.

An inline icon costs its shape again on every page; `nahbar/web/static/nb/client-icons.svg`, made by
`python -m tools.sprite`, costs it once.
"""

from __future__ import annotations

from django import template
from django.templatetags.static import static
from django.utils.html import format_html
from django.utils.safestring import SafeString

from nahbar.web.templatetags.nb import MODE_ICONS

register = template.Library()


@register.simple_tag
def glyph(name: str, size: str = "") -> SafeString:
    """An icon that stands beside its word; `size` as for `icon`."""
    extra = f" nb-i--{size}" if size else ""
    address = static("nb/client-icons.svg")
    return format_html('<svg class="nb-i{}" aria-hidden="true"><use href="{}#{}"/></svg>', extra, address, name)


@register.simple_tag
def mode_glyph(mode: str, size: str = "") -> SafeString:
    """The icon of a mode."""
    return glyph(MODE_ICONS[mode], size)


@register.simple_tag
def mark() -> SafeString:
    """The house's sign in the head."""
    address = static("nb/client-icons.svg")
    return format_html('<svg class="c-head__mark" aria-hidden="true"><use href="{}#mark"/></svg>', address)
