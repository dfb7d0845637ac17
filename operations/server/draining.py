"""Whether this process is about to stop. It imports nothing, so that gunicorn can load it before Django."""

import threading

#: Set when this process is about to shut down: it still serves requests, but /readyz asks for no further visitors.
draining = threading.Event()
