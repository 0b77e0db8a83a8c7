"""Before a program starts: mend or set aside what a power cut left corrupt, so that it can start.

One module per owner of files, each with ``repair(data_dir, note)``. Nobody has the files open then.
"""
