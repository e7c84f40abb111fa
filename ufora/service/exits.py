"""How our processes end, as systemd's units and scripts see it (numbers from sysexits.h)."""

FINE = 0
UNAVAILABLE = 69  #: something needed is not there now; starting again may help
CONFIGURATION = 78  #: a setting is wrong; starting again cannot help
