/*
 * listpage.h
 *		One page of a list that the Redshift Data API gives: an array under
 *		one name, and the token of the next page.
 *
 * For the readers of such lists (aws/listcatalog.h, aws/listsessions.h); it
 * knows nothing of what the elements are.  Nothing is copied but the token.
 */
#ifndef RSD_AWS_LISTPAGE_H
#define RSD_AWS_LISTPAGE_H

#include "aws/op.h"
#include "base/json.h"

/* Slices point into the reply's body.  All zero is a page that is closed. */
typedef struct RsdListPage
{
	RsdSlice	next_token;		/* decoded; empty on the last page */
	RsdBuf		token;			/* holds it; freed by _close */
	RsdJsonReader reader;		/* opaque */
	RsdOp		op;				/* opaque */
	bool		open;			/* opaque */
} RsdListPage;

/*
 * Starts reading the body of an HTTP 200 reply to op, which must outlive the
 * page; member is the array's name.  An array that is absent is empty.
 * MALFORMED, ENCODING or LIMIT if it cannot be understood; on failure there
 * is nothing to close.
 */
extern bool rsd_listpage_open(RsdListPage *page, RsdOp op, const char *member,
							  RsdSlice body, RsdError *err) RSD_MUSTCHECK;

/*
 * The next element's bytes, a whole JSON value of any kind.  *more false:
 * there was none left.  MALFORMED on broken grammar, *more is false then too.
 */
extern bool rsd_listpage_next(RsdListPage *page, RsdSlice *value, bool *more,
							  RsdError *err) RSD_MUSTCHECK;

/*
 * Reads one element as an object of these members.  Errors as
 * rsd_json_read_fields, and they say which reply was read.
 */
extern bool rsd_listpage_object(const RsdListPage *page, RsdSlice value,
								const RsdJsonField *fields, int nfields,
								RsdError *err) RSD_MUSTCHECK;

/*
 * Turns a whole JSON value into the bytes between its quotes, still escaped
 * (rsd_json_text).  What is no string becomes NULL, as if it were absent.
 */
extern void rsd_listpage_unquote(RsdSlice *value);

/* Frees what the page holds. */
extern void rsd_listpage_close(RsdListPage *page);

#endif							/* RSD_AWS_LISTPAGE_H */
