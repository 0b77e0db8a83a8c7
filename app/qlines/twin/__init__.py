"""The program `twin`: one set of MongoDBs, who is active, and what is fetched from the twin."""
