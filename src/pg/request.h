/*
 * request.h
 *	  What users ask the worker to do with a statement that exists.
 */
#ifndef RSD_PG_REQUEST_H
#define RSD_PG_REQUEST_H

/*
 * Inserts a request ("cancel" or "retry") of a role about a statement; the
 * worker acts on it after COMMIT, and is woken then.  func is the calling SQL
 * function's name with "()", for the errors of a server that cannot write.
 * Goes up and comes down.  Whether the role may is the caller's business.
 */
extern void rsd_request_insert(int64 id, const char *kind, Oid role,
							   const char *func);

#endif							/* RSD_PG_REQUEST_H */
