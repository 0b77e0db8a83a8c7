<<<<<<< HEAD
"""The program `twin`: makes one set of two MongoDBs and a witness, and says who is active."""
=======
"""A side of a pairing: its role, and what it fetches from its twin."""
>>>>>>> i10-telemetry
