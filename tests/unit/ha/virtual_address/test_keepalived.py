from ipaddress import ip_interface

from ha.virtual_address.keepalived import PRIORITY, configuration
from ha.virtual_address.settings import Instance
from ha.virtual_address.standing import DEAD

ONE = Instance(ip_interface("192.0.2.10/24"), "eth1", 10)
TWO = Instance(ip_interface("2001:db8::20/64"), "eth1", 32)


def test_the_configuration_of_one_address() -> None:
    text = "\n".join(
        line for line in configuration([ONE], "/run/standing").splitlines() if "#" not in line
    )

    assert (
        text
        == """\
global_defs {
    vrrp_version 3
    vrrp_garp_master_delay 1
}
track_file standing {
    file /run/standing
    weight 1
}
vrrp_instance address_4 {
    state BACKUP
    interface eth1
    virtual_router_id 10
    priority 100
    advert_int 0.5
    virtual_ipaddress {
        192.0.2.10/24
    }
    track_file {
        standing
    }
}"""
    )


def test_each_address_has_an_instance_of_its_own() -> None:
    text = configuration([ONE, TWO], "/run/standing")

    assert text.count("vrrp_instance") == 2
    assert "        2001:db8::20/64\n" in text


def test_both_vms_have_the_same_configuration_so_a_return_moves_nothing() -> None:
    assert configuration([ONE], "/f").count("state BACKUP") == 1
    assert "nopreempt" not in configuration([ONE], "/f")


def test_the_worst_standing_leaves_a_priority_that_vrrp_knows() -> None:
    # 0 would say that nobody is there; 255 is for the owner of an address.
    assert 1 <= PRIORITY + DEAD.priority < PRIORITY < 255
