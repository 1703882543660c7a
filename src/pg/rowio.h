/*
 * rowio.h
 *	  Arguments of a plan and columns of a row, one after the other.
 *
 * Values are put and taken in the order of the query's text, so that a query
 * and the code beside it read alike.  Times are microseconds since the Unix
 * epoch with 0 for NULL; counts are -1 for NULL.
 */
#ifndef RSD_PG_ROWIO_H
#define RSD_PG_ROWIO_H

#include "nodes/pg_list.h"

#include "aws/dataapi.h"
#include "base/tri.h"

#define RSD_MAX_ARGS 36

/* All zero is the empty list; texts and arrays are borrowed or palloc'd. */
typedef struct RsdArgs
{
	int			n;
	Datum		values[RSD_MAX_ARGS];
	char		nulls[RSD_MAX_ARGS];
} RsdArgs;

/*
 * Add the next argument.  A NULL text or pointer is NULL; an empty word is
 * NULL too.  A pointer is to a value passed by reference, not copied.
 */
extern void rsd_arg_bool(RsdArgs *args, bool value);
extern void rsd_arg_tri(RsdArgs *args, RsdTri value);
extern void rsd_arg_int4(RsdArgs *args, int value);
extern void rsd_arg_int8(RsdArgs *args, int64 value);
extern void rsd_arg_count(RsdArgs *args, int64 value);
extern void rsd_arg_oid(RsdArgs *args, Oid value);
extern void rsd_arg_text(RsdArgs *args, const char *value);
extern void rsd_arg_word(RsdArgs *args, const char *value);
extern void rsd_arg_pointer(RsdArgs *args, const void *value);
extern void rsd_arg_bytes(RsdArgs *args, const void *data, size_t len);
extern void rsd_arg_time(RsdArgs *args, int64 unix_us);
extern void rsd_arg_oids(RsdArgs *args, const List *oids);
extern void rsd_arg_int8s(RsdArgs *args, const int64 *values, int n);
extern void rsd_arg_texts(RsdArgs *args, const char *const *values, int n);

/* UTF-8 text, made fit for the database's encoding. */
extern void rsd_arg_utf8(RsdArgs *args, const char *value);

/* Nanoseconds as a float8 of microseconds. */
extern void rsd_arg_micros(RsdArgs *args, int64 nanoseconds);

/* Rows of arguments of one query; all zero is none. */
typedef struct RsdArgRows
{
	int			n;
	int			size;
	RsdArgs    *row;
} RsdArgRows;

/*
 * Adds an empty row and returns it, good until the next is added.  All rows
 * are added in one CurrentMemoryContext.
 */
extern RsdArgs *rsd_args_add_row(RsdArgRows *rows);

/*
 * Turns rows, of which there is one at least, into the arguments of a query
 * that takes an array for each column; "types" are those of the arrays.
 */
extern void rsd_args_columns(const RsdArgRows *rows, const Oid *types,
							 RsdArgs *columns);

/* One row of SPI_tuptable and how far it was read.  Opaque. */
typedef struct RsdRow
{
	uint64		index;
	int			column;
} RsdRow;

/* Begins with the first column of a row. */
extern void rsd_row_open(RsdRow *row, uint64 index);

/*
 * Take the next column; "absent" stands for NULL.  Texts are palloc'd copies
 * in CurrentMemoryContext, NULL for NULL.
 */
extern bool rsd_row_bool(RsdRow *row, bool absent);
extern RsdTri rsd_row_tri(RsdRow *row);
extern int	rsd_row_int4(RsdRow *row, int absent);
extern int64 rsd_row_int8(RsdRow *row, int64 absent);
extern Oid	rsd_row_oid(RsdRow *row);
extern char *rsd_row_text(RsdRow *row);
extern int64 rsd_row_time(RsdRow *row);

/*
 * A text[] without NULLs as palloc'd copies in CurrentMemoryContext; returns
 * how many, 0 for NULL.
 */
extern int	rsd_row_texts(RsdRow *row, char ***texts);

/* An interval in microseconds, a month counted as 30 days; 0 for NULL. */
extern int64 rsd_row_interval(RsdRow *row);

/*
 * A jsonb object of scalars as statement parameters in UTF-8, palloc'd in
 * CurrentMemoryContext; returns how many.
 */
extern int	rsd_row_params(RsdRow *row, RsdParam **params);

#endif							/* RSD_PG_ROWIO_H */
