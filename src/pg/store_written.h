/*
 * store_written.h
 *	  What became of a write to a statement's row.
 */
#ifndef RSD_PG_STORE_WRITTEN_H
#define RSD_PG_STORE_WRITTEN_H

/* What became of the attempt to write a statement's row. */
typedef enum RsdWritten
{
	RSD_WRITTEN,
	RSD_WRITE_GONE,				/* the row is not there any more */
	RSD_WRITE_SETTLED,			/* a loader has given it its final status */
	RSD_WRITE_HELD				/* somebody has locked it: nothing written */
} RsdWritten;

/* Why no row of this statement was written: it is held, or gone. */
extern RsdWritten rsd_store_not_written(int64 id);

#endif							/* RSD_PG_STORE_WRITTEN_H */
