/*
 * submit_format.h
 *	  In which format a statement's result is asked for.
 */
#ifndef RSD_PG_SUBMIT_FORMAT_H
#define RSD_PG_SUBMIT_FORMAT_H

/*
 * "json" or "csv", a static string: what the option or, where that is NULL,
 * the server's says; "auto" by the target that the rows go to (InvalidOid =
 * none that exists).  NULL for both is JSON.
 */
extern const char *rsd_submit_format(const char *option, const char *server,
									 Oid target);

#endif							/* RSD_PG_SUBMIT_FORMAT_H */
