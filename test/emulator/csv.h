/*
 * csv.h
 *		Results in the service's CSV form: chunks of whole rows.
 */
#ifndef EMU_CSV_H
#define EMU_CSV_H

#include <libpq-fe.h>

#include "options.h"
#include "statement.h"
#include "text.h"

/* The chunk that is being filled; zeroed at first. */
typedef struct EmuCsv
{
	EmuText		chunk;
	size_t		page_bytes;		/* of the chunks in the last page */
} EmuCsv;

/* Add the header line of the columns of shape. */
extern void emu_csv_add_header(EmuCsv *csv, const PGresult *shape,
							   const EmuOptions *options);

/* Add a row, putting full chunks into the last page or a new one. */
extern void emu_csv_add_row(EmuCsv *csv, EmuResult *result,
							const PGresult *row, const EmuOptions *options);

/* Put the chunk that is left into the result's last page. */
extern void emu_csv_finish(EmuCsv *csv, EmuResult *result,
						   const EmuOptions *options);

/* Free it. */
extern void emu_csv_free(EmuCsv *csv);

#endif							/* EMU_CSV_H */
