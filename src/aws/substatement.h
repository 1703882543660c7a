/*
 * substatement.h
 *		The SubStatements of a DescribeStatement reply: what became of each
 *		part of a batch.
 *
 * Members are those of SubStatementData in the service's public API
 * reference and SDK models.  No I/O, no allocation.
 */
#ifndef RSD_AWS_SUBSTATEMENT_H
#define RSD_AWS_SUBSTATEMENT_H

#include "aws/dataapi.h"
#include "base/json.h"

/* One of them.  Absent numbers are -1, absent strings "". */
typedef struct RsdSubStatement
{
	char		id[RSD_ID_SIZE];
	int			part;			/* the number behind the id's colon, or 0 */
	RsdServiceStatus status;
	char		error[8192];	/* Redshift's text, clipped */
	RsdTri		has_result;
	int64_t		result_rows;	/* returned or affected */
	int64_t		result_size;	/* bytes */
	int64_t		duration_ns;
	int64_t		query_id;
	char		query_uuid[64];
} RsdSubStatement;

/* Treat as opaque; lives on the caller's stack. */
typedef struct RsdSubStatements
{
	RsdJsonReader reader;
	bool		inside;			/* of the array */
} RsdSubStatements;

/* Starts reading the array, which must outlive the walk. */
extern void rsd_substatements_open(RsdSubStatements *walk, RsdSlice array);

/*
 * Reads the next one into *out: 1, or 0 at the end, or -1 with *err if it is
 * not what is expected (MALFORMED, ENCODING or LIMIT).  The empty slice has
 * none.
 */
extern int	rsd_substatements_next(RsdSubStatements *walk,
								   RsdSubStatement *out,
								   RsdError *err) RSD_MUSTCHECK;

#endif							/* RSD_AWS_SUBSTATEMENT_H */
