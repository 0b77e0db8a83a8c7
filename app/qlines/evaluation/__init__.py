"""Alarm rules: what a rule may be, and what each reading and each moment makes of it; pure.

``rule_check`` gives a rule its normal form, ``rule`` compiles it. ``machine`` takes the state of
one rule for one device, and a reading or a moment, and returns the next state and its effects:

    condition   whether one value is above, below … its limit
    fold        what the readings so far amount to, in the order of their own time
    chain       the last readings, each with its fold
    levels      from what is true to what is active: ``for``, severities, ``keep_for``, schedule
    window      the readings of the last ``lateness``, so that one out of order is sorted in
    publish     the difference between what is active now and what was said before
    late        readings that are too old to change now: historic effects
    silence     rules about what does not come: no data, offline
"""
