/*
 * load_value.h
 *	  Values of a target's column from the service's text.
 */
#ifndef RSD_PG_LOAD_VALUE_H
#define RSD_PG_LOAD_VALUE_H

#include "postgres.h"

#include "fmgr.h"

#include "base/slice.h"

typedef struct RsdValueMaker RsdValueMaker;

/*
 * Reads a type's usual spelling; false for any other, which means nothing
 * about whether the type knows it.
 */
typedef bool (*RsdValueReader) (const RsdValueMaker *maker, RsdSlice text,
								Datum *value);

/* How values of one column are made. */
struct RsdValueMaker
{
	RsdValueReader reader;		/* NULL: none, always the input function */
	int32		typmod;
	Oid			ioparam;
	FmgrInfo	input;			/* the type's own */
};

/*
 * Fills maker for a column of this type with its input function, whose own
 * state lives in CurrentMemoryContext.
 */
extern void rsd_value_maker_init(RsdValueMaker *maker, Oid type, int32 typmod);

/*
 * The value of a text in UTF-8, palloc'd if it is one by reference: the same
 * that the type's input function gives, which is asked, as the current role,
 * wherever a shorter way is not sure.  *shown is set to the text that it was
 * given then.  Raises its errors.
 */
extern Datum rsd_value_make(RsdValueMaker *maker, RsdSlice text,
							const char **shown);

/* NULL, of which a domain may have an opinion. */
extern void rsd_value_null(RsdValueMaker *maker);

#endif							/* RSD_PG_LOAD_VALUE_H */
