"""One module for each kind of device, each with NAME, EVERY_SECONDS and Model(random).

``Model.message(now)`` returns what the device sends at that moment (epoch seconds), or None while
it is silent. Pure: time and chance are passed in, so the same seed gives the same history.
"""
