/*
 * guc.h
 *	  The settings rsdata.*, as values to read.
 *
 * Owns their names, ranges, defaults and the rule who may set what: nothing
 * that names a file, a URL or a credential is settable below superuser.
 * Settings that belong to a feature come with that feature.
 */
#ifndef RSD_PG_GUC_H
#define RSD_PG_GUC_H

#include <stdbool.h>

/* The largest values of rsdata.max_loaders and rsdata.max_in_flight. */
#define RSD_MAX_LOADERS 32
#define RSD_MAX_IN_FLIGHT 500

/* Current values.  Text is never NULL: an unset one is "". */
typedef struct RsdSettings
{
	bool		enabled;		/* may the worker do anything at all? */
	char	   *default_server; /* server of a submit that names none */
	int			max_in_flight;	/* statements per worker sent and not ended */
	int			submit_wait;	/* s an Execute may wait, 0 = not, up to 30 */
	int			default_timeout;	/* s from accepted execute, 0 = none */
	int			default_deadline;	/* s from submit until it must be sent */
	int			worker_linger;	/* ms an idle worker stays */
	int			catalog_timeout;	/* ms that a list function or rsdata_check
									 * may take */
	int			max_rows;		/* rows of one result, at most */
	int			max_bytes;		/* kB of one result, at most */
	int			max_loaders;	/* targets a worker fills at the same time */
	int			load_stall_timeout; /* ms a loader waits for rows */
	int			retention;		/* s a settled statement is kept */
	int			retention_statements;	/* settled ones kept, at most */
	int			result_retention;	/* s a result is kept */
	int			result_bytes_per_owner; /* kB of results kept of one role */
	char	   *ca_bundle;		/* file of certificates, "" = the system's */
	int			synchronous_commit; /* a SyncCommitLevel, never off */
} RsdSettings;

/*
 * Defines the settings and reserves the prefix.  Once per process, from
 * _PG_init.  Raises an error for a placeholder rsdata.x whose value does not
 * fit.
 */
extern void rsd_guc_init(void);

/*
 * The current values; never NULL, valid for the life of the process.  Its
 * text fields change with the next reload: copy what is kept.
 */
extern const RsdSettings *rsd_guc(void);

#endif							/* RSD_PG_GUC_H */
