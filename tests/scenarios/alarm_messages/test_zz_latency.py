import time, threading, statistics
import pytest
from tests.harness.deadline import eventually
from tests.harness.docker import run
from tests.harness.mqtt_device import MqttDevice
from tests.harness.webhook_receiver import WebhookReceiver
from tests.scenarios.alarm_messages.test_alarm_messages import GATEWAY

def test_latency(killable_appliance, owner):
    address = run("docker", "inspect", "--format", GATEWAY, killable_appliance.name).strip()
    receiver = WebhookReceiver(address)
    arrived = {}
    def answer(req):
        arrived[req.path] = time.perf_counter(); return 200, {}, b"{}"
    receiver.answer = answer
    times = []
    N = 12
    devices = []
    for n in range(N):
        ch = owner.api.post("/api/channels", json={"name": f"{n}", "type": "webhook", "default": False, "settings": {"url": receiver.url(f"/{n}")}}).json()
        d = owner.new_device(f"probe {n}")
        rule = {"name": f"r{n}", "scope": {"type": "device", "value": d.id}, "channels": [ch["id"]], "levels": [{"severity": "critical", "conditions": [{"kind": "above", "key": "t", "limit": 80}]}]}
        a = owner.api.post("/api/alarm-rules", json=rule); assert a.status_code == 201, a.text
        devices.append((d, ch["id"]))
    time.sleep(8)
    out = []
    for n, (d, ch) in enumerate(devices):
        with MqttDevice(killable_appliance, d.token) as m:
            assert m.publish({"t": 0}); time.sleep(1 + 0.037 * n)
            wall = time.time(); t0 = time.perf_counter()
            m.publish({"t": 99})
            eventually(lambda: f"/{n}" in arrived, 20, "arrived")
            times.append(1000 * (arrived[f"/{n}"] - t0)); out.append((wall, d.id))
    print("LATENCY", sorted(round(t) for t in times), "p50", statistics.median(times))
    code = """
from qlines.clients import mongodb
import os
db = mongodb.connect('mongodb://127.0.0.1:27017/?directConnection=true')
for n in db.notifications.find({'purpose':'event','type':'alarm.raised'}).sort('created_at',1):
    e = db.alarm_events.find_one({'_id': n['event']}); a = db.alarms.find_one({'_id': n['alarm']})
    print('STAGE', a['raised_ts']/1e6, e['at'].timestamp(), n['created_at'].timestamp(), n['ended_at'].timestamp())
"""
    print(killable_appliance.python(code) if hasattr(killable_appliance, "python") else run("docker", "exec", killable_appliance.name, "python", "-c", code))
    print(run("docker", "logs", "--tail", "60", killable_appliance.name))
