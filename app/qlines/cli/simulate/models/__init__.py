"""One module per kind of device, each with NAME, EVERY_SECONDS and Model(random).

``Model.message(now)`` returns the values that the device sends at *now* (epoch seconds), or None
while it is silent. ``Model.call(method, params)`` obeys a command and returns the answer; what it
changed is in the messages from then on. Pure: time and randomness are passed in, so a seed gives
one history.
"""
