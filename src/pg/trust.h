/*
 * trust.h
 *	  Whose certificates a worker's connections go by: the file that
 *	  rsdata.ca_bundle names, and what it was like when they were made.
 */
#ifndef RSD_PG_TRUST_H
#define RSD_PG_TRUST_H

#include <sys/stat.h>

typedef struct RsdTrust
{
	char		path[MAXPGPATH];	/* "" = the system's certificates */
	struct stat file;			/* zeros if it cannot be read */
} RsdTrust;

/* Notes what the setting names now. */
extern void rsd_trust_note(RsdTrust *trust);

/* Is it still the same file, unchanged? */
extern bool rsd_trust_holds(const RsdTrust *trust);

#endif							/* RSD_PG_TRUST_H */
