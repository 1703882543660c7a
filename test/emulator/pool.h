/*
 * pool.h
 *		Idle database connections, kept so that a quick statement does not
 *		pay for a new one.
 */
#ifndef EMU_POOL_H
#define EMU_POOL_H

#include <libpq-fe.h>

typedef struct EmuPool EmuPool;

/* Make a pool that keeps at most size connections; 0 keeps none. */
extern EmuPool *emu_pool_create(long size);

/* Close what it keeps and free it. */
extern void emu_pool_destroy(EmuPool *pool);

/* A live, clean connection; NULL when there is none. */
extern PGconn *emu_pool_take(EmuPool *pool);

/*
 * Take a connection whose statement has ended. It is cleaned, which asks the
 * server, and kept, or else closed.
 */
extern void emu_pool_give(EmuPool *pool, PGconn *conn);

#endif							/* EMU_POOL_H */
