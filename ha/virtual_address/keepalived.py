"""keepalived's configuration; pure.

VRRP version 3 by multicast: an address can move only within one segment, and there multicast works
without the other VM's address. Both begin as backups with the same priority, so the address stays
where it is when a VM returns. `nopreempt` would say the same of a VM that is worse than the other:
it would keep the address while it is drained.
"""

from collections.abc import Sequence

from ha.virtual_address.settings import Instance

# The other VM takes the address after three of them were missed, and 0.3 s.
ADVERT_SECONDS = 0.5
PRIORITY = 100
_GLOBAL = """\
global_defs {{
    vrrp_version 3
    # Once more after a second: a switch may have lost the first announcement.
    vrrp_garp_master_delay 1
}}
# Added to the priority; read when the file changes.
track_file standing {{
    file {file}
    weight 1
}}
"""
_INSTANCE = """\
vrrp_instance address_{version} {{
    state BACKUP
    interface {interface}
    virtual_router_id {router_id}
    priority {priority}
    advert_int {advert_seconds}
    virtual_ipaddress {{
        {address}
    }}
    track_file {{
        standing
    }}
}}
"""


def configuration(instances: Sequence[Instance], standing_file: str) -> str:
    """Return the text of keepalived.conf."""
    return _GLOBAL.format(file=standing_file) + "".join(map(_instance, instances))


def _instance(instance: Instance) -> str:
    return _INSTANCE.format(
        version=instance.address.version,
        interface=instance.interface,
        router_id=instance.router_id,
        priority=PRIORITY,
        advert_seconds=ADVERT_SECONDS,
        address=instance.address,
    )
