"""A device that is written with ThingsBoard's client: asks for its token, or offers itself.

    python thingsboard_device.py provision PORT KEY SECRET NAME
    python thingsboard_device.py claim PORT TOKEN SECRET

Prints the credentials as JSON, or what the client says of the message.
"""

import json
import sys

from tb_device_mqtt import TBDeviceMqttClient

DAY_MS = 86_400_000


def provision(port: str, key: str, secret: str, name: str) -> object:
    """Return the credentials that the client gets, None when it gets none."""
    return TBDeviceMqttClient.provision("127.0.0.1", key, secret, port=int(port), device_name=name)


def claim(port: str, token: str, secret: str) -> object:
    """Offer the device with a secret, and wait for the acknowledgement."""
    client = TBDeviceMqttClient("127.0.0.1", int(port), token)
    client.connect(timeout=30)
    result = client.claim(secret, DAY_MS).get()
    client.disconnect()
    return result


if __name__ == "__main__":
    action, *given = sys.argv[1:]
    sys.stdout.write(json.dumps({"provision": provision, "claim": claim}[action](*given)))
