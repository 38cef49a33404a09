import gc
import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "mediagen_site.settings")

application = get_wsgi_application()

# What is loaded stays: without this, one page in a hundred waits while all of it is searched for garbage.
gc.freeze()
