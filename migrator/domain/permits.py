"""Permits: the right to have one more migration in flight in a directory.

During migration a new address is allocated for every WorkSpace (the guide, Best Practices), so a
directory never has more in flight than it has addresses, over all runs at once.
"""

from __future__ import annotations


def permit_limit(*, max_in_flight: int, free_addresses: int, reserve: int, addressed: int) -> int:
    """How many migrations may hold a permit in the directory at this moment.

    `free_addresses` is what the subnets report now; `addressed` counts the permits whose target
    has been seen with its address, which the subnets no longer report as free. Permits whose
    target has no address yet still have a claim on the free ones.
    """
    return max(0, min(max_in_flight, addressed + free_addresses - reserve))
