/*
 * submit_options.h
 *	  The options and params arguments of a submit, checked.
 *
 * Owns which options a statement takes.  Touches no table.
 */
#ifndef RSD_PG_SUBMIT_OPTIONS_H
#define RSD_PG_SUBMIT_OPTIONS_H

#include "datatype/timestamp.h"
#include "utils/jsonb.h"

#include "pg/target.h"

/* What the options of one statement say that the submit itself needs. */
typedef struct RsdSubmitOptions
{
	bool		batch;			/* of a batch */
	char	   *channel;		/* NULL: the common one */
	char	   *success_topic_arn;
	char	   *failure_topic_arn;
	Interval   *deadline;		/* NULL: not given */
	RsdTargetMode target_mode;
	bool		by_position;	/* columns of the target */
	const char *for_target;		/* an option that only a target has; or NULL */
	bool		then_sql;
	bool		no_fetch;		/* fetch: false */
	int64	   *after;			/* ids, without repetitions */
	int			nafter;
	bool		has_condition;	/* after_condition is given */
	char	   *session;		/* NULL: none */
	int			session_keep_alive; /* seconds; 0: not given */
	bool		has_retries;
	bool		has_retry_on;
	char	   *result_format;	/* NULL: not given */
} RsdSubmitOptions;

/*
 * Checks options (NULL = none) of a statement or batch and reads them into out, palloc'd in
 * CurrentMemoryContext.  A member that is null counts as not given.  Raises
 * ERRCODE_INVALID_PARAMETER_VALUE, with a near miss as hint for an unknown
 * name.
 */
extern void rsd_submit_options(Jsonb *options, bool batch,
							   RsdSubmitOptions *out);

/* Raises ERRCODE_INVALID_PARAMETER_VALUE, saying what was expected. */
extern void rsd_submit_bad_option(const char *name, const char *expected);

/*
 * Reads one option that may be given for each target of a batch into out;
 * raises ERRCODE_INVALID_PARAMETER_VALUE for another one.
 */
extern void rsd_submit_target_option(RsdSubmitOptions *out, const char *name,
									 const JsonbValue *value);

/*
 * Checks params (NULL = none): an object of named scalars.  Raises
 * ERRCODE_INVALID_PARAMETER_VALUE with a hint, or
 * ERRCODE_PROGRAM_LIMIT_EXCEEDED.  False if there are none.
 */
extern bool rsd_submit_params(Jsonb *params);

#endif							/* RSD_PG_SUBMIT_OPTIONS_H */
