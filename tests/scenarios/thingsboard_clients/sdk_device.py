"""A device built on ThingsBoard's tb-mqtt-client, which prints what it hears, a line of JSON each.

Run it with that package on the path: sdk_device.py PORT TOKEN. It obeys every command. As often as
it is connected, it sends an attribute, asks for its attributes and calls a method.
"""

import json
import sys
import time

from tb_device_mqtt import TBDeviceMqttClient


def say(kind, what):
    sys.stdout.write(json.dumps({kind: what}) + "\n")
    sys.stdout.flush()


def introduce(client):
    # It forgets with the connection who wants to hear of changes.
    client.subscribe_to_all_attributes(lambda change, _error: say("change", change))
    client.send_attributes({"firmware": "v1.2"}).get()
    client.request_attributes(["firmware"], ["target"], lambda found, _error: say("asked", found))
    client.send_rpc_call("getTime", {}, lambda _number, answer, _error: say("time", answer))


def main(port, token):
    client = TBDeviceMqttClient("127.0.0.1", port, token)

    def obey(number, call):
        say("command", call)
        client.send_rpc_reply(number, {"obeyed": call["method"]})

    client.set_server_side_rpc_request_handler(obey)
    client.connect()
    was_connected = False
    while True:
        is_connected = client.is_connected()
        if is_connected and not was_connected:
            introduce(client)
        was_connected = is_connected
        time.sleep(0.1)


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2])
