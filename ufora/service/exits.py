"""How our processes end, as systemd's units and scripts see it (numbers from sysexits.h)."""

FINE = 0
NO = 1  #: the answer is no: there is no such thing, it cannot be done now, or `doctor` found something wrong
USAGE = 2  #: the command line is wrong (argparse's number)
UNAVAILABLE = 69  #: something needed is not there now; starting again may help
REFUSED = 77  #: the manager asks for a token, or does not take this one
CONFIGURATION = 78  #: a setting is wrong; starting again cannot help
