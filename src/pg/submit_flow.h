/*
 * submit_flow.h
 *	  Options that say when a statement runs: after others, in a session,
 *	  again after a passing failure.
 *
 * Owns the form of these options, and the rows of rsdata.dependency.
 */
#ifndef RSD_PG_SUBMIT_FLOW_H
#define RSD_PG_SUBMIT_FLOW_H

#include "pg/submit_options.h"

/*
 * Each checks one option and reads it into out, palloc'd in
 * CurrentMemoryContext, or raises ERRCODE_INVALID_PARAMETER_VALUE.
 */
extern void rsd_flow_take_after(RsdSubmitOptions *out, const char *name,
								const JsonbValue *value);
extern void rsd_flow_take_condition(RsdSubmitOptions *out, const char *name,
									const JsonbValue *value);
extern void rsd_flow_take_session(RsdSubmitOptions *out, const char *name,
								  const JsonbValue *value);
extern void rsd_flow_take_keep_alive(RsdSubmitOptions *out, const char *name,
									 const JsonbValue *value);
extern void rsd_flow_take_retries(RsdSubmitOptions *out, const char *name,
								  const JsonbValue *value);
extern void rsd_flow_take_retry_on(RsdSubmitOptions *out, const char *name,
								   const JsonbValue *value);

/* Raises ERRCODE_INVALID_PARAMETER_VALUE for one that needs another one. */
extern void rsd_flow_check(const RsdSubmitOptions *options);

/*
 * What a statement with these options shows to wait for, palloc'd; NULL if it
 * comes after nothing.
 */
extern char *rsd_flow_wait_detail(const RsdSubmitOptions *options);

/*
 * Sees that the statements it comes after exist and may be seen by role, and
 * that nobody deletes them before this transaction ends; raises
 * ERRCODE_INVALID_PARAMETER_VALUE with a hint.  Needs the rights of the
 * extension's owner and SPI connected.
 */
extern void rsd_flow_hold_after(const RsdSubmitOptions *options, Oid role);

/* Writes what statement id waits for; needs the same. */
extern void rsd_flow_insert_after(const RsdSubmitOptions *options, int64 id);

#endif							/* RSD_PG_SUBMIT_FLOW_H */
