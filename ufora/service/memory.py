"""How much memory there is for this process."""

from pathlib import Path

import psutil

CGROUP = Path("/proc/self/cgroup")
CGROUPS = Path("/sys/fs/cgroup")


def find_memory_bytes(cgroup: Path = CGROUP, cgroups: Path = CGROUPS) -> int:
    """The machine's, or less where a container or a systemd unit may use only a part of it (cgroups, version 2)."""
    total: int = psutil.virtual_memory().total
    return min([total, *_list_limits(cgroup, cgroups)])


def _list_limits(cgroup: Path, cgroups: Path) -> list[int]:
    try:
        own = next((line[3:] for line in cgroup.read_text().splitlines() if line.startswith("0::")), None)
    except OSError:
        return []
    if own is None:
        return []
    folder = cgroups / own.lstrip("/")
    limits = []
    for each in (folder, *folder.parents):
        if each.is_relative_to(cgroups):
            try:
                text = (each / "memory.max").read_text().strip()
            except OSError:  # the root has none
                continue
            limits += [int(text)] if text.isdecimal() else []
    return limits
