/*
 * listcall.h
 *	  Calls of a list function: made from the calling backend, under its
 *	  role's right and credentials, within rsdata.catalog_timeout.
 *
 * They are calls that only read, so they are repeated where that may help.
 * All lives in a memory context; when that is reset or deleted, after an
 * error too, everything is freed and keys are wiped.
 */
#ifndef RSD_PG_LISTCALL_H
#define RSD_PG_LISTCALL_H

#include "aws/op.h"
#include "base/slice.h"
#include "pg/compat.h"
#include "pg/options.h"

typedef struct RsdListCall RsdListCall;

/*
 * Makes ready for calls to a server, named or NULL for the default one, in
 * CurrentMemoryContext; sends nothing but what the source of credentials
 * needs.  The time runs from here.  Raises errors: no server given or found,
 * no USAGE, paused (ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE), no
 * credentials, a wrong option, a cancel.
 */
extern RsdListCall *rsd_list_call_create(const NameData *server);

/* The server's options, without secrets; as long as the call. */
extern const RsdServerConfig *rsd_list_call_config(const RsdListCall *call);

/*
 * Sends body as a request of op, again and again where that may help and time
 * is left, and gives the body of the answer, valid until the next send.
 * Raises an error for what the service refuses, for a network that fails, for
 * time that is up (ERRCODE_QUERY_CANCELED) and for a cancel.
 */
extern RsdSlice rsd_list_call_send(RsdListCall *call, RsdOp op,
								   RsdSlice body);

/*
 * Raises the error of an answer to op that cannot be read, or of a request
 * that cannot be made.
 */
pg_noreturn extern void rsd_list_call_fail(const RsdListCall *call, RsdOp op,
										   const RsdError *err);

#endif							/* RSD_PG_LISTCALL_H */
