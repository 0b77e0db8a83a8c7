/* As much of lmdb.h as the plugin's headers use: the unit tests need no header packages. */
#ifndef QLINES_STUB_LMDB_H
#define QLINES_STUB_LMDB_H

typedef struct MDB_env MDB_env;
typedef struct MDB_txn MDB_txn;
typedef unsigned int MDB_dbi;

#endif
