"""What the registry promises its readers: *registry* holds the cast of tests/fakes/registry.py."""

from tests.fakes.registry import ALICE, BOB, BOBS_PUMP, GATEWAY, METER


class RegistryContract:
    def test_it_finds_a_device_by_its_id(self, registry):
        assert registry.device(METER.id) == METER
        assert registry.device(GATEWAY.id).gateway
        assert registry.device("9" * 24) is None

    def test_it_finds_a_device_by_its_owner_and_name(self, registry):
        assert registry.device_by_name(BOB, "bobs pump") == BOBS_PUMP
        assert registry.device_by_name(ALICE, "bobs pump") is None

    def test_it_has_a_generation(self, registry):
        assert registry.generation() > 0
