/*
 * submit_key.h
 *	  Idempotency keys: a submit that comes twice means one statement.
 *
 * Which of two wins is decided by the unique index; here is what a key may
 * be, and whether the statement that has it is the one that is meant.
 */
#ifndef RSD_PG_SUBMIT_KEY_H
#define RSD_PG_SUBMIT_KEY_H

#include "utils/array.h"
#include "utils/jsonb.h"

/* A submit whose key is taken; NULL = SQL NULL. */
typedef struct RsdKeyed
{
	Oid			owner;
	Oid			server;
	const text *key;
	const text *sql;			/* NULL: a batch */
	const ArrayType *sqls;
	const Jsonb *params;
	const text *target;
	const Jsonb *targets;		/* of a batch, resolved */
	const Jsonb *options;
} RsdKeyed;

/*
 * Raises ERRCODE_INVALID_PARAMETER_VALUE for an empty key,
 * ERRCODE_PROGRAM_LIMIT_EXCEEDED for a long one.
 */
extern void rsd_submit_key_check(const text *key);

/*
 * The id of the statement that has the key, 0 if there is none (any more).
 * Raises ERRCODE_INVALID_PARAMETER_VALUE if that is another statement; a
 * notice tells if it has ended otherwise than finished.  Goes up and comes
 * down.
 */
extern int64 rsd_submit_key_find(const RsdKeyed *keyed);

#endif							/* RSD_PG_SUBMIT_KEY_H */
