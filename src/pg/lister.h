/*
 * lister.h
 *	  What the list functions share: one list, asked for page by page to its
 *	  end and put into the result of an SQL function.
 *
 * The families (listcatalogfuncs.c, listservicefuncs.c) say what to ask for
 * and what a row is.  After an error everything is freed with the memory
 * context in which a list lives.
 */
#ifndef RSD_PG_LISTER_H
#define RSD_PG_LISTER_H

#include "fmgr.h"
#include "funcapi.h"

#include "base/buf.h"
#include "pg/listcall.h"

typedef struct RsdLister RsdLister;

/* The most columns that a list has. */
#define RSD_LIST_COLUMNS	16

/* One operation; "list" is what its family keeps, in the lister's context. */
typedef struct RsdListKind
{
	RsdOp		op;
	int			page_max;		/* the service's limit for MaxResults */
	bool		rows_bound_page;	/* does MaxResults count rows? */

	/* Appends the body; token is empty for the first page. */
	bool		(*put_body) (const void *list, int max_results,
							 RsdSlice token, RsdBuf *body, RsdError *err);

	/* Starts reading a page; *token, its next one, lives until close. */
	bool		(*open) (void *list, RsdSlice body, RsdSlice *token,
						 RsdError *err);

	/* Puts the next row's values by rsd_list_put_...; *more: there was one. */
	bool		(*next) (void *list, RsdLister *lister, bool *more,
						 RsdError *err);

	/* Frees what open and next have made; fine if nothing was opened. */
	void		(*close) (void *list);
} RsdListKind;

/*
 * Begins: argument 0 of the function is the server, the last one the largest
 * number of rows, NULL for all.  Makes a memory context and leaves it the
 * current one, for "list" to be made in.  Raises the errors of
 * rsd_list_call_create, and ERRCODE_INVALID_PARAMETER_VALUE.
 */
extern RsdLister *rsd_list_begin(FunctionCallInfo fcinfo,
								 const RsdListKind *kind);

/* The server's options. */
extern const RsdServerConfig *rsd_list_config(const RsdLister *lister);

/*
 * A text argument in UTF-8, or NULL.  Raises an error for one that is empty:
 * it would be taken as absent.
 */
extern char *rsd_list_arg(FunctionCallInfo fcinfo, int n, const char *name);

/*
 * Goes through all pages, fills the function's result and frees the list and
 * its memory context.  Raises errors.
 */
extern void rsd_list_run(RsdLister *lister, void *list);

/*
 * Put the next value of the row.  A text is a JSON string's bytes, still
 * escaped; NULL data is SQL NULL.
 */
extern void rsd_list_put_text(RsdLister *lister, RsdSlice raw);

/* A string in UTF-8; "" is NULL. */
extern void rsd_list_put_string(RsdLister *lister, const char *text);

/* A value as it is, or NULL. */
extern void rsd_list_put(RsdLister *lister, Datum value, bool null);

/* An instant in microseconds since 1970; 0 is NULL. */
extern void rsd_list_put_time(RsdLister *lister, int64 unix_us);

/*
 * The text of a JSON string's bytes in the database's encoding, palloc'd.
 * Raises errors for what cannot be kept as text.
 */
extern char *rsd_list_text(RsdLister *lister, RsdSlice raw);

#endif							/* RSD_PG_LISTER_H */
