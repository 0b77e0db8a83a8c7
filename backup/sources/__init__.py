"""What is backed up: a module a store, each with the same two functions.

``dump(settings, folder) -> Counts`` writes what the store holds into an empty *folder* while it
serves as before, and ``restore(settings, folder) -> Counts`` brings it back into the stores that
*settings* name, which are empty: scratch ones, or those of a stopped pipeline. Both return how many
items of each kind they moved, by name; a restore that loses nothing returns what its dump returned.
They raise StoreUnavailableError when a store does not answer, and BackupError for what a retry
cannot mend.
"""
