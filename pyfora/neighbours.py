"""Which releases work together: those at most one minor version apart, so that a cluster and its clients can be upgraded one by one."""


def explain_distance(one: str, other: str, names: tuple[str, str]) -> str:
    """Why the releases "major.minor.…" of two sides do not work together; "" when they do. `names`: what the sides are called."""
    (major, minor), (other_major, other_minor) = _split(one), _split(other)
    if major == other_major and abs(minor - other_minor) <= 1:
        return ""
    older = names[0] if (major, minor) < (other_major, other_minor) else names[1]
    return f"{names[0]} is release {one}, {names[1]} is release {other}: they may be one minor version apart at most; upgrade {older}"


def _split(version: str) -> tuple[int, int]:
    major, minor, *_ = version.split(".")
    return int(major), int(minor)
