"""The registry file and its fake keep the same promises."""

import pytest
from bson import ObjectId

from qlines.store.registry_file import RegistryFile, RegistryFileWriter
from tests.contracts.registry import RegistryContract
from tests.fakes.registry import BOBS_PUMP, GATEWAY, METER, PUMP, RegistryInMemory


class TestFake(RegistryContract):
    @pytest.fixture
    def registry(self):
        return RegistryInMemory()


class TestRegistryFile(RegistryContract):
    @pytest.fixture
    def registry(self, tmp_path):
        writer = RegistryFileWriter(tmp_path)
        writer.rebuild([document(device) for device in (METER, GATEWAY, PUMP, BOBS_PUMP)], 1)
        writer.close()
        file = RegistryFile(tmp_path)
        yield file
        file.close()


def document(device):
    return {
        "_id": ObjectId(device.id), "owner": ObjectId(device.owner), "name": device.name,
        "gateway": device.gateway, "token": f"token of {device.name}",
    }  # fmt: skip
