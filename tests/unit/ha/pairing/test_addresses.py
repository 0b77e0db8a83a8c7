import pytest

from ha.pairing.addresses import of_vm, of_witness
from ha.pairing.errors import PairingError


def test_one_name_has_all_parts_at_the_usual_ports() -> None:
    assert of_vm("PEER", "vm-b.example.com") == {
        "proxy": "vm-b.example.com:7443",
        "app": "vm-b.example.com:7444",
        "blog": "vm-b.example.com:7445",
    }


def test_each_part_may_have_an_address_and_a_port_of_its_own() -> None:
    assert of_vm("PEER", "app=10.0.0.2, proxy=10.0.0.3:8443,blog=[2001:db8::2]") == {
        "proxy": "10.0.0.3:8443",
        "app": "10.0.0.2:7444",
        "blog": "[2001:db8::2]:7445",
    }


def test_the_witness_has_one_part() -> None:
    assert of_witness("WITNESS", "monitor") == {"app": "monitor:7444"}


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("app=10.0.0.2", "PEER must be one address, or name one for each of proxy, app, blog"),
        ("vm b", "PEER must be a name or an address such as vm-b.example.com"),
        ("vm-b:99999", "got 'vm-b:99999'"),
        ("https://vm-b.example.com", "PEER must be a name or an address"),
        ("2001:db8::2", "or [2001:db8::2], got '2001:db8::2'"),
        ("vm\naccept 1", "PEER must be a name or an address"),
        ("localhost", "an address at which the other machines reach it, got 'localhost'"),
        ("127.0.0.1", "an address at which the other machines reach it"),
    ],
)
def test_it_refuses_what_the_other_machine_cannot_reach(text: str, reason: str) -> None:
    with pytest.raises(PairingError) as raised:
        of_vm("PEER", text)

    assert reason in str(raised.value)
