"""Two VMs as twins: their pairing, the links between them, and what decides which one is asked.

It imports nothing of the app, the proxy or the blog: all three images carry it.
"""
