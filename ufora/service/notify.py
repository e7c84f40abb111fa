"""systemd's door: tells the service manager how this daemon is. Does nothing where none listens."""

import sdnotify


def notify_ready(status: str) -> None:
    sdnotify.SystemdNotifier().notify(f"READY=1\nSTATUS={status}")


def notify_stopping() -> None:
    sdnotify.SystemdNotifier().notify("STOPPING=1")
