/*
 * query.h
 *		The operations that speak the AWS Query protocol: SNS Publish, and
 *		those of STS.
 */
#ifndef EMU_QUERY_H
#define EMU_QUERY_H

#include <stdbool.h>

#include "world.h"

/*
 * The signing name of the service that action belongs to; NULL when there is
 * no such action.
 */
extern const char *emu_query_service(const char *action);

/* The XML namespace of a service's replies. */
extern const char *emu_query_xmlns(const char *service);

/* The version of a service's API, which requests must name. */
extern const char *emu_query_version(const char *service);

/* Read a form body into an object of strings; the caller frees it. */
extern json_t *emu_query_read_form(const char *body, size_t len);

/* Carry out action of visit and fill reply. */
extern void emu_query_answer(EmuWorld *world, const char *action,
							 EmuVisit *visit, EmuReply *reply);

#endif							/* EMU_QUERY_H */
