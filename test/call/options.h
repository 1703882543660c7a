/*
 * options.h
 *		What the command line of rsdata-call says.
 */
#ifndef CALL_OPTIONS_H
#define CALL_OPTIONS_H

#include "aws/creds.h"

/* Strings point into argv; NULL = not given. */
typedef struct CallOptions
{
	const char *call;			/* the word after the options */
	const char *args[2];		/* and what follows it */
	int			nargs;
	const char *region;
	const char *cluster;
	const char *workgroup;
	const char *database;
	const char *db_user;
	const char *secret_arn;
	const char *credentials;
	const char *profile;
	const char *role_arn;
	const char *external_id;
	const char *role_session_name;
	const char *endpoint_url;
	const char *sts_endpoint_url;
	const char *sns_endpoint_url;
	const char *proxy;
	const char *ca_bundle;
	const char *timeout;
	int			timeout_s;		/* from timeout */
	RsdCredsSource source;		/* from credentials */
} CallOptions;

/*
 * Reads the command line.  False when there is nothing to do: *exit_status
 * is set, and help or a complaint has been printed.
 */
extern bool call_options_read(CallOptions *options, int argc, char **argv,
							  int *exit_status);

#endif							/* CALL_OPTIONS_H */
