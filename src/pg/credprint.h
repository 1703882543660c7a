/*
 * credprint.h
 *	  Configurations of credentials told apart by a hash, so that nobody has
 *	  to keep a second copy of a key to compare with.
 */
#ifndef RSD_PG_CREDPRINT_H
#define RSD_PG_CREDPRINT_H

#include "aws/creds.h"
#include "aws/endpoint.h"
#include "base/hash.h"

/*
 * Writes what is equal for equal configurations only.  sts: whom to ask for
 * the identity, or NULL; proxy: the option, or NULL.  False if the options are too long.
 */
extern bool rsd_cred_fingerprint(const RsdCredsConfig *config,
								 const RsdEndpoint *sts, const char *proxy,
								 uint8_t out[RSD_SHA256_LEN]);

#endif							/* RSD_PG_CREDPRINT_H */
