"""How much memory there is."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

DATA_SHARE = 0.4
"""The share of the free memory that training data may take."""

_CGROUP = ("/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes")


def available_bytes() -> int:
    """Memory that is free for this process: what the machine has left, within the limit of its container."""
    try:
        fields = dict(line.split(":") for line in Path("/proc/meminfo").read_text(encoding="ascii").splitlines())
        free = int(fields["MemAvailable"].split()[0]) * 1024
    except (OSError, KeyError, ValueError):  # not Linux: half of all there is
        free = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") // 2
    return min([free, *_container_limits()])


def _container_limits() -> Iterator[int]:
    for name in _CGROUP:
        try:
            yield int(Path(name).read_text(encoding="ascii"))
        except (OSError, ValueError):  # no such file, or `max`
            continue
