"""The program `twin`: makes one set of two MongoDBs and a witness, and says who is active."""
