"""The invitation, by which a second VM and a witness become part of a pairing.

It runs in the proxy's image, which has the cryptography, with the volumes of a VM mounted:
``python -m ha.pairing`` (``ha/twin.sh`` is the operator's side of it).
"""
