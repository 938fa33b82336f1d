"""WSGI entry point for gunicorn. Refuses to start while a system check reports an error."""

import os

from django.core.management import call_command
from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "nahbar.config.settings.production")
application = get_wsgi_application()
call_command("check", databases=["default"])
