"""Many small blocks, one after the other: does anything grow? `python -m tests.endurance`, or `make endurance`."""
