/*
 * advice.h
 *	  What a person may do about a call that came to nothing: the hints of
 *	  rsdata_check and of the list functions.
 *
 * Words only; what the worker does about it is decided in src/stmt.
 */
#ifndef RSD_PG_ADVICE_H
#define RSD_PG_ADVICE_H

#include "aws/awserror.h"
#include "pg/flight.h"
#include "pg/options.h"

/* About a transport fault; NULL if there is nothing to say.  A constant. */
extern const char *rsd_advice_fault(const RsdFlight *flight);

/* About credentials that the service has refused.  A constant. */
extern const char *rsd_advice_credentials(const RsdAwsError *error);

/*
 * About a call that our identity is not allowed to make: which actions to
 * allow.  palloc'd.
 */
extern const char *rsd_advice_denied(const RsdServerConfig *config, RsdOp op);

/* Was it understood who we are, and are we not allowed to do this? */
extern bool rsd_advice_is_denial(const RsdAwsError *error);

/* Does the error's code begin with this? */
extern bool rsd_advice_code_is(const RsdAwsError *error, const char *start);

#endif							/* RSD_PG_ADVICE_H */
