"""Commands that look at a cluster from outside, over the manager's HTTP API: `ufora status`, `workers`, `computations`, …

commands.py    the command lines
asking.py      questions to the manager
text.py        answers as text
doctor.py      `ufora doctor`
stages.py      `ufora show`
"""
