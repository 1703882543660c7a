/*
 * load_copy.h
 *	  One part's rows into one table, by COPY's own machinery, as the current
 *	  role.
 */
#ifndef RSD_PG_LOAD_COPY_H
#define RSD_PG_LOAD_COPY_H

#include "nodes/pg_list.h"

#include "pg/load_rows.h"

/*
 * Where an error of a load happened.  Filled while the error is reported, so
 * that it is known after the transaction is gone.
 */
typedef struct RsdLoadPlace
{
	int64		row;			/* from 1; 0: no row in particular */
	char		column[NAMEDATALEN];	/* "" none */
	bool		then_sql;		/* in the user's own SQL */
} RsdLoadPlace;

/* Comes to the next row; false at the end. */
typedef bool (*RsdLoadNext) (void *arg);

/*
 * Fills the named columns (a list of C strings) of a table with the rows that
 * next(arg) comes to, whose columns are in that order, by CopyFrom(), after
 * the checks that COPY makes.  Returns the rows that went in.  place is kept
 * up to date for errors.
 */
extern int64 rsd_load_copy(Oid relid, List *columns, RsdLoadRows *rows,
						   RsdLoadNext next, void *arg, RsdLoadPlace *place);

#endif							/* RSD_PG_LOAD_COPY_H */
