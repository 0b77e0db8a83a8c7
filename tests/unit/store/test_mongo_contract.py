"""The stores in MongoDB, on the fake; integration/store runs the same tests on a real mongod."""

import pytest

from tests.contracts.mongo_accounts import (
    ApiKeysContract,
    AuditContract,
    ExportsContract,
    PasswordLinksContract,
    SessionsContract,
    UsersContract,
)
from tests.contracts.mongo_alarm_rules import (
    AlarmRulesContract,
    AlarmScopeContract,
    RuleImportContract,
)
from tests.contracts.mongo_alarms import (
    AlarmActsContract,
    AlarmEndsContract,
    AlarmsContract,
)
from tests.contracts.mongo_call_webhooks import CallWebhooksContract
from tests.contracts.mongo_canary import CanaryContract
from tests.contracts.mongo_channels import ChannelsContract
from tests.contracts.mongo_claims import ClaimingContract, ClaimsContract
from tests.contracts.mongo_command_delivery import (
    CommandDeliveryContract,
    ReadyCommandsContract,
    TakenCommandsContract,
)
from tests.contracts.mongo_commands import CommandsContract
from tests.contracts.mongo_devices import DevicesContract
from tests.contracts.mongo_gateway_devices import GatewayDevicesContract
from tests.contracts.mongo_ingest import (
    ArrivalsContract,
    AttributesContract,
    BulkContract,
    PresenceContract,
    RejectedContract,
)
from tests.contracts.mongo_owner_attributes import OwnerAttributesContract
from tests.contracts.mongo_provisioning import ProductsContract, ProvisioningContract
from tests.contracts.mongo_unregistered import UnregisteredContract
from tests.fakes.mongo import FakeMongo


@pytest.fixture
def db():
    return FakeMongo()


class TestDevices(DevicesContract):
    pass


class TestUsers(UsersContract):
    pass


class TestSessions(SessionsContract):
    pass


class TestApiKeys(ApiKeysContract):
    pass


class TestCallWebhooks(CallWebhooksContract):
    pass


class TestChannels(ChannelsContract):
    pass


class TestPasswordLinks(PasswordLinksContract):
    pass


class TestAudit(AuditContract):
    pass


class TestExports(ExportsContract):
    pass


class TestAttributes(AttributesContract):
    pass


class TestOwnerAttributes(OwnerAttributesContract):
    pass


class TestArrivals(ArrivalsContract):
    pass


class TestPresence(PresenceContract):
    pass


class TestRejected(RejectedContract):
    pass


class TestUnregistered(UnregisteredContract):
    pass


class TestBulk(BulkContract):
    pass


class TestCanary(CanaryContract):
    pass


class TestCommands(CommandsContract):
    pass


class TestReadyCommands(ReadyCommandsContract):
    pass


class TestTakenCommands(TakenCommandsContract):
    pass


class TestCommandDelivery(CommandDeliveryContract):
    pass


class TestClaims(ClaimsContract):
    pass


class TestClaiming(ClaimingContract):
    pass


class TestGatewayDevices(GatewayDevicesContract):
    pass


class TestProvisioning(ProvisioningContract):
    pass


class TestProducts(ProductsContract):
    pass


class TestAlarmRules(AlarmRulesContract):
    pass


class TestAlarmScope(AlarmScopeContract):
    pass


class TestRuleImport(RuleImportContract):
    pass


class TestAlarms(AlarmsContract):
    pass


class TestAlarmActs(AlarmActsContract):
    pass


class TestAlarmEnds(AlarmEndsContract):
    pass
