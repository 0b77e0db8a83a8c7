"""A message that the appliance sends itself, from MQTT to /api/data: do new readings arrive?"""
