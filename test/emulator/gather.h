/*
 * gather.h
 *		Gathers what the database answers to one statement into the pages,
 *		columns, counts and error text that the service would show.
 */
#ifndef EMU_GATHER_H
#define EMU_GATHER_H

#include <stdbool.h>
#include <stdint.h>

#include <libpq-fe.h>

#include "csv.h"
#include "options.h"
#include "statement.h"

typedef struct EmuGather
{
	const EmuOptions *options;
	PGresult   *shape;			/* describes the columns; NULL: no rows */
	PGresult   *origins;		/* answer of the origin query; NULL: none */
	EmuResult  *result;
	bool		as_csv;
	EmuCsv		csv;
	int64_t		rows;			/* returned or affected; -1 not known */
	char	   *error;			/* malloc'ed, NULL: none */
	bool		query_cancelled;	/* the error is a cancel's */
	bool		too_big;		/* beyond result_bytes_max */
	bool		copying;		/* the statement is a COPY to or from us */
} EmuGather;

/* Start empty, to make pages of JSON or of CSV. */
extern void emu_gather_begin(EmuGather *gather, const EmuOptions *options,
							 bool csv);

/* Add one result of single-row mode, which is taken. */
extern void emu_gather_add(EmuGather *gather, PGresult *result);

/* Note an error that came without a result. */
extern void emu_gather_fail(EmuGather *gather, const char *message);

/*
 * The query for tables, names, defaults and unknown types of the columns, and
 * its three parameters (malloc'ed); NULL when there is nothing to ask.
 */
extern const char *emu_gather_origin_query(const EmuGather *gather,
										   char **relations, char **numbers,
										   char **types);

/* Take the answer to it. */
extern void emu_gather_origins(EmuGather *gather, PGresult *answer);

/* Hand over the finished result (NULL: the statement returns no rows). */
extern EmuResult *emu_gather_result(EmuGather *gather);

/* Free all that was gathered but the error. */
extern void emu_gather_drop_result(EmuGather *gather);

#endif							/* EMU_GATHER_H */
