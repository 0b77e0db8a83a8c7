"""Grant the user `qlines` what appliance/README.md says that QLines needs, inside a node of Kafka.

It asks as the node itself, by its certificate; twice is harmless.
"""

import ssl
import sys
import time
from typing import Any

from kafka import KafkaAdminClient
from kafka.admin import (
    ACL,
    ACLOperation,
    ACLPermissionType,
    ACLResourcePatternType,
    ResourcePattern,
    ResourceType,
)
from kafka.errors import KafkaError

NODES = ("kafka-1:9094", "kafka-2:9094", "kafka-3:9094")
WAIT_SECONDS = 90
TOPIC = ResourcePattern(ResourceType.TOPIC, "telemetry")
GROUPS = (
    ResourcePattern(ResourceType.GROUP, "writer", ACLResourcePatternType.PREFIXED),
    ResourcePattern(ResourceType.GROUP, "live", ACLResourcePatternType.PREFIXED),
)
RIGHTS = (
    *((TOPIC, right) for right in ("CREATE", "READ", "WRITE", "DESCRIBE")),
    *((group, right) for group in GROUPS for right in ("READ", "DESCRIBE")),
)


def main() -> None:
    """Wait for the nodes, then grant."""
    context = ssl.create_default_context(cafile="/etc/qlines/ca.pem")
    context.load_cert_chain("/etc/qlines/server.pem")
    deadline = time.monotonic() + WAIT_SECONDS
    while True:
        try:
            grant(security_protocol="SSL", ssl_context=context)
        except (KafkaError, OSError) as error:
            if time.monotonic() > deadline:
                sys.exit(f"Kafka's rights could not be granted within {WAIT_SECONDS} s: {error!r}")
            time.sleep(1)
        else:
            return


def grant(**options: Any) -> None:
    """Create the ACLs; one that exists stays as it is."""
    admin = KafkaAdminClient(bootstrap_servers=list(NODES), **options)
    try:
        admin.create_acls(
            [
                ACL("User:qlines", "*", ACLOperation[right], ACLPermissionType.ALLOW, pattern)
                for pattern, right in RIGHTS
            ]
        )
    finally:
        admin.close()


if __name__ == "__main__":
    main()
