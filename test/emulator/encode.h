/*
 * encode.h
 *		From PostgreSQL values and types to Fields and ColumnMetadata.
 */
#ifndef EMU_ENCODE_H
#define EMU_ENCODE_H

#include <stdbool.h>

#include <libpq-fe.h>

#include "options.h"
#include "text.h"

/* What the catalogs say of one column, beside the result itself. */
typedef struct EmuColumnOrigin
{
	const char *type_name;		/* NULL: not asked for */
	const char *schema;			/* NULL: an expression */
	const char *table;
	const char *name;
	const char *default_value;	/* NULL: none */
	bool		not_null;
} EmuColumnOrigin;

/* Append one value of a text-format result as a Field. */
extern void emu_encode_field(EmuText *out, const PGresult *result, int row,
							 int column, const EmuOptions *options);

/* Append one value that is not NULL as CSV shows it, before any quoting. */
extern void emu_encode_plain(EmuText *out, const PGresult *result, int row,
							 int column);

/* Append the ColumnMetadata of one column of this type and type modifier. */
extern void emu_encode_column(EmuText *out, const char *label,
							  Oid type_oid, int modifier, const EmuColumnOrigin *origin);

/* Is the type one whose name must be asked of the catalogs? */
extern bool emu_encode_type_unknown(Oid type);

#endif							/* EMU_ENCODE_H */
